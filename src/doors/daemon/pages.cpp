#include "doors/daemon/pages.hpp"

#include <array>

#include "core/runner/run_facts.hpp"
#include "doors/daemon/discretion.hpp"
#include "doors/daemon/gate.hpp"
#include "doors/daemon/page_assets.hpp"
#include "doors/daemon/page_charts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/path_pattern.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/base/ulid.hpp"

namespace batchd::daemon {

using html::element;
using http::Method;

namespace {

// Nothing but what is ours, nothing inline, in nobody's frame.
constexpr std::string_view content_security_policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

// Of a provider's queue times: they change slowly, and every open page asks for them every second.
constexpr Duration history_valid = std::chrono::minutes(1);
constexpr std::uint32_t history_runs_max = 60;  // the newest

constexpr std::size_t going_on_max = 20;

bool wants_a_page(const http::ServerRequest& request) {
  const auto accepted = request.headers.find("Accept");
  return accepted && accepted->find("text/html") != std::string_view::npos && !request.path.starts_with("/api/");
}

}  // namespace

http::ServerResponse page_answer(std::string html, int status) {
  auto response = answer(status, "text/html; charset=utf-8", std::move(html));
  response.headers.set("Content-Security-Policy", std::string(content_security_policy));
  // Without any, a browser would call its forms' origin "null", and the gate refuses that.
  response.headers.set("Referrer-Policy", "same-origin");
  return response;
}

std::span<const Pages::Route> Pages::routes() {
  static constexpr std::array<Route, 22> all{{
      {Method::get, "/", &Pages::home},
      {Method::get, "/jobs/{job}", &Pages::job},
      {Method::post, "/jobs/{job}/begin", &Pages::begin},
      {Method::post, "/jobs/{job}/pause", &Pages::act},
      {Method::post, "/jobs/{job}/unpause", &Pages::act},
      {Method::get, "/runs/{run}", &Pages::run},
      {Method::get, "/runs/{run}/items", &Pages::items},
      {Method::get, "/runs/{run}/items/{item}", &Pages::item},
      {Method::get, "/runs/{run}/results.jsonl", &Pages::result_file, Scope::content},
      {Method::get, "/runs/{run}/failures.jsonl", &Pages::result_file, Scope::content},
      {Method::get, "/runs/{run}/rejected.jsonl", &Pages::result_file, Scope::content},
      {Method::get, "/runs/{run}/report.json", &Pages::result_file, Scope::content},
      {Method::get, "/runs/{run}/report.md", &Pages::result_file, Scope::content},
      {Method::get, "/runs/{run}/results.csv", &Pages::results_csv, Scope::content},
      {Method::post, "/runs/{run}/cancel", &Pages::act},
      {Method::post, "/runs/{run}/resume", &Pages::act},
      {Method::post, "/runs/{run}/pause", &Pages::act},
      {Method::post, "/runs/{run}/unpause", &Pages::act},
      {Method::post, "/runs/{run}/retry", &Pages::retry},
      {Method::get, "/sign-in", &Pages::sign_in_form, Scope::none},
      {Method::post, "/sign-in", &Pages::sign_in, Scope::none},
      {Method::post, "/sign-out", &Pages::sign_out, Scope::none},
  }};
  return all;
}

Pages::Pages(runner::Surroundings& around, JobFolder& folder, RunPool& pool, Scheduler& scheduler, Api& api,
             Access& access, const job::Config& config, Path spool_folder, std::string version)
    : around_(around),
      folder_(folder),
      pool_(pool),
      scheduler_(scheduler),
      api_(api),
      access_(access),
      config_(config),
      spool_folder_(std::move(spool_folder)),
      version_(std::move(version)) {}

http::BodyPlan Pages::plan_body(const http::ServerRequest& head) { return api_.plan_body(head); }

Pages::Answer Pages::handle(http::ServerRequest request) {
  if (auto refusal = access_.refusal_of(request)) co_return std::move(*refusal);
  const bool reads = request.method == Method::get || request.method == Method::head;
  if (const auto* asset = find_asset(request.path); asset && reads) co_return asset_answer(*asset, request);
  for (const auto& route : routes()) {
    auto names = match(route.pattern, request.path);
    if (!names || (route.method == Method::get) != reads) continue;
    if (!reads) {
      if (request.method != route.method) continue;
      if (auto refusal = refusal_of_form(request)) co_return std::move(*refusal);
    }
    auto admitted = co_await let_in(route, request);
    if (auto* refusal = std::get_if<http::ServerResponse>(&admitted)) co_return std::move(*refusal);
    const Call call{request, std::move(*names), std::get<Visitor>(std::move(admitted))};
    co_return co_await (this->*route.answer)(call);
  }
  const bool for_a_person = wants_a_page(request);
  auto response = co_await api_.handle(std::move(request));
  if (response.status == 404 && for_a_person)
    co_return trouble(Error(ErrorKind::not_found, "there is nothing at this address"));
  co_return response;
}

http::ServerResponse Pages::shown(Page page, int status) const {
  page.is_signed_in = access_.tokens_needed() && status != 401;
  return page_answer(laid_out(page, version_), status);
}

http::ServerResponse Pages::trouble(const Error& error) const {
  Page page;
  page.title = "Trouble";
  page.crumbs = {{"/", "Jobs"}};
  page.is_live = false;
  page.content = element("div", {{"class", "title"}}, element("h1", {}, "This did not go"),
                         element("pre", {{"class", "complaint"}}, error.message));
  if (!error.hint.empty()) page.content.add(element("p", {{"class", "quiet"}}, error.hint));
  page.content.add(element("p", {}, link("/", "To the jobs")));
  return shown(page, status_of(error.kind));
}

JobLine Pages::line_of(const WatchedJob& watched) const {
  JobLine line;
  line.file = watched.file.filename().string();
  for (const auto& complaint : watched.complaints)
    line.complaints.push_back(complaint.text());
  line.is_broken = watched.is_broken;
  if (!watched.job) return line;
  line.name = watched.job->name;
  line.description = watched.job->description;
  line.provider = watched.job->provider;
  line.schedule = watched.job->schedule;
  line.next_due = scheduler_.next_due(*watched.job);
  return line;
}

Status Pages::fill(JobLine& line, bool shows_content) {
  if (line.name.empty()) return {};
  auto runs = around_.store.runs(line.name, strip_runs_max);
  if (!runs) return runs.error();
  line.runs = std::move(*runs);
  if (line.runs.empty()) {
    const auto pruned = around_.store.pruned_runs(line.name, 1);
    if (!pruned) return pruned.error();
    line.has_pruned = !pruned->empty();
  } else {
    const auto counts = around_.store.counts(line.runs.front().id);
    if (!counts) return counts.error();
    line.newest_counts = *counts;
  }
  const auto due = around_.store.due_runs(line.name, model::due_looked_at);
  if (!due) return due.error();
  if (const auto* one = model::most_telling(*due)) line.due = *one;
  if (line.due && !shows_content) make_discreet(*line.due);
  const auto pauses = around_.store.pauses();
  if (!pauses) return pauses.error();
  for (const auto of : {model::PauseOf::job, model::PauseOf::provider})
    for (const auto& pause : *pauses)
      if (!line.pause && pause.of == of && pause.name == (of == model::PauseOf::job ? line.name : line.provider))
        line.pause = pause;
  return {};
}

Result<std::vector<RunLine>> Pages::lines_of(const std::vector<model::Run>& runs) {
  std::vector<RunLine> lines;
  for (const auto& run : runs) {
    const auto counts = around_.store.counts(run.id);
    if (!counts) return counts.error();
    lines.push_back({run, *counts});
  }
  return lines;
}

Result<std::vector<GoingOn>> Pages::going_on(const std::vector<model::Run>& runs, bool shows_content) {
  std::vector<GoingOn> all;
  const auto now = around_.loop.clock().now();
  for (const auto& run : runs) {
    if (model::is_final(run.state) || all.size() == going_on_max) continue;
    auto facts = runner::facts_of(around_.store, run);
    if (!facts) return facts.error();
    if (!shows_content) make_discreet(*facts);
    auto standing = report::standing_of(*facts, report::owner_of(run), now);
    auto forecast = report::forecast_of(*facts, history_of(run.provider), now);
    all.push_back({std::move(*facts), std::move(standing), forecast});
  }
  return all;
}

const report::QueueHistory& Pages::history_of(const std::string& provider) {
  auto& known = histories_[provider];
  const auto now = around_.loop.clock().now();
  if (known.read_at + history_valid > now && known.read_at <= now) return known.history;
  known = KnownHistory();
  known.read_at = now;
  // What cannot be read is no history; the page says nothing of it then.
  const auto runs = around_.store.runs("", history_runs_max);
  if (!runs) return known.history;
  for (const auto& run : *runs) {
    if (run.provider != provider) continue;
    const auto shards = around_.store.shards(run.id);
    const auto batches = around_.store.submissions(run.id);
    if (shards && batches) known.history.add(*shards, *batches);
  }
  return known.history;
}

std::string Pages::currency_of(const std::string& provider) const {
  for (const auto& price : config_.prices)
    if (price.provider == provider) return price.currency;
  return "";
}

std::string Pages::begin_key() {
  return std::string(begun_here) + make_ulid(around_.loop.clock().now(), around_.random);
}

}  // namespace batchd::daemon
