// What the API says of the daemon itself, and of what happens in it.

#include "doors/daemon/api.hpp"
#include "doors/daemon/api_json.hpp"
#include "doors/daemon/api_wishes.hpp"
#include "doors/daemon/openapi.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {
namespace {

http::ServerResponse text_answer(int status, std::string text) {
  return answer(status, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace

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

Api::Answer Api::events(const Call& call) {
  http::ServerResponse response;
  response.headers.set("Content-Type", "text/event-stream");
  add_safe_headers(response.headers);
  response.stream = access_.guarded(
      feed_.follow(call.request.headers.find("Last-Event-ID").value_or(""), may_see_content(call.visitor)),
      call.request);
  co_return response;
}

Api::Answer Api::audit(const Call& call) {
  const auto limit = wanted_limit(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  const auto before = wanted_number(call.request, "before");
  if (!before) co_return problem(400, before.error().message);
  auto look = [&] { return around_.store.audit_entries(*limit, *before); };
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
