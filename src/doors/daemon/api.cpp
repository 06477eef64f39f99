#include "doors/daemon/api.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/engine/ladder.hpp"
#include "core/runner/pruning.hpp"
#include "core/runner/run_facts.hpp"
#include "doors/daemon/openapi.hpp"
#include "doors/daemon/path_pattern.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/base/ulid.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/report/report.hpp"
#include "line/report/run_json.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint64_t body_bytes_max = 64 * 1024;  // of a request
constexpr std::uint32_t page_items_default = 100;
constexpr std::uint32_t page_items_max = 1'000;
constexpr std::size_t key_characters_max = 200;

using Route = Api::Route;
using http::Method;

Result<std::uint32_t> limit_of(const http::ServerRequest& request) {
  const auto text = request.find_query("limit");
  if (!text) return page_items_default;
  std::uint32_t limit = 0;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (fault != std::errc() || end != text->data() + text->size() || limit == 0 || limit > page_items_max)
    return Error(ErrorKind::invalid, fmt::format("limit is no number from 1 to {}", page_items_max));
  return limit;
}

template <typename Value>
Result<std::optional<Value>> named(const http::ServerRequest& request, std::string_view parameter,
                                   std::span<const Value> all) {
  const auto text = request.find_query(parameter);
  if (!text) return std::optional<Value>();
  std::string known;
  for (const auto value : all) {
    if (name_of(value) == *text) return std::optional(value);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(value));
  }
  return Error(ErrorKind::invalid, fmt::format("{} is none of {}", parameter, known));
}

constexpr std::array statuses{model::ItemStatus::pending, model::ItemStatus::submitted, model::ItemStatus::succeeded,
                              model::ItemStatus::failed};

std::vector<model::Reason> all_reasons() {
  std::vector<model::Reason> reasons;
  for (int i = 1; i < model::reason_count; ++i)
    reasons.push_back(static_cast<model::Reason>(i));
  return reasons;
}

// What is to be asked again: reason, as often as one likes; none: what may pass the second time.
Result<model::ReasonSet> reasons_of(const http::ServerRequest& request) {
  model::ReasonSet reasons;
  for (const auto& [name, value] : request.query) {
    if (name != "reason") continue;
    const auto reason = model::reason_from_name(value);
    if (!reason) return Error(ErrorKind::invalid, fmt::format("there is no reason \"{}\"", value));
    if (engine::is_lasting(*reason))
      return Error(ErrorKind::invalid, fmt::format("what is {} would fail again for certain", value));
    reasons.add(*reason);
  }
  return reasons.empty() ? engine::asked_by_hand : reasons;
}

std::string_view last_piece(std::string_view pattern) { return pattern.substr(pattern.rfind('/') + 1); }

std::string object_of(const Api::Call& call) { return call.names.empty() ? call.request.path : call.names.front(); }

http::ServerResponse text_answer(int status, std::string text) {
  return answer(status, "text/plain; charset=utf-8", std::move(text));
}

void write_time(json::Writer& writer, std::string_view key, const std::optional<Time>& time) {
  writer.key(key);
  time ? writer.string(format_utc(*time)) : writer.null();
}

void write_item(json::Writer& writer, const store::ItemState& state) {
  writer.begin_object().key("id").string(state.item.id).key("sequence").unsigned_integer(state.item.sequence);
  writer.key("status").string(name_of(state.status)).key("reason");
  state.reason == model::Reason::none ? writer.null() : writer.string(name_of(state.reason));
  writer.key("attempts").unsigned_integer(state.attempts).end_object();
}

}  // namespace

