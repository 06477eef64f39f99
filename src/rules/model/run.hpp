#pragma once
// A run, its shards and their submissions: the facts that survive (core/store) and that the engine decides on.
//
// A run:
//   created --prepared--> running --nothing left to ask--> finalizing --reported--> succeeded | failed
//                          ^  |                                            `-------> stopped | cancelled
//                          |  `- the process may end at any time: the run stays as it is and is resumed
//                          `---- `batchd retry` of a final one
// Running, a run may have several rounds: when all shards are collected, items that are to be asked again make new
// ones. `created` has sent nothing and may be dropped. succeeded, failed, stopped and cancelled are final, but for a
// retry.
//
// A shard (the submission protocol; each arrow is committed before the next step leaves the machine):
//
//   planned -> uploading -> uploaded -> creating -+-> in_flight -> ended -> fetched -> collected
//                 ^  |                    ^       |       ^
//                 `--' upload again:      |       v       | one hit: adopt
//                      an orphan file     |    unknown ---+
//                      costs nothing      |       | none after the settle time: next submission number
//                                         `-------+ cannot be told: it waits for a person (on_ambiguous), who says
//                                                   which batch it is, that there is none, or that the shard ends
//   A submission that was believed absent stays in doubt: the provider's list may only be late. While a shard has one
//   it is looked for again, at the latest before the shard's results are fetched; a batch that turns up is a twin: one
//   of the two is kept, the other is given up and cancelled.
//   A retry shard is a shard like any other: it holds the requests of failed items of several shards once more, under
//   the custom_ids of their next attempt, and begins at `planned`. An item belongs to the shard that first held it.
//   A refused create halts the process at `uploaded`: nothing was paid, a person mends the cause and goes on. A
//   refused upload, a cancel before `creating`, `on_ambiguous: fail` and `resolve --fail` lead to `ended` with nothing
//   to fetch.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/hash.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/item.hpp"
#include "rules/model/notice.hpp"

