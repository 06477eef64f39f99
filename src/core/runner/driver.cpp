#include "core/runner/driver.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/runner/notices.hpp"
#include "core/runner/performer.hpp"
#include "core/runner/preparation.hpp"
#include "core/runner/wholeness.hpp"
#include "line/collect/collect.hpp"

namespace batchd::runner {
namespace {

class Driver {
 public:
  Driver(Surroundings& around, provider::Provider& provider, const Assignment& assignment, collect::Judge judge,
         Observer& observer, async::StopToken stop)
      : around_(around),
        assignment_(assignment),
        observer_(observer),
        stop_(std::move(stop)),
        events_(around.loop),
        performers_(around.loop),
        performer_(around, provider, assignment, std::move(judge), observer, halt_) {}

  async::Task<Ending> drive() {
    if (auto loaded = co_await load(); !loaded) co_return failed(loaded.error());
    const auto forward = stop_.on_stop([this] { halt_.stop(); });
    async::TaskGroup watcher(around_.loop);
    watcher.spawn(watch());
    events_.push(engine::Resumed{});
    while (!ending_ && !halt_.stopped()) {
      auto event = co_await events_.pop(halt_);
      if (event) co_await handle(*event, true);
    }
    halt_.stop();
    co_await performers_.join();
    co_await watcher.join();
    // What arrived while we were stopping (a batch id, above all) is committed, and nothing new is begun.
    state_.stopping = true;
    while (events_.size() > 0) {
      auto event = co_await events_.pop();
      if (!ending_ && event) co_await handle(*event, false);
    }
    co_return finished();
  }

 private:
  async::Task<Status> load() {
    const auto& id = assignment_.run.id;
    auto read = [&]() -> Status {
      auto shards = around_.store.shards(id);
      if (!shards) return shards.error();
      auto submissions = around_.store.submissions(id);
      if (!submissions) return submissions.error();
      auto run = around_.store.run(id);
      if (!run && run.error().kind == ErrorKind::not_found) return not_whole(around_.store, run.error().message);
      if (!run) return run.error();
      if (auto whole = check_whole(around_.store, *run, *shards, *submissions); !whole) return whole;
      auto resolutions = around_.store.resolutions(id);
      if (!resolutions) return resolutions.error();
      state_ = engine::state_from(std::move(*run), std::move(*shards), std::move(*submissions));
      auto paused = pause_of(state_.run);
      if (!paused) return paused.error();
      state_.paused = paused_told_ = *paused;
      state_.resolutions = std::move(*resolutions);
      for (const auto& word : state_.resolutions)
        resolutions_told_.insert({word.shard, word.submission});
      return {};
    };
    co_return co_await around_.sql.run(read);
  }

  async::Task<void> handle(const engine::Event& event, bool perform) {
    auto decision = engine::decide(state_, event, assignment_.policy, around_.loop.clock().now());
    if (auto told = co_await add_deliveries(decision); !told) {
      ending_ = failed(told.error());
      co_return;
    }
    if (auto committed = co_await commit(event, decision.changes); !committed) {
      // What was decided is not on the disk, so it has not happened: this process ends, the next one begins from
      // what is there.
      ending_ = failed(committed.error());
      co_return;
    }
    observer_.on_changed(state_, decision.changes);
    for (auto& action : decision.actions) {
      if (const auto* finish = std::get_if<engine::Finish>(&action)) {
        ending_ = Ending{};
        ending_->exit_code = finish->exit_code;
      } else if (const auto* halt = std::get_if<engine::Halt>(&action)) {
        ending_ = Ending{};
        ending_->exit_code = halt->exit_code;
        ending_->error = halt->error;
      } else if (perform) {
        performers_.spawn(perform_and_report(std::move(action)));
      }
    }
  }

  // Whom the decision is told.
  async::Task<Status> add_deliveries(engine::Decision& decision) {
    const auto occasions = occasions_of(state_, decision);
    const auto& targets = assignment_.job.notify;
    if (occasions.empty() || targets.empty()) co_return Status();
    auto read = [&] { return around_.store.counts(assignment_.run.id); };
    const auto counts = co_await around_.sql.run(read);
    if (!counts) co_return counts.error();
    for (const auto& occasion : occasions) {
      const auto folder = report::folder_of(state_.run) / state_.run.id;
      const notify::Message message{occasion, state_.run, *counts, around_.loop.clock().now(), folder.string()};
      auto deliveries = notify::deliveries_for(targets, message);
      std::move(deliveries.begin(), deliveries.end(), std::back_inserter(decision.changes.deliveries));
    }
    co_return Status();
  }

  async::Task<Status> commit(const engine::Event& event, const model::Changes& changes) {
    const auto& id = assignment_.run.id;
    if (const auto* collected = std::get_if<engine::Collected>(&event)) {
      const auto outcomes = performer_.take_outcomes(collected->shard);
      const auto& shard = state_.shards.at(collected->shard);
      auto write = [&] { return around_.store.commit_outcomes(id, shard, outcomes, changes); };
      co_return co_await around_.sql.run(write);
    }
    if (const auto* gathered = std::get_if<engine::Gathered>(&event)) {
      const auto items = performer_.take_gathered(gathered->shard.n);
      const auto made = state_.shards.find(gathered->shard.n);
      if (made != state_.shards.end()) {
        auto write = [&] { return around_.store.add_retry_shard(id, made->second, items, changes); };
        co_return co_await around_.sql.run(write);
      }
    }
    if (changes.empty()) co_return Status();
    auto write = [&] { return around_.store.apply(id, changes); };
    co_return co_await around_.sql.run(write);
  }

