// Which call answers a request, who may make it, and that a change is written down.

#include "doors/daemon/api.hpp"

#include <array>

#include <fmt/format.h>

#include "doors/daemon/path_pattern.hpp"
#include "doors/daemon/problem.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint64_t body_bytes_max = 64 * 1024;  // of a request

using Route = Api::Route;
using http::Method;

std::string_view last_piece(std::string_view pattern) { return pattern.substr(pattern.rfind('/') + 1); }

std::string object_of(const Api::Call& call) { return call.names.empty() ? call.request.path : call.names.front(); }

}  // namespace

std::span<const Route> Api::routes() {
  static constexpr std::array<Route, 24> all{{
      {Method::get, "/healthz", "Does the process live?", &Api::health, Scope::none},
      {Method::get, "/readyz", "Can it do its work?", &Api::readiness, Scope::none},
      {Method::get, "/openapi.json", "This description", &Api::openapi, Scope::none},
      {Method::get, "/metrics", "For Prometheus, in its text format", &Api::metrics},
      {Method::get, "/api/v1/jobs", "The jobs, their schedules and their newest runs", &Api::jobs},
      {Method::post, "/api/v1/jobs/{job}/runs",
       "Begins a run: key, new, limit, sample; an Idempotency-Key begins it once", &Api::begin_run},
      {Method::post, "/api/v1/jobs/{job}/pause", "Submits nothing more of its runs, later ones too", &Api::pause_job},
      {Method::post, "/api/v1/jobs/{job}/unpause", "Lets its runs go on", &Api::unpause_job},
      {Method::post, "/api/v1/providers/{provider}/pause", "Submits nothing more to it", &Api::pause_provider},
      {Method::post, "/api/v1/providers/{provider}/unpause", "Lets runs that ask it go on", &Api::unpause_provider},
      {Method::get, "/api/v1/pauses", "What is paused, oldest first: jobs, providers, runs", &Api::pauses},
      {Method::get, "/api/v1/runs", "Runs, newest first: job, limit, after", &Api::runs},
      {Method::get, "/api/v1/runs/{run}", "A run and how it stands, its shards by stage, its batches by state",
       &Api::run},
      {Method::get, "/api/v1/runs/{run}/shards", "Its shards with their newest batches, by number: limit, after",
       &Api::shards},
      {Method::get, "/api/v1/runs/{run}/items", "Its items by sequence: status, reason, limit, after", &Api::items},
      {Method::get, "/api/v1/runs/{run}/items/{item}", "One of them; with content its row and answers", &Api::item},
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
         Access& access, const job::Config& config, std::string version, Metrics& metrics)
    : around_(around),
      folder_(folder),
      pool_(pool),
      scheduler_(scheduler),
      feed_(feed),
      access_(access),
      config_(config),
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

http::ServerResponse Api::refusal(int status, std::string text) { return problem_of_server(status, std::move(text)); }

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
    const Call call{request, std::move(*names), std::move(visitor)};
    auto response = co_await (this->*route.answer)(call);
    const bool has_changed = route.method != Method::get && response.status < 300;
    if (has_changed) co_await access_.note(call.visitor, std::string(last_piece(route.pattern)), object_of(call));
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

}  // namespace batchd::daemon