namespace batchd::model {

enum class RunState : std::uint8_t { created, running, finalizing, succeeded, failed, stopped, cancelled };
std::string_view name_of(RunState state);
std::optional<RunState> run_state_from_name(std::string_view name);
inline bool is_final(RunState s) { return s >= RunState::succeeded; }

enum class WaitingFor : std::uint8_t {
  nothing,
  provider,
  rate_limit,
  queue_capacity,
  unknown_submission,
  input,
  disk,
  paused,
  owner,
  batches,  // the provider works on what it was given: "provider" to the outside, too, and no trouble
};
std::string_view name_of(WaitingFor waiting);
inline bool is_trouble(WaitingFor w) { return w != WaitingFor::nothing && w != WaitingFor::batches; }

struct Waiting {
  WaitingFor what = WaitingFor::nothing;
  Time since{};
  std::optional<Time> next_try_at;
  std::string detail;  // one sentence for a person
};

enum class ShardStage : std::uint8_t {
  planned,
  uploading,
  uploaded,
  creating,
  unknown,
  in_flight,
  ended,
  fetched,
  collected,
};
std::string_view name_of(ShardStage stage);
std::optional<ShardStage> shard_stage_from_name(std::string_view name);

// How a shard came to `ended`.
enum class EndKind : std::uint8_t {
  none,
  batch,     // its batch reached a terminal state: see Submission::state
  refused,   // the upload or the create was refused for good: `error` says why
  not_sent,  // we stopped before it was sent (cancel)
  given_up,  // nobody could say what became of it, and a person (or `on_ambiguous: fail`) did without
};
std::string_view name_of(EndKind kind);

// What Submission::state_text says where no batch came of it.
inline constexpr std::string_view submission_refused = "refused";    // the provider said no
inline constexpr std::string_view submission_unknown = "unknown";    // it could not say
inline constexpr std::string_view submission_absent = "absent";      // it said it has none; its list may be late
inline constexpr std::string_view submission_given_up = "given_up";  // it could not say, and a person ended the shard

// One create of a shard: the how-manieth is `n`, from 1. It uses up no item attempt.
struct Submission {
  std::uint32_t shard = 0;
  std::uint32_t n = 0;
  Time intended_at{};               // committed before the POST
  std::optional<Time> server_time;  // the provider's Date when last heard before the intent
  std::string batch_id;             // "" until known
  BatchState state = BatchState::validating;
  std::string state_text;  // as the provider wrote it; without a batch one of the words above or ""
  RequestCounts counts;
  std::string output_file_id;
  std::string error_file_id;
  std::vector<BatchError> errors;  // without a batch: why there is none
  std::optional<Time> created_at;
  std::optional<Time> expires_at;
  std::optional<Time> ended_at;   // when we saw it terminal
  bool given_up = false;          // reconciled as "never arrived", or dropped as a twin
  std::optional<Time> missed_at;  // when it was last looked for and not listed
  Usage usage;                    // of the whole batch, where the provider says so
};

// Whether there is a batch of it is not known, or was only believed: nobody has its id, and nobody said no to it.
inline bool is_in_doubt(const Submission& submission) {
  return submission.batch_id.empty() && (!submission.given_up || submission.state_text == submission_absent ||
                                         submission.state_text == submission_unknown);
}
// Requests that were answered, and so paid, in a batch whose answers nobody uses.
inline std::uint64_t paid_in_vain(const Submission& submission) {
  return submission.given_up ? submission.counts.completed : 0;
}

// What a file of our own was when it was written.
struct FileMark {
  std::uint64_t bytes = 0;
  std::string hash;  // hex: XXH3-128 (32 digits), of what was downloaded SHA-256 (64); "": nobody noted it
  bool operator==(const FileMark&) const = default;
};

struct Shard {
  std::uint32_t n = 0;        // from 1
  std::uint32_t attempt = 1;  // of its items: which of their custom_ids it holds
  std::uint32_t unspent = 0;  // of their earlier attempts so many were never run: the provider refused the whole batch
                              // for what was wrong with other lines of it
  std::string lane;           // "batch"
  std::string model;          // request.model of all its lines
  std::string thinking;       // "true", "false" or "" (not said)
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  // of the requests file
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string requests_file;  // relative to the state directory: "spool/<run>/0001.requests.jsonl"
  std::string rows_file;      // "spool/<run>/0001.rows.jsonl"
  std::string requests_hash;  // XXH3-128 of the requests file, hex
  ShardStage stage = ShardStage::planned;
  EndKind end = EndKind::none;
  std::string error;  // of `refused` and `given_up`, or the newest trouble: for people
  std::string input_file_id;
  std::uint32_t submission = 0;  // n of the newest submission; 0: none yet
  std::string output_file;       // relative; "" until fetched, or when there is none
  std::string error_file;
  std::uint64_t output_bytes = 0;  // of these two as they were downloaded, with their SHA-256, hex
  std::uint64_t error_bytes = 0;
  std::string output_sha256;
  std::string error_sha256;
  std::string outcome_file;  // "answers/<run>/0001.outcomes.jsonl"
  FileMark rows_mark;        // as they were written; the requests' are `bytes` and `requests_hash`
  FileMark outcome_mark;
  bool remote_files_removed = false;  // `remote_files: delete`: the provider has none of its files any more
};

// The lane of a shard whose items an earlier run has answered: nothing of it is sent, it is collected from the start.
inline constexpr std::string_view lane_reused = "reused";
inline bool is_reused(const Shard& shard) { return shard.lane == lane_reused; }

// By what the batch says of its requests; of one that says nothing, by the length of its input file (0: not known, and
// nothing speaks against it).
bool holds_requests_of(const Shard& shard, const RemoteBatch& batch, std::uint64_t input_bytes);

struct Anomalies {
  std::uint64_t duplicate_results = 0;
  std::uint64_t unknown_results = 0;
  std::uint64_t undecodable_lines = 0;
  std::uint64_t missing_results = 0;
  std::uint64_t unwrapped = 0;  // answers whose JSON stood within other text
  Anomalies& operator+=(const Anomalies& other);
  bool operator==(const Anomalies&) const = default;
};

struct Counts {
  std::uint64_t succeeded = 0;
  std::uint64_t reused = 0;  // part of succeeded
  std::uint64_t failed = 0;
  std::uint64_t pending = 0;
  std::array<std::uint64_t, reason_count> reasons{};  // by Reason; they add up to `failed`
};

// A person's `retry`: items that failed for one of these reasons, the last time in a shard up to this one, are asked
// once more. What is asked because of it lies in later shards, so that a wish is fulfilled once.
struct RetryWish {
  ReasonSet reasons;
  std::uint32_t last_shard = 0;
  bool operator==(const RetryWish&) const = default;
};

// What a cancel ends. In both cases nothing more is submitted, and what the provider has finished is kept.
enum class CancelScope : std::uint8_t {
  everything,  // batches in flight are cancelled
  unsent,      // they are waited for and collected: another run of the job takes the place of this one
};

struct InputFile {
  Path path;  // as resolved
  FileIdentity identity;
  Hash128 hash;  // XXH3-128 of its bytes
};

struct Run {
  std::string id;   // ULID, lower case
  std::string job;  // name
  std::string key;
  RunState state = RunState::created;
  std::string stopped_by;  // "operator", "budget", "deadline", "canary" or ""
  Waiting waiting;
  std::string provider;
  bool simulated = false;
  bool sample = false;        // --limit: never moves `latest`
  bool asks_account = false;  // its record may lack some of what was submitted: another state directory began it
                              // (--adopt), or this one was put back from a backup
  std::string ask_hash;       // fingerprint of provider, endpoint, request, output schema, take and structured: hex
  std::string frozen_job;     // rules/job's freeze()
  std::string answer_rule;    // under which equal requests have the same answer (prepare::answer_rule); "": not noted
  std::vector<InputFile> inputs;
  std::string output_folder;  // where the files go: absolute, as resolved when the run was made
  Time created_at{};
  std::optional<Time> started_at;  // prepared, first thing may be sent
  std::optional<Time> finished_at;
  std::optional<Time> cancel_requested_at;
  CancelScope cancel_scope = CancelScope::everything;  // of that
  std::string owner;                                   // base/process.hpp's text, "" when nobody's
  std::optional<Time> heartbeat_at;
  std::uint64_t rows = 0;  // read from the input (empty lines are none)
  std::uint64_t rejected = 0;
  std::uint64_t items = 0;
  std::string prompt_sha;
  int exit_code = -1;  // once final
  RetryWish retry;
  Anomalies anomalies;
  Duration list_lag{0};  // the longest that a batch was seen to exist while the provider did not list it
};

// Something that happened, for `log RUN`.
struct Happening {
  Time at{};
  std::uint32_t shard = 0;  // 0: the whole run
  std::string kind;         // "uploaded", "submitted", "adopted", "polled", …: snake_case, stable
  std::string text;         // one sentence
};

// What one decision changes, committed in one transaction. Rows are whole: writing them twice changes nothing.
struct Changes {
  std::optional<Run> run;  // of it only what a decision may change is written: state, stopped_by, waiting, started_at,
                           // finished_at, exit_code, anomalies, list_lag. Never owner, heartbeat, retry or what was
                           // asked by a cancel
  std::vector<Shard> shards;
  std::vector<Submission> submissions;
  std::vector<Happening> happenings;
  std::vector<Delivery> deliveries;  // of what is told; one that is there already stays as it is
  bool empty() const {
    return !run && shards.empty() && submissions.empty() && happenings.empty() && deliveries.empty();
  }
};

}  // namespace batchd::model