  async::Task<void> perform_and_report(engine::Action action) {
    auto event = co_await performer_.perform(action, state_);
    if (event) events_.push(std::move(*event));
  }

  // The oldest pause that holds for it.
  Result<std::optional<model::Pause>> pause_of(const model::Run& run) {
    auto pauses = around_.store.pauses();
    if (!pauses) return pauses.error();
    const auto found = std::find_if(pauses->begin(), pauses->end(), [&](const auto& one) { return holds(one, run); });
    if (found == pauses->end()) return std::optional<model::Pause>();
    return std::optional(*found);
  }

  // What persons wish comes from other processes through the store.
  struct Wishes {
    std::optional<engine::CancelRequested> cancel;
    std::optional<model::Pause> paused;
    std::vector<model::Resolution> resolutions;
  };

  Result<Wishes> read_wishes() {
    auto run = around_.store.run(assignment_.run.id);
    if (!run) return run.error();
    auto resolutions = around_.store.resolutions(assignment_.run.id);
    if (!resolutions) return resolutions.error();
    auto paused = pause_of(*run);
    if (!paused) return paused.error();
    Wishes wishes{std::nullopt, std::move(*paused), std::move(*resolutions)};
    if (run->cancel_requested_at) wishes.cancel = engine::CancelRequested{run->cancel_scope};
    return wishes;
  }

  // Hands on what was not known before.
  void take_wishes(const Wishes& wishes) {
    if (wishes.cancel && wishes.cancel != std::exchange(cancel_told_, wishes.cancel)) events_.push(*wishes.cancel);
    if (wishes.paused != paused_told_) {
      paused_told_ = wishes.paused;
      wishes.paused ? events_.push(engine::Paused{*wishes.paused}) : events_.push(engine::Unpaused{});
    }
    for (const auto& word : wishes.resolutions) {
      if (!resolutions_told_.insert({word.shard, word.submission}).second) continue;
      model::RemoteBatch batch;
      batch.id = word.batch_id;
      batch.input_file_id = word.input_file_id;
      events_.push(engine::Resolved{word.shard, word.submission, word.by, std::move(batch)});
    }
  }

  // Ours tells the others that we live, and looks what they wish.
  async::Task<void> watch() {
    auto last_heartbeat = around_.loop.clock().now();
    while ((co_await around_.loop.sleep_for(assignment_.watch_every, halt_)).ok()) {
      const auto now = around_.loop.clock().now();
      const bool beat = now - last_heartbeat >= heartbeat_every;
      const auto ours = to_text(around_.process);
      auto look = [&]() -> Result<Wishes> {
        if (beat) {
          auto kept = around_.store.take_ownership(assignment_.run.id, ours, ours, now);
          if (!kept) return kept.error();
        }
        return read_wishes();
      };
      auto asked = co_await around_.sql.run(look);
      if (beat) last_heartbeat = now;
      if (!asked && asked.error().kind == ErrorKind::conflict) {
        // Taken over while we slept: whatever we still know is no longer ours to write down.
        ending_ = failed(asked.error());
        halt_.stop();
      } else if (!asked) {
        around_.log.warning("cannot look at the run's record", {{"why", asked.error().message}});
      } else {
        take_wishes(*asked);
      }
    }
  }

  static Ending failed(const Error& error) {
    Ending ending;
    ending.exit_code = error.kind == ErrorKind::conflict ? 6 : 1;
    ending.error = error;
    return ending;
  }

  Ending finished() const {
    Ending ending = ending_.value_or(Ending{});
    ending.interrupted = !ending_.has_value();
    for (const auto& [n, shard] : state_.shards)
      ending.batches_in_flight += shard.stage == model::ShardStage::in_flight;
    return ending;
  }

  Surroundings& around_;
  const Assignment& assignment_;
  Observer& observer_;
  async::StopToken stop_;
  async::StopToken halt_;  // stopped with stop_, and when the run is over
  async::Channel<engine::Event> events_;
  async::TaskGroup performers_;
  Performer performer_;
  engine::State state_;
  std::optional<engine::CancelRequested> cancel_told_;
  std::optional<model::Pause> paused_told_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> resolutions_told_;  // by (shard, submission)
  std::optional<Ending> ending_;
};

}  // namespace

engine::Policy policy_for(const model::JobSpec& job, const model::ProviderSpec& provider) {
  engine::Policy policy;
  policy.batches_in_flight_max = job.batch.max_batches_in_flight;
  policy.in_flight_tokens_max = provider.limits.max_in_flight_tokens;
  policy.poll = provider.poll;
  policy.reconcile = provider.reconcile;
  policy.delete_remote_files = provider.delete_remote_files;
  policy.min_success = job.min_success;
  policy.attempts_max = job.recover.attempts;
  return policy;
}

async::Task<Ending> drive(Surroundings& around, provider::Provider& provider, const Assignment& assignment,
                          Observer& observer, async::StopToken stop) {
  auto judge = collect::Judge::compile(assignment.job.output, assignment.job.endpoint);
  if (!judge) {
    Ending ending;
    ending.exit_code = 2;
    ending.error = judge.error();
    co_return ending;
  }
  Driver driver(around, provider, assignment, std::move(*judge), observer, std::move(stop));
  co_return co_await driver.drive();
}

}  // namespace batchd::runner