std::span<const Route> Api::routes() {
  static constexpr std::array<Route, 17> all{{
      {Method::get, "/healthz", "Does the process live?", &Api::health, Scope::none},
      {Method::get, "/readyz", "Can it do its work?", &Api::readiness, Scope::none},
      {Method::get, "/openapi.json", "This description", &Api::openapi, Scope::none},
      {Method::get, "/metrics", "For Prometheus, in its text format", &Api::metrics},
      {Method::get, "/api/v1/jobs", "The jobs, their schedules and their newest runs", &Api::jobs},
      {Method::post, "/api/v1/jobs/{job}/runs", "Begins a run; Idempotency-Key begins it once", &Api::begin_run},
      {Method::get, "/api/v1/runs", "Runs, newest first: job, limit, after", &Api::runs},
      {Method::get, "/api/v1/runs/{run}", "A run, its shards and how it stands", &Api::run},
      {Method::get, "/api/v1/runs/{run}/items", "Its items by sequence: status, reason, limit, after", &Api::items},
      {Method::get, "/api/v1/runs/{run}/results", "results.jsonl of a run that is over", &Api::results, Scope::content},
      {Method::post, "/api/v1/runs/{run}/cancel", "Ends it with what it has", &Api::cancel},
      {Method::post, "/api/v1/runs/{run}/resume", "Goes on with it now, wherever it waits", &Api::resume},
      {Method::post, "/api/v1/runs/{run}/retry", "Asks what has failed once more: reason", &Api::retry},
      {Method::post, "/api/v1/runs/{run}/pause", "Submits nothing more of it", &Api::pause},
      {Method::post, "/api/v1/runs/{run}/unpause", "Lets it go on", &Api::unpause},
      {Method::get, "/api/v1/events", "What happens, as server-sent events; Last-Event-ID goes on", &Api::events},
      {Method::get, "/api/v1/audit", "Who changed what, newest first: limit, before", &Api::audit, Scope::admin},
  }};
  return all;
}

Api::Api(runner::Surroundings& around, JobFolder& folder, RunPool& pool, Scheduler& scheduler, EventFeed& feed,
         Access& access, std::string version, Metrics& metrics)
    : around_(around),
      folder_(folder),
      pool_(pool),
      scheduler_(scheduler),
      feed_(feed),
      access_(access),
      version_(std::move(version)),
      metrics_(metrics),
      gauges_(around, folder, pool, scheduler) {}

http::BodyPlan Api::plan_body(const http::ServerRequest& head) {
  http::BodyPlan plan;
  plan.bytes_max = body_bytes_max;
  plan.memory_bytes_max = body_bytes_max;
  plan.answer_now = access_.refusal_of(head);
  return plan;
}

Api::Answer Api::handle(http::ServerRequest request) {
  if (auto refusal = access_.refusal_of(request)) co_return std::move(*refusal);
  const Route* other_method = nullptr;
  for (const auto& route : routes()) {
    auto names = match(route.pattern, request.path);
    if (!names) continue;
    const bool fits = request.method == route.method || (request.method == Method::head && route.method == Method::get);
    if (!fits) {
      other_method = &route;
      continue;
    }
    Visitor visitor;
    if (auto refusal = co_await refusal_of(route, request, visitor)) co_return std::move(*refusal);
    const Call call{request, std::move(*names)};
    auto response = co_await (this->*route.answer)(call);
    const bool has_changed = route.method != Method::get && response.status < 300;
    if (has_changed) co_await access_.note(visitor, std::string(last_piece(route.pattern)), object_of(call));
    co_return response;
  }
  if (!other_method) co_return problem(404, "there is nothing at this path", "/openapi.json says what there is");
  auto refusal = problem(405, fmt::format("this path takes {}", name_of(other_method->method)));
  refusal.headers.set("Allow", std::string(name_of(other_method->method)));
  co_return refusal;
}

// Nothing: come in; then `visitor` says who that is.
async::Task<std::optional<http::ServerResponse>> Api::refusal_of(const Route& route, const http::ServerRequest& request,
                                                                 Visitor& visitor) {
  const auto needed = route.needs();
  if (needed == Scope::none) co_return std::nullopt;
  auto known = co_await access_.visitor_of(request);
  if (!known && known.error().kind != ErrorKind::denied) co_return problem(known.error());
  if (!known) {
    auto refusal = problem(401, known.error().message, known.error().hint);
    refusal.headers.set("WWW-Authenticate", "Bearer");
    co_return refusal;
  }
  visitor = std::move(*known);
  if (allows(visitor.scopes, needed)) co_return std::nullopt;
  co_return problem(403, fmt::format("{} lacks the scope \"{}\"", visitor.who, name_of(needed)));
}

