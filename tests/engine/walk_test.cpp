// A thousand random lives of a run: a provider that answers, fails, loses answers, shows batches late or not at all
// (then a person says what there is), pauses, items that fail and are asked again, and a process that dies at any
// moment, or whose state is put back from a backup. Whatever happens: no batch stays unknown, one of each shard is
// kept, what was paid twice is told, nothing is asked more often than it may, and every life ends.

#include <algorithm>

#include <doctest/doctest.h>

#include "engine/facts.hpp"
#include "ground/base/random.hpp"
#include "rules/model/exit_code.hpp"

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
    Time created_at;
    std::uint64_t completed = 0;
  };
  std::vector<Batch> batches;
  Random random;
  Duration list_lag;  // the list shows the world as it was so long ago
  bool has_list;      // without one only a person can tell

  explicit World(std::uint64_t seed) : random(seed) {
    // Mostly less than the settle time, which is for that; in every fourth life much more.
    list_lag = std::chrono::seconds(seed % 4 == 0 ? 20 + random.below(600) : random.below(15));
    has_list = seed % 5 != 3;
  }
  bool chance(int percent) { return random.below(100) < static_cast<std::uint64_t>(percent); }

  Batch& create(std::uint32_t shard, std::uint32_t submission, Time now) {
    batches.push_back({"batch-" + std::to_string(batches.size() + 1), shard, submission, BatchState::running, now});
    return batches.back();
  }
  Batch* find(const std::string& id) {
    const auto found = std::find_if(batches.begin(), batches.end(), [&](const auto& b) { return b.id == id; });
    return found == batches.end() ? nullptr : &*found;
  }
  model::RemoteBatch shown(const Batch& known) const {
    auto remote = batch(known.id, known.state, known.submission);
    remote.created_at = known.created_at;
    remote.counts.completed = known.completed;
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
  std::map<std::uint32_t, std::uint64_t> failed;  // items whose last attempt was in this shard, and came to nothing
  std::map<std::uint32_t, std::vector<Gather::Source>> sources;  // of a shard that is being gathered
  std::map<std::uint32_t, std::uint64_t> answered;  // items that failed when a shard was collected: the answers say so
  std::map<std::uint32_t, bool> gathered_whole;     // likewise: the same failures are gathered in the same way
  struct Backup {
    Facts facts;
    std::map<std::uint32_t, std::uint64_t> failed;
    std::map<std::uint32_t, std::vector<Gather::Source>> sources;
  };
  std::optional<Backup> backup;
  bool is_backed_up = false;  // now and then
  int put_back = 0;

  Life(std::uint64_t seed, std::uint32_t shards) : desk(Facts::prepared(shards)), world(seed) {
    desk.policy.attempts_max = 3;
  }
  void put_back_backup() {
    ++put_back;
    pending.clear();
    desk.facts = backup->facts;
    failed = backup->failed;
    sources = backup->sources;
    desk.facts.run.asks_account = true;
    desk.crash();
    desk.now += std::chrono::seconds(1);
  }

  void take(std::vector<Action> actions) {
    for (const auto& action : actions) {
      const bool begins = std::holds_alternative<Upload>(action) || std::holds_alternative<Create>(action);
      CHECK_FALSE((begins && desk.state.paused));
    }
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
  template <typename Answer, typename Step>
  Answer listing(Answer answer, const Step& step) {
    answer.asked = step.witnesses;
    for (const auto& known : world.batches) {
      if (known.created_at + world.list_lag > desk.now) continue;
      if (known.shard == step.shard) answer.found.push_back(world.shown(known));
      for (const auto& witness : step.witnesses)
        if (witness.batch_id == known.id) answer.listed.push_back(known.id);
    }
    return answer;
  }
  std::optional<Event> perform(const Wait& step) { return Waited{step.shard}; }
  std::optional<Event> perform(const Look& step) {
    if (world.chance(20)) return LookFailed{step.shard, world.trouble()};
    if (!world.has_list) return LookFailed{step.shard, Error(ErrorKind::rejected, "404")};
    return listing(Looked{step.shard, {}}, step);
  }
  std::optional<Event> perform(const Search& step) {
    if (world.chance(20)) return SearchFailed{step.shard, step.serial, world.trouble()};
    if (!world.has_list) return SearchFailed{step.shard, step.serial, Error(ErrorKind::rejected, "404")};
    return listing(Searched{step.shard, step.serial, {}}, step);
  }
  std::optional<Event> perform(const Poll& step) {
    if (world.chance(20)) return PollFailed{step.shard, world.trouble()};
    auto* known = world.find(step.batch_id);
    REQUIRE(known);
    if (known->state == BatchState::running && world.chance(40)) {
      known->state = BatchState::completed;
      known->completed = 10;
    }
    return Polled{step.shard, world.shown(*known)};
  }
  std::optional<Event> perform(const Fetch& step) {
    if (world.chance(20)) return FetchFailed{step.shard, world.trouble()};
    return Fetched{step.shard, "out", ""};
  }
  std::optional<Event> perform(const Collect& step) {
    const auto requests = desk.facts.shards.at(step.shard).requests;
    if (!answered.contains(step.shard)) answered[step.shard] = world.chance(50) ? world.random.below(requests + 1) : 0;
    if (!failed.contains(step.shard)) failed[step.shard] = answered.at(step.shard);
    return Collected{step.shard, "outcomes", {}};
  }
  std::optional<Event> perform(const Audit& step) {
    if (world.chance(20)) return AuditFailed{world.trouble()};
    Audited audited;
    audited.asked = step.witnesses;
    for (const auto& known : world.batches) {
      if (known.created_at + world.list_lag > desk.now) continue;
      auto shown = world.shown(known);
      audited.batches.push_back({known.shard, std::move(shown)});
      audited.listed.push_back(known.id);
    }
    return audited;
  }
  std::optional<Event> perform(const Survey&) {
    Surveyed surveyed;
    for (const auto& [shard, items] : failed)
      if (items > 0) surveyed.failures.push_back({shard, model::Reason::missing, items});
    return surveyed;
  }
  std::optional<Event> perform(const Gather& step) {
    std::uint64_t items = 0;
    for (const auto& source : step.sources)
      items += failed.at(source.shard);
    REQUIRE(items > 0);
    if (!gathered_whole.contains(step.becomes.n)) gathered_whole[step.becomes.n] = items == 1 || world.chance(50);
    const bool is_all = gathered_whole.at(step.becomes.n);
    auto shard = step.becomes;
    shard.requests = is_all ? items : items / 2;
    sources[shard.n] = step.sources;
    return Gathered{shard, step.after_sequence + 1, is_all};
  }
  // What is committed with the shard: its items are asked there from now on.
  void move_items(const model::Shard& to) {
    auto left = to.requests;
    for (const auto& source : sources.at(to.n)) {
      const auto moved = std::min(left, failed.at(source.shard));
      failed.at(source.shard) -= moved;
      left -= moved;
    }
    REQUIRE(left == 0);
  }
  std::optional<Event> perform(const CancelBatch& step) {
    auto* known = world.find(step.batch_id);
    REQUIRE(known);
    if (known->state == BatchState::completed)
      return BatchCancelFailed{step.shard, step.batch_id, Error(ErrorKind::rejected, "done")};
    known->state = BatchState::cancelled;
    return BatchCancelled{step.shard, step.batch_id};
  }
  std::optional<Event> perform(const RemoveFiles& step) {
    if (world.chance(30)) return RemoveFailed{step.shard, world.trouble()};
    return FilesRemoved{step.shard};
  }
  std::optional<Event> perform(const Count&) {
    Counted counted;
    counted.counts.succeeded = desk.facts.run.items;
    return counted;
  }
  std::optional<Event> perform(const Report& step) { return Reported{step.state}; }
  std::optional<Event> perform(const Finish& step) { return exit_code = step.exit_code, std::nullopt; }
  std::optional<Event> perform(const Halt& step) {
    const bool is_in_doubt = step.exit_code == model::exit_internal && !world.has_list;
    if (!is_in_doubt && step.exit_code != model::exit_unreachable) return exit_code = step.exit_code, std::nullopt;
    while (is_in_doubt && world.chance(90)) {
      const auto* shard = in_doubt();
      if (!shard) break;
      desk.facts.resolutions.push_back(word_of(*shard));
    }
    // Four tries of five seconds and more may fail in a row: the same command, later.
    pending.clear();
    desk.crash();
    desk.now += std::chrono::minutes(10);
    return Resumed{};
  }

  // A shard only a person can settle, of which nobody has said anything yet.
  const model::Shard* in_doubt() const {
    for (const auto& [n, shard] : desk.facts.shards) {
      if (shard.stage != model::ShardStage::unknown) continue;
      const auto& words = desk.facts.resolutions;
      const bool is_said = std::any_of(words.begin(), words.end(), [&](const model::Resolution& word) {
        return word.shard == shard.n && word.submission == shard.submission;
      });
      const auto& lost = desk.facts.submissions.at({n, shard.submission});
      if (!is_said && lost.state_text == model::submission_unknown) return &shard;
    }
    return nullptr;
  }
  // A person who knows what the provider has.
  model::Resolution word_of(const model::Shard& shard) const {
    for (const auto& known : world.batches) {
      if (known.shard == shard.n && known.submission == shard.submission)
        return {shard.n, shard.submission, model::Settlement::adopt, known.id, "", desk.now};
    }
    return {shard.n, shard.submission, model::Settlement::resubmit, "", "", desk.now};
  }

  void live() {
    take(desk.tell(Resumed{}));
    constexpr int put_back_max = 10;
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
      if (is_backed_up && world.chance(4)) backup = Backup{desk.facts, failed, sources};
      if (backup && put_back < put_back_max && world.chance(1)) {
        put_back_backup();
        take(desk.tell(Resumed{}));
        continue;
      }
      if (!desk.facts.paused && world.chance(3)) {
        desk.facts.paused = model::Pause{model::PauseOf::job, "tickets", desk.now};
        take(desk.tell(Paused{*desk.facts.paused}));
        continue;
      }
      if (desk.facts.paused && (pending.empty() || world.chance(20))) {
        desk.facts.paused.reset();
        desk.now += std::chrono::seconds(world.random.below(300));
        take(desk.tell(Unpaused{}));
        continue;
      }
      if (const auto* shard = world.chance(20) ? in_doubt() : nullptr) {  // said to the process that lives
        const auto word = word_of(*shard);
        desk.facts.resolutions.push_back(word);
        take(desk.tell(Resolved{word.shard, word.submission, word.by,
                                batch(word.batch_id, BatchState::running, word.submission)}));
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
      if (!event) continue;
      take(desk.tell(*event));
      if (const auto* gathered = std::get_if<Gathered>(&*event)) move_items(gathered->shard);
    }
  }
};

}  // namespace

