// What the pages show.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/runner/after_pruning.hpp"
#include "core/runner/run_facts.hpp"
#include "doors/daemon/discretion.hpp"
#include "doors/daemon/item_texts.hpp"
#include "doors/daemon/items_page.hpp"
#include "doors/daemon/page_charts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/pages.hpp"
#include "doors/daemon/problem.hpp"
#include "doors/daemon/run_page.hpp"
#include "line/report/report.hpp"
#include "rules/job/job.hpp"

namespace batchd::daemon {
namespace {

constexpr std::size_t jobs_shown_max = 200;
constexpr std::uint32_t runs_looked_at = 100;  // the newest, for what is under way
constexpr std::size_t recent_shown = 12;
constexpr std::uint32_t job_runs_shown = 50;  // on one page of a job
constexpr std::uint32_t due_shown = 10;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Its rows are being read: there is no record of it yet.
Page waiting_page(const std::string& run) {
  Page page;
  page.title = "Begun";
  page.crumbs = {{"/", "Jobs"}};
  page.run = run;
  page.is_awaited = true;
  page.content = html::element("div", {{"class", "title"}}, html::element("h1", {}, "Begun"),
                               html::element("p", {{"class", "lede"}}, "The input is being read."));
  return page;
}

Result<store::ItemFilter> filter_of(const http::ServerRequest& request) {
  store::ItemFilter filter;
  filter.limit = items_shown + 1;  // one more tells whether there are more
  if (const auto status = request.find_query("status"); status && !status->empty()) {
    filter.status = model::status_from_name(*status);
    if (!filter.status) return Error(ErrorKind::invalid, fmt::format("there is no status \"{}\"", *status));
  }
  if (const auto reason = request.find_query("reason"); reason && !reason->empty()) {
    filter.reason = model::reason_from_name(*reason);
    if (!filter.reason) return Error(ErrorKind::invalid, fmt::format("there is no reason \"{}\"", *reason));
  }
  if (const auto after = request.find_query("after")) {
    const auto sequence = number_of(*after);
    if (!sequence) return Error(ErrorKind::invalid, "after is no row's number");
    filter.after_sequence = *sequence;
  }
  return filter;
}

void make_discreet(RunPageFacts& facts) {
  daemon::make_discreet(facts.facts);
  for (auto& happening : facts.lately)
    happening.text = discreet_text(happening);
}

}  // namespace

Pages::Answer Pages::home(const Call& call) {
  HomeFacts facts;
  facts.may_act = may_act(call.visitor);
  const bool shows_content = may_see_content(call.visitor);
  facts.looked_for = call.request.find_query("find").value_or("");
  const auto take = [&](const WatchedJob& watched) {
    if (watched.job && watched.job->name.find(facts.looked_for) == std::string::npos) return;
    if (facts.jobs.size() == jobs_shown_max)
      ++facts.jobs_hidden;
    else
      facts.jobs.push_back(line_of(watched));
  };
  for (const auto* watched : folder_.broken())
    take(*watched);
  for (const auto* watched : folder_.jobs())
    take(*watched);
  auto look = [&]() -> Status {
    for (auto& line : facts.jobs)
      if (auto filled = fill(line, shows_content); !filled) return filled;
    auto runs = around_.store.runs("", runs_looked_at);
    if (!runs) return runs.error();
    auto under_way = going_on(*runs, shows_content);
    if (!under_way) return under_way.error();
    facts.going_on = std::move(*under_way);
    runs->resize(std::min(runs->size(), recent_shown));
    auto recent = lines_of(*runs);
    if (!recent) return recent.error();
    facts.recent = std::move(*recent);
    const auto untold = around_.store.untold();
    if (!untold) return untold.error();
    facts.untold = *untold;
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return trouble(looked.error());
  facts.begin_key = begin_key();
  facts.now = around_.loop.clock().now();
  co_return shown(home_page(facts));
}

Pages::Answer Pages::job(const Call& call) {
  const auto& name = call.names[0];
  JobFacts facts;
  facts.may_act = may_act(call.visitor);
  const bool shows_content = may_see_content(call.visitor);
  const auto* watched = folder_.find(name);
  facts.is_in_folder = watched != nullptr;
  if (watched) facts.job = line_of(*watched);
  facts.job.name = name;
  const std::string after(call.request.find_query("after").value_or(""));
  facts.is_first_page = after.empty();
  auto look = [&]() -> Status {
    if (auto filled = fill(facts.job, shows_content); !filled) return filled;
    if (!after.empty())
      if (auto there = around_.store.run(after); !there) return there.error();
    auto runs = around_.store.runs(name, job_runs_shown + 1, after);
    if (!runs) return runs.error();
    if (runs->size() > job_runs_shown) {
      runs->pop_back();
      facts.next = runs->back().id;
    }
    auto lines = lines_of(*runs);
    if (!lines) return lines.error();
    facts.runs = std::move(*lines);
    auto due = around_.store.due_runs(name, due_shown);
    if (!due) return due.error();
    facts.due = std::move(*due);
    for (auto& one : facts.due)
      if (!shows_content) make_discreet(one);
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return trouble(looked.error());
  if (!facts.is_in_folder && facts.job.runs.empty() && !facts.job.pause)
    co_return trouble(Error(ErrorKind::not_found, fmt::format("there is no job {}", name)));
  facts.begin_key = begin_key();
  facts.now = around_.loop.clock().now();
  co_return shown(job_page(facts));
}

Pages::Answer Pages::run(const Call& call) {
  const auto& name = call.names[0];
  const auto found = co_await api_.find(name, call.visitor);
  if (!found && pool_.has(name)) co_return shown(waiting_page(name));
  if (!found) co_return trouble(found.error());
  RunPageFacts facts;
  facts.now = around_.loop.clock().now();
  facts.shows_content = may_see_content(call.visitor);
  facts.may_act = may_act(call.visitor);
  auto look = [&]() -> Status {
    auto about = runner::facts_of(around_.store, *found);
    if (!about) return about.error();
    const auto usage = around_.store.usage(found->id);
    if (!usage) return usage.error();
    auto lately = around_.store.happenings(found->id, happenings_shown);
    if (!lately) return lately.error();
    facts.facts = std::move(*about);
    facts.usage = *usage;
    facts.lately = std::move(*lately);
    if (!facts.shows_content) make_discreet(facts);
    facts.standing = report::standing_of(facts.facts, report::owner_of(facts.facts.run), facts.now);
    // Of a run that waits for a person nobody knows.
    if (!model::is_final(found->state) && facts.standing.mood != report::Mood::wants_people)
      facts.forecast = report::forecast_of(facts.facts, history_of(found->provider), facts.now);
    if (model::is_final(found->state) && runner::has_lost_answers(around_.state_folder, facts.facts.shards)) {
      auto pruning = runner::find_pruning(around_.store, found->id);
      if (!pruning) return pruning.error();
      facts.pruning = std::move(*pruning);
    }
    facts.has_results =
        model::is_final(found->state) && path_exists(report::folder_of(*found) / found->id / "results.jsonl");
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return trouble(looked.error());
  facts.currency = currency_of(found->provider);
  if (const auto job = job::thaw(found->frozen_job)) facts.min_success = job->min_success;
  co_return shown(run_page(facts));
}

Pages::Answer Pages::items(const Call& call) {
  const auto filter = filter_of(call.request);
  if (!filter) co_return trouble(filter.error());
  const auto run = co_await api_.find(call.names[0], call.visitor);
  if (!run) co_return trouble(run.error());
  ItemsFacts facts;
  facts.run = *run;
  facts.filter = *filter;
  facts.looked_for = call.request.find_query("item").value_or("");
  std::optional<std::uint64_t> sought;
  auto look = [&]() -> Status {
    if (!facts.looked_for.empty()) {
      const auto item = runner::find_item(around_.store, run->id, facts.looked_for);
      if (item)
        sought = item->item.sequence;
      else
        facts.not_found = item.error().message;
    }
    auto items = around_.store.items(run->id, facts.filter);
    if (!items) return items.error();
    const auto counts = around_.store.counts(run->id);
    if (!counts) return counts.error();
    facts.items = std::move(*items);
    facts.counts = *counts;
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return trouble(looked.error());
  if (sought) co_return see_other(path_of({"runs", run->id, "items", std::to_string(*sought)}));
  facts.has_more = facts.items.size() > items_shown;
  if (facts.has_more) facts.items.pop_back();
  co_return shown(items_page(facts));
}

// Its page is called by its row's number.
Pages::Answer Pages::item_by_id(const model::Run& run, std::string id) {
  auto find = [&] { return around_.store.item_by_id(run.id, id); };
  const auto found = co_await on_sql(find);
  if (!found) co_return trouble(found.error());
  co_return see_other(path_of({"runs", run.id, "items", std::to_string(found->item.sequence)}));
}

Pages::Answer Pages::item(const Call& call) {
  const auto sequence = number_of(call.names[1]);
  const auto run = co_await api_.find(call.names[0], call.visitor);
  if (!run) co_return trouble(run.error());
  if (!sequence) co_return co_await item_by_id(*run, call.names[1]);
  ItemFacts facts;
  facts.run = *run;
  facts.currency = currency_of(run->provider);
  facts.shows_content = may_see_content(call.visitor);
  auto look = [&]() -> Status {
    auto state = around_.store.item(run->id, *sequence);
    if (!state) return state.error();
    auto life = runner::life_of(around_.store, run->id, std::move(*state));
    if (!life) return life.error();
    auto pruning = runner::find_pruning(around_.store, run->id);
    if (!pruning) return pruning.error();
    facts.life = std::move(*life);
    facts.pruning = std::move(*pruning);
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return trouble(looked.error());
  // Texts may be long, and are taken apart to be shown: away from the loop.
  std::string html;
  const bool is_signed_in = access_.tokens_needed();
  auto tell = [&]() -> Status {
    if (facts.shows_content) read_texts(around_.state_folder, facts);
    facts.has_results = path_exists(report::folder_of(facts.run) / facts.run.id / "results.jsonl");
    auto page = item_page(facts);
    page.is_signed_in = is_signed_in;
    html = laid_out(page, version_);
    return {};
  };
  if (auto told = co_await around_.workers.run(tell); !told) co_return trouble(told.error());
  co_return page_answer(std::move(html));
}

}  // namespace batchd::daemon