Api::Answer Api::health(const Call&) { co_return text_answer(200, "ok\n"); }

Api::Answer Api::readiness(const Call&) {
  auto look = [&] { return around_.store.queued_runs(); };
  const auto known = co_await on_sql(look);
  if (!known) co_return problem(503, known.error().message, known.error().hint);
  if (auto there = folder_.check(); !there) co_return problem(503, there.error().message, there.error().hint);
  co_return text_answer(200, "ready\n");
}

Api::Answer Api::openapi(const Call&) { co_return json_answer(200, openapi_of(routes(), version_)); }

Api::Answer Api::metrics(const Call&) {
  const auto gauges = co_await gauges_.read();
  if (!gauges) co_return problem(gauges.error());
  co_return answer(200, Metrics::content_type, metrics_.text(*gauges));
}

Api::Answer Api::jobs(const Call&) {
  // Copied first: the folder may be looked at while the store is asked.
  struct Told {
    std::string name, file, description;
    std::optional<model::ScheduleSpec> schedule;
    std::optional<Time> next_due;
    std::vector<std::string> complaints;
    bool is_broken = false;  // the file as it is now
    bool is_usable = false;  // the job as it last was good: it can be begun
    std::vector<model::Run> newest;
    std::vector<model::DueRun> due;
  };
  std::vector<Told> told;
  const auto texts_of = [](const std::vector<job::Complaint>& complaints) {
    std::vector<std::string> texts;
    for (const auto& complaint : complaints)
      texts.push_back(complaint.text());
    return texts;
  };
  for (const auto* watched : folder_.jobs())
    told.push_back({watched->job->name,
                    watched->file.filename().string(),
                    watched->job->description,
                    watched->job->schedule,
                    scheduler_.next_due(*watched->job),
                    texts_of(watched->complaints),
                    watched->is_broken,
                    true,
                    {},
                    {}});
  for (const auto* watched : folder_.broken())
    told.push_back({watched->name,
                    watched->file.filename().string(),
                    "",
                    {},
                    {},
                    texts_of(watched->complaints),
                    true,
                    false,
                    {},
                    {}});
  auto look = [&]() -> Status {
    for (auto& job : told) {
      if (job.name.empty()) continue;
      auto newest = around_.store.runs(job.name, 1);
      if (!newest) return newest.error();
      job.newest = std::move(*newest);
      auto due = around_.store.due_runs(job.name, 1);
      if (!due) return due.error();
      job.due = std::move(*due);
    }
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return problem(looked.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("jobs").begin_array();
  for (const auto& job : told) {
    writer.begin_object().key("name");
    job.name.empty() ? writer.null() : writer.string(job.name);
    writer.key("file").string(job.file).key("description").string(job.description).key("schedule");
    if (job.schedule) {
      writer.begin_object().key("cron").string(job.schedule->cron).key("timezone").string(job.schedule->timezone);
      writer.end_object();
    } else {
      writer.null();
    }
    write_time(writer, "next_run_at", job.next_due);
    writer.key("last_due");
    if (!job.due.empty() && job.due.front().fate != model::DueFate::watched) {
      const auto& due = job.due.front();
      writer.begin_object().key("at").string(format_utc(due.at)).key("fate").string(name_of(due.fate));
      writer.key("detail").string(due.detail).end_object();
    } else {
      writer.null();
    }
    writer.key("last_run");
    if (!job.newest.empty()) {
      const auto& run = job.newest.front();
      writer.begin_object().key("id").string(run.id).key("key").string(run.key);
      writer.key("state").string(name_of(run.state));
      write_time(writer, "finished_at", run.finished_at);
      writer.end_object();
    } else {
      writer.null();
    }
    writer.key("broken").boolean(job.is_broken).key("usable").boolean(job.is_usable);
    writer.key("complaints").begin_array();
    for (const auto& text : job.complaints)
      writer.string(text);
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  co_return json_answer(200, std::move(body));
}

Api::Answer Api::begin_run(const Call& call) {
  const auto asked = call.request.headers.find("Idempotency-Key");
  const std::string key = std::string(runner::daemon_key_start) +
                          (asked ? std::string(*asked) : make_ulid(around_.loop.clock().now(), around_.random));
  if (asked && (asked->empty() || asked->size() > key_characters_max))
    co_return problem(400, fmt::format("an Idempotency-Key has 1 to {} characters", key_characters_max));
  const auto started = co_await scheduler_.start(call.names[0], key);
  if (!started) co_return problem(started.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("id").string(started->run).key("job").string(call.names[0]).key("key").string(key);
  writer.end_object();
  auto response = json_answer(started->is_new ? 202 : 200, std::move(body));
  response.headers.set("Location", "/api/v1/runs/" + started->run);
  co_return response;
}

Api::Answer Api::runs(const Call& call) {
  const auto limit = limit_of(call.request);
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
    }
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return problem(looked.error());
  const auto now = around_.loop.clock().now();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("runs").begin_array();
  for (const auto& one : facts)
    writer.raw(report::run_json(one, now, false));
  writer.end_array().key("next");
  facts.size() == *limit ? writer.string(facts.back().run.id) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

async::Task<Result<model::Run>> Api::find(std::string name) {
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
      return Error(ErrorKind::not_found, fmt::format("run {} was not begun: {}", name, refused->message),
                   refused->hint);
    return Error(ErrorKind::not_found, fmt::format("there is no run {}", name));
  };
  co_return co_await on_sql(look);
}

async::Task<http::ServerResponse> Api::run_answer(int status, std::string id) {
  auto look = [&]() -> Result<report::RunFacts> {
    auto run = around_.store.run(id);
    if (!run) return run.error();
    return runner::facts_of(around_.store, std::move(*run));
  };
  const auto facts = co_await on_sql(look);
  if (!facts) co_return problem(facts.error());
  co_return json_answer(status, report::run_json(*facts, around_.loop.clock().now(), true));
}

Api::Answer Api::run(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  co_return co_await run_answer(200, run->id);
}

Api::Answer Api::items(const Call& call) {
  const auto limit = limit_of(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  const auto status = named<model::ItemStatus>(call.request, "status", statuses);
  if (!status) co_return problem(400, status.error().message);
  const auto reasons = all_reasons();
  const auto reason = named<model::Reason>(call.request, "reason", reasons);
  if (!reason) co_return problem(400, reason.error().message);
  store::ItemFilter filter;
  filter.status = *status;
  filter.reason = *reason;
  filter.limit = *limit;
  if (const auto after = call.request.find_query("after")) {
    const auto [end, fault] = std::from_chars(after->data(), after->data() + after->size(), filter.after_sequence);
    if (fault != std::errc() || end != after->data() + after->size()) co_return problem(400, "after is no sequence");
  }
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  auto look = [&] { return around_.store.items(run->id, filter); };
  const auto items = co_await on_sql(look);
  if (!items) co_return problem(items.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("run").string(run->id).key("items").begin_array();
  for (const auto& state : *items)
    write_item(writer, state);
  writer.end_array().key("next");
  items->size() == *limit ? writer.string(std::to_string(items->back().item.sequence)) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

Api::Answer Api::results(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  if (!model::is_final(run->state))
    co_return problem(409,
                      fmt::format("run {} is {}: its results are written at its end", run->id, name_of(run->state)));
  http::FileRange file;
  file.path = report::folder_of(*run) / run->id / "results.jsonl";
  if (!path_exists(file.path))
    co_return problem(404, fmt::format("the results of run {} are gone", run->id),
                      fmt::format("`batchd results {}` makes them again from the stored answers", run->id));
  http::ServerResponse response;
  response.headers.set("Content-Type", "application/x-ndjson");
  add_safe_headers(response.headers);
  response.body = std::move(file);
  co_return response;
}

Api::Answer Api::cancel(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state)) co_return co_await run_answer(200, run->id);
  const auto now = around_.loop.clock().now();
  auto ask = [&] { return around_.store.request_cancel(run->id, model::CancelScope::everything, now); };
  if (auto asked = co_await on_sql(ask); !asked) co_return problem(asked.error());
  pool_.take_up(*run, std::nullopt);  // or wakes it, where it waits for better days
  co_return co_await run_answer(202, run->id);
}

Api::Answer Api::resume(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state)) co_return co_await run_answer(200, run->id);
  if (run->state == model::RunState::created)
    co_return problem(409, fmt::format("run {} is still being prepared", run->id));
  const auto owner = report::owner_of(*run);
  if (owner && owner->liveness == Liveness::alive && owner->process != around_.process)
    co_return problem(409, fmt::format("process {} is working on run {}", owner->process.pid, run->id));
  const auto* watched = folder_.find(run->job);
  pool_.take_up(*run, watched ? watched->job : std::nullopt);  // or wakes it, where it waits for better days
  co_return co_await run_answer(202, run->id);
}

Api::Answer Api::retry(const Call& call) {
  const auto asked_for = reasons_of(call.request);
  if (!asked_for) co_return problem(asked_for.error());
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  if (!model::is_final(run->state))
    co_return problem(409, fmt::format("run {} is {}", run->id, name_of(run->state)), "retry it when it is over");
  const auto reasons = *asked_for;
  bool has_any = false;
  const auto now = around_.loop.clock().now();
  auto ask = [&]() -> Status {
    const auto failures = around_.store.failures(run->id);
    if (!failures) return failures.error();
    has_any = std::any_of(failures->begin(), failures->end(),
                          [&](const auto& failure) { return reasons.contains(failure.reason); });
    if (!has_any) return {};
    if (auto there = runner::check_for_retrying(around_.store, around_.state_folder, run->id); !there) return there;
    if (auto owned = runner::own(around_.store, *run, around_.process, now); !owned) return owned;
    return around_.store.request_retry(run->id, reasons);
  };
  if (auto asked = co_await on_sql(ask); !asked) co_return problem(asked.error());
  if (has_any) {
    const auto* watched = folder_.find(run->job);
    pool_.take_up(*run, watched ? watched->job : std::nullopt);
  }
  co_return co_await run_answer(has_any ? 202 : 200, run->id);
}

Api::Answer Api::pause(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state))
    co_return problem(409,
                      fmt::format("run {} is over ({}): there is nothing to hold back", run->id, name_of(run->state)));
  const model::Pause pause{model::PauseOf::run, run->id, around_.loop.clock().now()};
  auto keep = [&] { return around_.store.pause(pause); };
  if (auto kept = co_await on_sql(keep); !kept) co_return problem(kept.error());
  co_return co_await run_answer(200, run->id);
}

