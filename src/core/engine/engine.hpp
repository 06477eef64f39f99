#pragma once
// PURE: decide(state, event) -> {changes, actions}. No coroutine, clock, file or socket. The runner commits the
// changes, then performs the actions, and feeds each one's answer back as the next event (law 2). A crash in between
// is not a special path: load the facts, feed Resumed.
//
// The protocol of a shard is drawn in model/run.hpp. What the engine adds is *when*: how many batches side by side,
// when to poll, when to look again, when to stop knocking.
//
// An event the state cannot take (a late answer for a shard that has moved on) changes nothing; one that cannot
// happen is a programming error and crashes. tests/engine/table_test.cpp holds every (stage, event) pair.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "rules/model/provider_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::engine {

// What the engine needs to know of the job and the provider.
struct Policy {
  std::uint32_t batches_in_flight_max = 8;
  std::uint32_t uploads_side_by_side_max = 2;
  model::PollPolicy poll;
  model::ReconcilePolicy reconcile;
  Duration give_up_after{24 * 3'600'000};  // provider unreachable for so long: exit 7
  Duration give_up_before_first{60'000};   // the same before anything is in flight
  double min_success = 1.0;
};

// -- events: what happened
struct Resumed {};  // first event of every process
struct Uploaded {
  std::uint32_t shard;
  std::string file_id;
  std::optional<Time> server_time;
};
struct UploadFailed {
  std::uint32_t shard;
  Error error;
};
struct Created {
  std::uint32_t shard;
  model::RemoteBatch batch;
};
struct CreateFailed {
  std::uint32_t shard;
  Error error;
};  // kind `unknown`: it may exist
struct Looked {
  std::uint32_t shard;
  std::vector<model::RemoteBatch> found;
};  // batches of this shard, oldest first
struct LookFailed {
  std::uint32_t shard;
  Error error;
};  // kind `rejected`: the provider cannot be asked
struct Polled {
  std::uint32_t shard;
  model::RemoteBatch batch;
};
struct PollFailed {
  std::uint32_t shard;
  Error error;
};
struct Fetched {
  std::uint32_t shard;
  std::string output_file;
  std::string error_file;
};
struct FetchFailed {
  std::uint32_t shard;
  Error error;
};
struct Collected {
  std::uint32_t shard;
  model::Anomalies anomalies;
};  // outcomes are committed
struct CollectFailed {
  std::uint32_t shard;
  Error error;
};
struct BatchCancelled {
  std::uint32_t shard;
  std::string batch_id;
};  // the provider took the cancel
struct BatchCancelFailed {
  std::uint32_t shard;
  std::string batch_id;
  Error error;
};
struct Reported {
  model::Counts counts;
};  // the files stand under their final names
struct ReportFailed {
  Error error;
};
struct CancelRequested {};  // a person's `cancel`

using Event = std::variant<Resumed, Uploaded, UploadFailed, Created, CreateFailed, Looked, LookFailed, Polled,
                           PollFailed, Fetched, FetchFailed, Collected, CollectFailed, BatchCancelled,
                           BatchCancelFailed, Reported, ReportFailed, CancelRequested>;

// -- actions: what to do; `at` is when (not before). One await each.
struct Upload {
  std::uint32_t shard;
  Time at;
};
struct Create {
  std::uint32_t shard;
  std::uint32_t submission;
  Time at;
};
struct Look {
  std::uint32_t shard;
  Time at;
  Time since;
};  // batches created after `since` (server time)
struct Poll {
  std::uint32_t shard;
  std::string batch_id;
  Time at;
};
struct Fetch {
  std::uint32_t shard;
  Time at;
};
struct Collect {
  std::uint32_t shard;
  Time at;
};
struct CancelBatch {
  std::uint32_t shard;
  std::string batch_id;
  Time at;
};
struct Report {
  Time at;
};
struct Finish {
  int exit_code;
};  // the run is final: show it and go
struct Halt {
  int exit_code;
  std::string why;
  std::string next;
};  // this process ends, the run can be resumed

using Action = std::variant<Upload, Create, Look, Poll, Fetch, Collect, CancelBatch, Report, Finish, Halt>;

struct Decision {
  model::Changes changes;
  std::vector<Action> actions;
};

// The facts, and what need not survive (how often we looked, when we last heard something).
struct ShardSession {
  std::uint32_t failures = 0;  // of the step at hand, in a row
  std::uint32_t polls = 0;
  std::uint32_t looks = 0;
  std::optional<Time> first_look_at;
  bool busy = false;        // an action of this shard is under way or scheduled
  bool undecided = false;   // unknown, and only a person can settle it
  bool cancelling = false;  // the cancel of its batch was asked
};

struct State {
  model::Run run;
  std::map<std::uint32_t, model::Shard> shards;
  std::map<std::pair<std::uint32_t, std::uint32_t>, model::Submission> submissions;  // by (shard, n)
  std::map<std::uint32_t, ShardSession> sessions;
  std::optional<Time> unreachable_since;
  bool heard = false;  // the provider has answered something in this process
  bool cancelling = false;
  bool halted = false;
};

State state_from(model::Run run, std::vector<model::Shard> shards, std::vector<model::Submission> submissions);

// Deterministic: jitter comes from the shard's number and the count of tries, not from a random source.
Decision decide(State& state, const Event& event, const Policy& policy, Time now);

}  // namespace batchd::engine
