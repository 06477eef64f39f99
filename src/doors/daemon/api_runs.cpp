// Runs, their items and their results, as they stand.

#include <fmt/format.h>

#include "core/runner/after_pruning.hpp"
#include "core/runner/run_facts.hpp"
#include "doors/daemon/api.hpp"
#include "doors/daemon/api_wishes.hpp"
#include "doors/daemon/discretion.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/json/writer.hpp"
#include "line/report/report.hpp"
#include "line/report/run_json.hpp"

namespace batchd::daemon {
Api::Answer Api::runs(const Call& call) {
  const auto limit = wanted_limit(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  const std::string job(call.request.find_query("job").value_or(""));
  const std::string after(call.request.find_query("after").value_or(""));
  std::vector<report::RunFacts> facts;
  auto look = [&]() -> Status {
    if (!after.empty())
      if (auto there = around_.store.run(after); !there) return there.error();
    const auto runs = around_.store.runs(job, *limit, after);
    if (!runs) return runs.error();
    for (const auto& run : *runs) {
      const auto counts = around_.store.counts(run.id);
      if (!counts) return counts.error();
      auto& one = facts.emplace_back();
      one.run = run;
      one.counts = *counts;
      if (!may_see_content(call.visitor)) make_discreet(one);
    }
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return problem(looked.error());
  const auto now = around_.loop.clock().now();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("runs").begin_array();
  for (const auto& one : facts)
    writer.raw(report::run_json(one, now, report::Told::run));
  writer.end_array().key("next");
  facts.size() == *limit ? writer.string(facts.back().run.id) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

async::Task<Result<model::Run>> Api::find(std::string name, Visitor visitor) {
  auto look = [&]() -> Result<model::Run> {
    auto exact = around_.store.run(name);
    if (exact || exact.error().kind != ErrorKind::not_found) return exact;
    const auto ids = around_.store.run_ids_with_prefix(name, 2);
    if (!ids) return ids.error();
    if (ids->size() == 1) return around_.store.run(ids->front());
    if (ids->size() > 1) return Error(ErrorKind::invalid, fmt::format("several runs begin with {}", name));
    const auto runs = around_.store.runs(name, 1);
    if (!runs) return runs.error();
    if (!runs->empty()) return runs->front();
    const auto pruned = around_.store.pruned_runs("", 1, name);
    if (!pruned) return pruned.error();
    if (!pruned->empty()) return Error(ErrorKind::not_found, told(pruned->front()));
    if (const auto refused = scheduler_.refusal_of(name))
      return Error(ErrorKind::not_found,
                   fmt::format("run {} was not begun: {}", name,
                               may_see_content(visitor) ? std::string_view(refused->message) : withheld),
                   may_see_content(visitor) ? refused->hint : "");
    return Error(ErrorKind::not_found, fmt::format("there is no run {}", name));
  };
  co_return co_await on_sql(look);
}

async::Task<http::ServerResponse> Api::run_answer(int status, const Call& call, std::string id, std::string note) {
  auto look = [&]() -> Result<report::RunFacts> {
    auto run = around_.store.run(id);
    if (!run) return run.error();
    return runner::facts_of(around_.store, std::move(*run));
  };
  auto facts = co_await on_sql(look);
  if (!facts) co_return problem(facts.error());
  if (!may_see_content(call.visitor)) make_discreet(*facts);
  co_return json_answer(status, report::run_json(*facts, around_.loop.clock().now(), report::Told::standing, note));
}

Api::Answer Api::run(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  co_return co_await run_answer(200, call, run->id);
}

Api::Answer Api::shards(const Call& call) {
  const auto limit = wanted_limit(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  const auto after = wanted_number(call.request, "after");
  if (!after) co_return problem(400, after.error().message);
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  report::RunFacts facts;
  auto look = [&]() -> Status {
    auto shards = around_.store.shards(run->id);
    if (!shards) return shards.error();
    auto submissions = around_.store.submissions(run->id);
    if (!submissions) return submissions.error();
    facts.shards = std::move(*shards);
    facts.submissions = std::move(*submissions);
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return problem(looked.error());
  if (!may_see_content(call.visitor)) make_discreet(facts);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("run").string(run->id).key("shards").begin_array();
  std::uint32_t told = 0;
  std::uint32_t last = 0;
  bool goes_on = false;
  for (const auto& shard : facts.shards) {
    if (shard.n <= *after) continue;
    goes_on = told == *limit;
    if (goes_on) break;
    report::append_shard(writer, facts, shard);
    ++told;
    last = shard.n;
  }
  writer.end_array().key("next");
  goes_on ? writer.string(std::to_string(last)) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

// Their file is gone, and from what they could be made again, too, where prune was there.
async::Task<Error> Api::told_of_lost_results(model::Run run) {
  Error lost(ErrorKind::not_found, fmt::format("the results of run {} are gone", run.id),
             fmt::format("`batchd results {}` makes them again from the stored answers", run.id));
  auto look = [&]() -> Result<std::optional<model::Happening>> {
    const auto shards = around_.store.shards(run.id);
    if (!shards) return shards.error();
    if (!runner::has_lost_answers(around_.state_folder, *shards)) return std::optional<model::Happening>();
    return runner::find_pruning(around_.store, run.id);
  };
  const auto pruning = co_await on_sql(look);
  co_return pruning ? runner::explained_by_pruning(lost, run, *pruning) : lost;
}

Api::Answer Api::results(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  if (!model::is_final(run->state))
    co_return problem(409,
                      fmt::format("run {} is {}: its results are written at its end", run->id, name_of(run->state)));
  http::FileRange file;
  file.path = report::folder_of(*run) / run->id / "results.jsonl";
  if (!path_exists(file.path)) co_return problem(co_await told_of_lost_results(*run));
  http::ServerResponse response;
  response.headers.set("Content-Type", "application/x-ndjson");
  add_safe_headers(response.headers);
  response.body = std::move(file);
  co_return response;
}

}  // namespace batchd::daemon