TEST_CASE("whatever happens, no batch stays unknown and every life ends well") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    Life life(seed, 1 + seed % 5);
    life.live();
    CHECK(life.exit_code == 0);
    std::map<std::uint32_t, int> kept;
    std::map<std::uint32_t, int> worked;
    for (const auto& known : life.world.batches) {
      worked[known.shard] += known.state != BatchState::cancelled;
      const auto& submissions = life.desk.facts.submissions;
      const auto ours = std::find_if(submissions.begin(), submissions.end(),
                                     [&](const auto& entry) { return entry.second.batch_id == known.id; });
      REQUIRE(ours != submissions.end());  // whatever was made is known in the end
      kept[known.shard] += !ours->second.given_up;
      if (ours->second.given_up) CHECK(model::paid_in_vain(ours->second) == known.completed);
    }
    for (const auto& [shard, count] : kept)
      CHECK(count == 1);
    CHECK(kept.size() == life.desk.facts.shards.size());
    // Where the list is no later than it is trusted to be, no shard is worked on twice either.
    if (life.world.list_lag < std::chrono::seconds(20))
      for (const auto& [shard, count] : worked)
        CHECK(count == 1);
    for (const auto& [n, shard] : life.desk.facts.shards) {
      CHECK(shard.stage == model::ShardStage::collected);
      CHECK(shard.attempt <= 3);
      CHECK((life.failed.at(n) == 0 || shard.attempt == 3));
    }
  }
}

TEST_CASE(
    "a backup that is put back at any moment pays for nothing twice, where the list is as good as it is trusted") {
  int put_back = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Life life(seed, 1 + seed % 5);
    if (!life.world.has_list) continue;
    CAPTURE(seed);
    life.is_backed_up = true;
    life.live();
    CHECK(life.exit_code == 0);
    put_back += life.put_back;
    std::map<std::uint32_t, int> worked;
    for (const auto& known : life.world.batches)
      worked[known.shard] += known.state != BatchState::cancelled;
    if (life.world.list_lag < std::chrono::seconds(20))
      for (const auto& [shard, count] : worked)
        CHECK(count == 1);
    CHECK(worked.size() == life.desk.facts.shards.size());
  }
  CHECK(put_back > 300);
}
