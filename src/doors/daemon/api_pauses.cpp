// Pauses of jobs and providers, which hold for later runs, too. (A run's own: api_acting.cpp.)

#include <algorithm>

#include <fmt/format.h>

#include "doors/daemon/api.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {
namespace {

void write_pause(json::Writer& writer, const model::Pause& pause) {
  writer.key("of").string(name_of(pause.of)).key("name").string(pause.name);
  writer.key("since").string(format_utc(pause.since, true));
}

// What is paused now, and whether that is new.
struct Change {
  bool was_made = false;
  std::optional<model::Pause> pause;
};

http::ServerResponse change_answer(model::PauseOf of, const std::string& name, const Change& change) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("of").string(name_of(of)).key("name").string(name);
  writer.key("paused").boolean(change.pause.has_value()).key("since");
  change.pause ? writer.string(format_utc(change.pause->since, true)) : writer.null();
  writer.key("changed").boolean(change.was_made).end_object();
  return json_answer(200, std::move(body));
}

}  // namespace

Api::Answer Api::pauses(const Call&) {
  auto look = [&] { return around_.store.pauses(); };
  const auto all = co_await on_sql(look);
  if (!all) co_return problem(all.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("pauses").begin_array();
  for (const auto& pause : *all) {
    writer.begin_object();
    write_pause(writer, pause);
    writer.end_object();
  }
  writer.end_array().end_object();
  co_return json_answer(200, std::move(body));
}

Api::Answer Api::pause_of(model::PauseOf of, std::string name, bool is_to_hold) {
  Change change;
  const auto now = around_.loop.clock().now();
  auto keep = [&]() -> Status {
    auto changed = is_to_hold ? around_.store.pause({of, name, now}) : around_.store.unpause(of, name);
    if (!changed) return changed.error();
    change.was_made = *changed;
    auto all = around_.store.pauses();
    if (!all) return all.error();
    const auto found =
        std::find_if(all->begin(), all->end(), [&](const auto& one) { return one.of == of && one.name == name; });
    if (found != all->end()) change.pause = std::move(*found);
    return {};
  };
  if (auto kept = co_await on_sql(keep); !kept) co_return problem(kept.error());
  co_return change_answer(of, name, change);
}

Api::Answer Api::pause_job(const Call& call) {
  const auto& name = call.names[0];
  bool is_known = folder_.find(name) != nullptr;
  auto look = [&] { return around_.store.runs(name, 1); };
  if (!is_known) {
    const auto runs = co_await on_sql(look);
    if (!runs) co_return problem(runs.error());
    is_known = !runs->empty();
  }
  if (!is_known)
    co_return problem(404,
                      fmt::format("there is no job \"{}\": no file of the folder has it, and it has no runs", name),
                      "GET /api/v1/jobs lists them");
  co_return co_await pause_of(model::PauseOf::job, name, true);
}

Api::Answer Api::unpause_job(const Call& call) {
  co_return co_await pause_of(model::PauseOf::job, call.names[0], false);
}

Api::Answer Api::pause_provider(const Call& call) {
  const auto& name = call.names[0];
  if (!config_.providers.contains(name))
    co_return problem(404, fmt::format("there is no provider \"{}\" in the config", name));
  co_return co_await pause_of(model::PauseOf::provider, name, true);
}

Api::Answer Api::unpause_provider(const Call& call) {
  co_return co_await pause_of(model::PauseOf::provider, call.names[0], false);
}

}  // namespace batchd::daemon
