#pragma once
// PURE: decide(state, event) -> {changes, actions}. No coroutine, clock, file or socket. The runner commits the
// changes, then performs the actions, and feeds each one's answer back as the next event (law 2). A crash in between
// is not a special path: load the facts, feed Resumed.
//
// The protocol of a shard is drawn in model/run.hpp. What the engine adds is *when*: how many batches side by side,
// when to poll, when to look again, when to stop knocking.
//
// When every shard is collected the engine asks what has failed, class by class (core/engine/ladder.hpp), and makes new
// shards of what is to be asked again; when nothing is, the run is counted and reported.
//
// A shard has at most one step under way (`CancelBatch` and `Search` go beside it). A newer step of a shard replaces
// one that is still waiting for its time. A late answer, for a stage the shard has left, changes nothing.
// tests/engine/table_test.cpp holds every (stage, event) pair.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/steps.hpp"
#include "ground/base/clock.hpp"
#include "rules/model/provider_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::engine {

// What the engine needs to know of the job and the provider.
struct Policy {
  std::uint32_t batches_in_flight_max = 8;
  std::uint32_t uploads_side_by_side_max = 2;
  std::optional<std::uint64_t> in_flight_tokens_max;  // of one model, by estimate; nothing: no limit is known
  model::PollPolicy poll;
  model::ReconcilePolicy reconcile;
  Duration give_up_after = std::chrono::hours(24);          // provider unreachable for so long: exit 7
  Duration give_up_before_first = std::chrono::minutes(1);  // the same while nothing is in flight
  bool delete_remote_files = false;                         // once a shard's outcomes are committed
  double min_success = 1.0;
  std::uint32_t attempts_max = 1;  // of an item, that the provider has run; `retry` goes beyond
};

struct Decision {
  model::Changes changes;
  std::vector<Action> actions;
};

// What need not survive: how often we tried and looked.
struct ShardSession {
  bool busy = false;                 // a step is under way or waits for its time
  bool waits_for_room = false;       // uploaded: its tokens and those in flight are more than may be, or a pause holds
  std::uint32_t queue_refusals = 0;  // of the provider's queue, in a row
  std::uint32_t uploads_again = 0;   // because the provider did not find its own file
  bool undecided = false;            // `unknown`, and only a person can settle it
  bool cancel_asked = false;         // of its batch
  std::uint32_t failures = 0;        // of the step at hand, in a row
  bool removing = false;             // its remote files
  std::uint32_t remove_failures = 0;
  bool fetched_again = false;  // because the files were short of what the batch counted
  bool lost_answers = false;   // what was downloaded was gone when it was to be read
  std::uint32_t polls = 0;
  std::uint32_t looks = 0;  // that found nothing, while the list was not known to be behind
  std::optional<Time> first_look_at;
  std::optional<Time> list_behind_since;  // the list does not show what is known to exist
  bool vouched = false;                   // the list showed a batch newer than what is looked for
  std::uint32_t search_serial = 0;        // of the search that is under way or waits for its time
  std::uint32_t searches = 0;             // since the last that changed anything
  std::uint32_t last_searches = 0;        // since the shard has ended
  bool unsearchable = false;              // the provider cannot be asked, or was asked for long enough
  std::set<std::string> dropped = {};     // twins whose cancel was handed out
  std::optional<Time> next_at;            // when its step is due
  std::optional<Time> server_time;        // the provider's clock when it took the upload
};

// When all shards are collected: is there anything to ask again? A crash in between begins it anew; what is gathered
// already has failed no longer, or has not yet.
struct Round {
  enum class Stage {
    none,
    surveying,
    gathering,
    over,  // nothing is left to ask
  };
  Stage stage = Stage::none;
  std::vector<Gather> left = {};  // the first of them is under way
  std::uint64_t gathered = 0;     // items
};

// Of a run whose record may lack some of what was submitted (Run::asks_account). Until the account has told of it
// nothing new is begun; what is at the provider goes on.
struct Account {
  enum class Stage { known, asking, cannot_be_told };
  Stage stage = Stage::known;
  std::vector<MarkedBatch> unknown_here = {};  // of this run, with answers or some to come
  std::uint32_t failures = 0;                  // in a row
  std::optional<Time> next_at = {};
  Time asked_since{};                      // what is not known here was submitted before
  std::optional<Time> first_told_at = {};  // by a list that was not known to be behind
  std::optional<Time> told_at = {};        // the last time
  std::optional<Time> list_behind_since = {};
  std::string why = {};  // it cannot be told
};

struct State {
  model::Run run;
  std::map<std::uint32_t, model::Shard> shards;
  std::map<std::pair<std::uint32_t, std::uint32_t>, model::Submission> submissions;  // by (shard, n)
  std::optional<model::Pause> paused;          // nothing new is begun while it holds
  std::vector<model::Resolution> resolutions;  // what persons have said by now; resumed shards heed it
  std::map<std::uint32_t, ShardSession> sessions;
  Round round;
  Account account;
  std::optional<Time> unreachable_since;
  std::optional<Time> waiting_written_at;
  bool throttled = false;
  bool cancelling = false;
  model::CancelScope cancel_scope = model::CancelScope::everything;
  bool stopping = false;  // this process is ending: what arrived is still decided, but no submission is begun
  bool halted = false;    // after a Halt or Finish nothing more is decided
};

State state_from(model::Run run, std::vector<model::Shard> shards, std::vector<model::Submission> submissions);

// Deterministic: jitter comes from the shard's number and the count of tries, not from a random source.
Decision decide(State& state, const Event& event, const Policy& policy, Time now);

}  // namespace batchd::engine
