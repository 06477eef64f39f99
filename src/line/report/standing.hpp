#pragma once
// Is a run fine, what is it waiting for, since when, what happens next? Told from what the store holds
// (core/runner/run_facts.hpp).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/process.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/item.hpp"
#include "rules/model/pause.hpp"
#include "rules/model/run.hpp"

namespace batchd::report {

// Who works on a run.
struct Owner {
  ProcessIdentity process;
  Liveness liveness = Liveness::dead;
};
std::optional<Owner> owner_of(const model::Run& run);  // nothing: nobody, or it is over

// Somebody who was to hear of a run, and has not.
struct Untold {
  std::string event;                // "run.failed"
  std::string to;                   // "webhook at hooks.example.com": nothing of it that may be a secret
  std::string why;                  // how the last try went
  Time since{};                     // when there was something to tell
  std::uint32_t tries = 0;          // all failed
  std::optional<Time> next_try_at;  // nothing: it was given up
};
// "The webhook at hooks.example.com was not told of run.failed since 14:02 (3 min ago): HTTP 500 …, after 3 tries. The
// next one is in 2 h."
std::string untold_sentence(const Untold& untold, Time now);
// Of all runs together; "": every one has arrived.
std::string untold_messages(std::uint64_t failing, std::uint64_t given_up);

struct RunFacts {
  model::Run run;
  model::Counts counts;
  std::vector<model::Shard> shards;
  std::vector<model::Submission> submissions;
  std::optional<model::Pause> pause{};     // that holds for it
  std::vector<Untold> untold{};            // oldest first
  std::optional<model::Happening> halt{};  // why the last process gave up, where that is the newest that is known
  std::string cancelled_by{};              // "token ci": who asked for the cancel, where that is known; ""
};

enum class Mood {
  fine,          // it goes its way, or went it
  waits,         // something is in its way, and batchd goes on trying
  wants_people,  // nothing happens until somebody does something
  failed,        // it is over, below what was asked of it
  ended          // it is over before its end: stopped or cancelled
};

std::string_view name_of(Mood mood);
struct Standing {
  Mood mood = Mood::fine;
  std::vector<std::string> sentences;  // each with its full stop
  std::string command;                 // what goes on with it: "resume"; "" when nobody need do anything
};
Standing standing_of(const RunFacts& facts, const std::optional<Owner>& owner, Time now);

// What a run waits for, as it changes: is this trouble that was not told before? The next try's time is no change.
class WaitingWatch {
 public:
  bool has_changed(const model::Waiting& waiting);

 private:
  model::WaitingFor what_ = model::WaitingFor::nothing;
  std::string detail_;
};
// "waiting for rate_limit since 14:02:11, next try at 14:02:41: acme asks us to slow down"
std::string waiting_sentence(const model::Waiting& waiting, const std::function<std::string(Time)>& clock);

// Of a shard that has a batch its newest submission, else nullptr. The submissions stand by shard and n.
const model::Submission* newest_submission(const RunFacts& facts, const model::Shard& shard);

// "being uploaded", "at the provider": a stage in plain words.
std::string_view told(model::ShardStage stage);

}  // namespace batchd::report
