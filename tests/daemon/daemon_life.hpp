#pragma once
// Lives of a daemon under a turned clock, in one folder with its jobs/, its state/ and the world/ of its provider,
// which is called acme. As `batchd serve` puts them together: scheduler, pool, circuit breaker, messenger, daily
// pruning.

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/runner/messenger.hpp"
#include "doors/daemon/circuit_breaker.hpp"
#include "doors/daemon/daily_pruning.hpp"
#include "doors/daemon/event_feed.hpp"
#include "doors/daemon/scheduler.hpp"
#include "doors/simulator/simulator.hpp"
#include "ground/http/in_process_transport.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::daemon::test {

// One process.
struct Life {
  Time from, to;
  bool is_killed = false;  // at its end, instead of being told to stop
  Duration look_every = std::chrono::minutes(5);
  Duration watch_every = std::chrono::minutes(1);
  Duration tell_every = std::chrono::minutes(10);
  simulator::Settings world = {};                        // but for its folder
  std::function<bool(Time)> is_provider_away = nullptr;  // nothing: never
  model::Retention retention = {};
};

inline job::Config config_of(const Path& folder, const model::Retention& retention) {
  job::Config config;
  config.state_folder = folder / "state";
  config.retention = retention;
  model::ProviderSpec spec;
  spec.name = "acme";
  spec.profile = model::Profile::openai;
  spec.base_url = "http://simulator.invalid/v1";
  spec.api_key_file = folder / "key";
  config.providers["acme"] = spec;
  return config;
}

inline async::Task<void> serve_until_its_end(runner::Surroundings& around, const job::Config& config,
                                             const ReachProvider& reach, const notify::Post& post, Path jobs_folder,
                                             const Life& life) {
  EventFeed feed(around.loop, around.log, "life");
  JobFolder folder(jobs_folder, config, [](std::string_view) { return std::nullopt; });
  PoolOptions pacing;
  pacing.watch_every = life.watch_every;
  RunPool pool(around, config, reach, feed, pacing);
  SchedulerOptions options;
  options.look_every = life.look_every;
  options.take_up_every = std::chrono::hours(1);
  Scheduler scheduler(around, folder, pool, options);
  runner::Messenger messenger(around, post, life.tell_every);
  DailyPruning pruning(around, config.retention);
  const async::StopToken stop;
  async::TaskGroup group(around.loop);
  const auto follow = [](Scheduler& to, async::StopToken over) -> async::Task<void> {
    const auto ended = co_await to.run(over);
    check(ended.ok(), "the scheduler can begin");
  };
  group.spawn(follow(scheduler, stop));
  group.spawn(messenger.run(stop));
  group.spawn(pruning.run(stop));
  (void)co_await around.loop.sleep_until(life.to);
  if (life.is_killed) std::raise(SIGKILL);
  stop.stop();
  co_await group.join();
  pool.stop();
  co_await pool.drained();
}

inline void play(const Path& folder, const Life& life, Log& log) {
  check(make_folders(folder / "state").ok(), "the state's folder can be made");
  TurnedClock clock(life.from);
  Random random(static_cast<std::uint64_t>(life.from.time_since_epoch().count()));
  async::Loop loop(clock);
  const auto config = config_of(folder, life.retention);
  const auto database = config.state_folder / "batchd.db";
  auto store = store::Store::open(database, store::Mode::read_write);
  check(store.ok(), "the store can be opened");
  auto settings = life.world;
  settings.folder = folder / "world";
  auto world = simulator::Simulator::open(loop, settings);
  check(world.ok(), "the world can be opened");
  check(make_folders(settings.folder / "incoming").ok(), "its folder can be made");
  http::InProcessTransport wire(loop, **world, random, settings.folder / "incoming");
  wire.set_faults([&](const http::Request&) {
    http::Fault fault;
    fault.refuse = life.is_provider_away && life.is_provider_away(clock.now());
    return fault;
  });
  const auto provider = provider::make_provider(config.providers.at("acme"), {loop, wire, log, random});
  CircuitBreaker breaker(*provider, "acme", clock, log);
  const auto reach = [&](const model::ProviderSpec&) -> Result<provider::Provider*> { return &breaker; };
  async::Lane sql(loop, "sql");
  async::WorkerPool workers(loop, 1);
  const auto open_reader = [database] { return store::Store::open(database, store::Mode::read_only); };
  runner::Surroundings around{loop,           sql, workers, **store, open_reader, config.state_folder,
                              this_process(), log, random};
  const notify::Post post{loop, workers, wire, {}};
  loop.run(serve_until_its_end(around, config, reach, post, folder / "jobs", life));
}

// How often the provider's journal says this of each run.
inline std::map<std::string, int> journal_by_run(const Path& folder, std::string_view type) {
  constexpr std::uint64_t line_bytes_max = 1'000'000;
  std::map<std::string, int> found;
  auto reader = json::LineReader::open(folder / "world/journal.jsonl", line_bytes_max);
  REQUIRE(reader.ok());
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    REQUIRE(line.ok());
    if (line->at_end) return found;
    const auto entry = document.parse(line->text);
    REQUIRE(entry.ok());
    if (entry->find("type").as_string() == type)
      ++found[std::string(entry->find("metadata").find("batchd_run").as_string().value_or(""))];
  }
}

}  // namespace batchd::daemon::test
