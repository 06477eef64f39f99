// A thousand random lives of a run: a provider that answers, fails, loses answers and shows batches late, and a
// process that dies at any moment. Whatever happens: no shard is ever worked on twice, and every life ends.

#include <algorithm>

#include <doctest/doctest.h>

#include "engine/facts.hpp"
#include "ground/base/random.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;

namespace {

// The provider: what was really created, whether or not anybody heard of it.
struct World {
  struct Batch {
    std::string id;
    std::uint32_t shard;
    std::uint32_t submission;
    BatchState state = BatchState::running;
    Time visible_at;  // list lags behind create
  };
  std::vector<Batch> batches;
  Random random;

  explicit World(std::uint64_t seed) : random(seed) {}
  bool chance(int percent) { return random.below(100) < static_cast<std::uint64_t>(percent); }

  Batch& create(std::uint32_t shard, std::uint32_t submission, Time now) {
    const auto lag = std::chrono::seconds(random.below(15));  // less than the settle time: what settle is for
    batches.push_back(
        {"batch-" + std::to_string(batches.size() + 1), shard, submission, BatchState::running, now + lag});
    return batches.back();
  }
  Batch* find(const std::string& id) {
    const auto found = std::find_if(batches.begin(), batches.end(), [&](const auto& b) { return b.id == id; });
    return found == batches.end() ? nullptr : &*found;
  }
  model::RemoteBatch shown(const Batch& known) const {
    auto remote = batch(known.id, known.state, known.submission);
    remote.output_file_id = known.state == BatchState::completed ? "out-" + known.id : "";
    return remote;
  }
  Error trouble() {
    static const ErrorKind kinds[] = {ErrorKind::network, ErrorKind::unavailable, ErrorKind::throttled,
                                      ErrorKind::protocol};
    return Error(kinds[random.below(4)], "trouble");
  }
};

struct Life {
  Desk desk;
  World world;
  std::vector<Action> pending;
  int exit_code = -1;

  Life(std::uint64_t seed, std::uint32_t shards) : desk(Facts::prepared(shards)), world(seed) {}

  void take(std::vector<Action> actions) {
    for (auto& action : actions)
      pending.push_back(std::move(action));
  }

  std::optional<Event> perform(const Upload& step) {
    if (world.chance(20)) return UploadFailed{step.shard, world.trouble()};
    return Uploaded{step.shard, "file-" + std::to_string(step.shard), desk.now};
  }
  std::optional<Event> perform(const Create& step) {
    if (world.chance(10)) return CreateFailed{step.shard, Error(ErrorKind::throttled, "429")};
    if (world.chance(10)) return CreateFailed{step.shard, Error(ErrorKind::unknown, "lost before it arrived")};
    auto& made = world.create(step.shard, step.submission, desk.now);
    if (world.chance(25)) return CreateFailed{step.shard, Error(ErrorKind::unknown, "answer lost")};
    return Created{step.shard, world.shown(made)};
  }
  std::optional<Event> perform(const Look& step) {
    if (world.chance(20)) return LookFailed{step.shard, world.trouble()};
    Looked looked{step.shard, {}};
    for (const auto& known : world.batches) {
      if (known.shard == step.shard && known.visible_at <= desk.now) looked.found.push_back(world.shown(known));
    }
    return looked;
  }
  std::optional<Event> perform(const Poll& step) {
    if (world.chance(20)) return PollFailed{step.shard, world.trouble()};
    auto* known = world.find(step.batch_id);
    REQUIRE(known);
    if (known->state == BatchState::running && world.chance(40)) known->state = BatchState::completed;
    return Polled{step.shard, world.shown(*known)};
  }
  std::optional<Event> perform(const Fetch& step) {
    if (world.chance(20)) return FetchFailed{step.shard, world.trouble()};
    return Fetched{step.shard, "out", ""};
  }
  std::optional<Event> perform(const Collect& step) { return Collected{step.shard, "outcomes", {}}; }
  std::optional<Event> perform(const CancelBatch& step) {
    auto* known = world.find(step.batch_id);
    REQUIRE(known);
    known->state = BatchState::cancelled;
    return BatchCancelled{step.shard, step.batch_id};
  }
  std::optional<Event> perform(const Count&) {
    Counted counted;
    counted.counts.succeeded = desk.facts.run.items;
    return counted;
  }
  std::optional<Event> perform(const Report& step) { return Reported{step.state}; }
  std::optional<Event> perform(const Finish& step) { return exit_code = step.exit_code, std::nullopt; }
  std::optional<Event> perform(const Halt& step) { return exit_code = step.exit_code, std::nullopt; }

  void live() {
    take(desk.tell(Resumed{}));
    constexpr int steps_max = 5'000;
    for (int step = 0; step < steps_max && exit_code < 0; ++step) {
      if (world.chance(5)) {  // kill -9: what was under way may or may not have reached the provider
        for (const auto& action : pending) {
          const auto* create = std::get_if<Create>(&action);
          if (create && create->at <= desk.now && world.chance(50))
            world.create(create->shard, create->submission, desk.now);
        }
        pending.clear();
        desk.crash();
        desk.now += std::chrono::seconds(world.random.below(100));
        take(desk.tell(Resumed{}));
        continue;
      }
      REQUIRE_FALSE(pending.empty());
      const auto due = [](const Action& action) {
        return std::visit(
            [](const auto& s) {
              if constexpr (requires { s.at; })
                return s.at;
              else
                return Time{};
            },
            action);
      };
      const auto next = std::min_element(pending.begin(), pending.end(),
                                         [&](const auto& a, const auto& b) { return due(a) < due(b); });
      const auto action = *next;
      pending.erase(next);
      desk.now = std::max(desk.now, due(action));
      auto event = std::visit([&](const auto& s) { return perform(s); }, action);
      if (event) take(desk.tell(*event));
    }
  }
};

}  // namespace

TEST_CASE("whatever happens, no shard is worked on twice and every life ends well") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    Life life(seed, 1 + seed % 5);
    life.live();
    CHECK(life.exit_code == 0);
    std::map<std::uint32_t, int> working;
    for (const auto& known : life.world.batches)
      working[known.shard] += known.state != BatchState::cancelled;
    for (const auto& [shard, count] : working)
      CHECK(count == 1);
    CHECK(working.size() == life.desk.facts.shards.size());
    for (const auto& [n, shard] : life.desk.facts.shards)
      CHECK(shard.stage == model::ShardStage::collected);
  }
}
