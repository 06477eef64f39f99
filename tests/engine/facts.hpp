#pragma once
// A run's facts as a store would keep them, for tests of the pure engine: no disk, no clock, no network.

#include <string>
#include <vector>

#include "core/engine/engine.hpp"

namespace batchd::engine {

inline const Time start_of_test = from_unix_seconds(1'790'000'000);

struct Facts {
  model::Run run;
  std::map<std::uint32_t, model::Shard> shards;
  std::map<std::pair<std::uint32_t, std::uint32_t>, model::Submission> submissions;
  std::vector<model::Happening> happenings;
  std::vector<model::Resolution> resolutions;
  std::optional<model::Pause> paused;

  static Facts prepared(std::uint32_t shard_count) {
    Facts facts;
    facts.run.id = "01jd0000000000000000000abc";
    facts.run.job = "tickets";
    facts.run.provider = "dashscope-intl";
    facts.run.state = model::RunState::running;
    facts.run.items = shard_count * 10;
    for (std::uint32_t n = 1; n <= shard_count; ++n) {
      model::Shard shard;
      shard.n = n;
      shard.requests = 10;
      facts.shards[n] = shard;
    }
    return facts;
  }

  // What a crash leaves, or a commit reads back.
  State load() const {
    std::vector<model::Shard> shard_list;
    for (const auto& [n, shard] : shards)
      shard_list.push_back(shard);
    std::vector<model::Submission> submission_list;
    for (const auto& [key, submission] : submissions)
      submission_list.push_back(submission);
    auto state = state_from(run, shard_list, submission_list);
    state.resolutions = resolutions;
    state.paused = paused;
    return state;
  }

  void commit(const model::Changes& changes) {
    if (changes.run) run = *changes.run;
    for (const auto& shard : changes.shards)
      shards[shard.n] = shard;
    for (const auto& submission : changes.submissions)
      submissions[{submission.shard, submission.n}] = submission;
    happenings.insert(happenings.end(), changes.happenings.begin(), changes.happenings.end());
  }

  bool happened(std::string_view kind) const {
    for (const auto& happening : happenings) {
      if (happening.kind == kind) return true;
    }
    return false;
  }
};

// State and facts together, as the runner keeps them.
struct Desk {
  Facts facts;
  State state;
  Policy policy;
  Time now = start_of_test;

  explicit Desk(Facts given) : facts(std::move(given)), state(facts.load()) {}

  std::vector<Action> tell(const Event& event) {
    auto decision = decide(state, event, policy, now);
    facts.commit(decision.changes);
    return std::move(decision.actions);
  }
  void crash() { state = facts.load(); }
  const model::Shard& shard(std::uint32_t n) const { return facts.shards.at(n); }
};

template <typename Step>
const Step* find_action(const std::vector<Action>& actions) {
  for (const auto& action : actions) {
    if (const auto* step = std::get_if<Step>(&action)) return step;
  }
  return nullptr;
}

inline model::RemoteBatch batch(std::string id, model::BatchState state = model::BatchState::running,
                                std::uint32_t submission = 1) {
  model::RemoteBatch remote;
  remote.id = std::move(id);
  remote.state = state;
  remote.metadata[std::string(model::metadata_submission)] = std::to_string(submission);
  return remote;
}

}  // namespace batchd::engine