Api::Answer Api::unpause(const Call& call) {
  const auto run = co_await find(call.names[0]);
  if (!run) co_return problem(run.error());
  auto keep = [&] { return around_.store.unpause(model::PauseOf::run, run->id); };
  if (auto kept = co_await on_sql(keep); !kept) co_return problem(kept.error());
  co_return co_await run_answer(200, run->id);
}

Api::Answer Api::events(const Call& call) {
  http::ServerResponse response;
  response.headers.set("Content-Type", "text/event-stream");
  add_safe_headers(response.headers);
  response.stream =
      access_.guarded(feed_.follow(call.request.headers.find("Last-Event-ID").value_or("")), call.request);
  co_return response;
}

Api::Answer Api::audit(const Call& call) {
  const auto limit = limit_of(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  std::uint64_t before = 0;
  if (const auto text = call.request.find_query("before")) {
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), before);
    if (fault != std::errc() || end != text->data() + text->size()) co_return problem(400, "before is no number");
  }
  auto look = [&] { return around_.store.audit_entries(*limit, before); };
  const auto entries = co_await on_sql(look);
  if (!entries) co_return problem(entries.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("entries").begin_array();
  for (const auto& entry : *entries) {
    writer.begin_object().key("n").unsigned_integer(entry.n).key("at").string(format_utc(entry.at, true));
    writer.key("who").string(entry.who).key("action").string(entry.action).key("object").string(entry.object);
    writer.key("detail").string(entry.detail).end_object();
  }
  writer.end_array().key("next");
  entries->size() == *limit ? writer.unsigned_integer(entries->back().n) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

}  // namespace batchd::daemon
