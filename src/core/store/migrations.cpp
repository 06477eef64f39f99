// Numbers in the tables (stored_values.hpp holds them still):
//   runs.state         0 created 1 running 2 finalizing 3 succeeded 4 failed 5 stopped 6 cancelled
//   runs.waiting_for   0 nothing 1 provider 2 rate_limit 3 queue_capacity 4 unknown_submission 5 input 6 disk 7 paused
//                      8 owner 9 batches
//   shards.stage       0 planned 1 uploading 2 uploaded 3 creating 4 unknown 5 in_flight 6 ended 7 fetched 8 collected
//   shards.end_kind    0 none 1 batch 2 refused 3 not_sent 4 given_up
//   submissions.state  0 validating 1 running 2 finalizing 3 completed 4 failed 5 expired 6 cancelling 7 cancelled
//                      8 unrecognised
//   resolutions.settlement   0 adopt 1 resubmit 2 fail
//   pauses.target      0 run 1 job 2 provider
//   *.reason           0 succeeded; why it failed: 1 not_json 2 empty 3 schema_mismatch 4 truncated 5 too_large
//                      6 refused 7 bad_request 8 provider_error 9 expired 10 missing 11 cancelled 12 budget 13 deadline
// Times are milliseconds since 1970, UTC; cost is in nano-units. Lengths are bytes and count no line end.
#include "core/store/migrations.hpp"

#include <array>

#include <fmt/format.h>

namespace batchd::store {
namespace {

// `run` is runs.number, two bytes where the ULID would take 27 in every row. The four tables with a row per item hold
// no foreign keys: their rows are written and deleted by the million, and only together with their run's. File names
// stand on the shard, once.
constexpr std::string_view first_version = R"sql(
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  job INTEGER NOT NULL REFERENCES jobs (number),
  key TEXT NOT NULL,
  state INTEGER NOT NULL,
  stopped_by TEXT NOT NULL,
  waiting_for INTEGER NOT NULL,
  waiting_since INTEGER NOT NULL,
  waiting_next_try_at INTEGER,
  waiting_detail TEXT NOT NULL,
  provider TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  ask_hash TEXT NOT NULL,
  prompt_sha TEXT NOT NULL,
  output_folder TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  cancel_requested_at INTEGER,
  owner TEXT NOT NULL,
  heartbeat_at INTEGER,
  rows INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  items INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  duplicate_results INTEGER NOT NULL,
  unknown_results INTEGER NOT NULL,
  undecodable_lines INTEGER NOT NULL,
  missing_results INTEGER NOT NULL,
  unwrapped INTEGER NOT NULL,
  frozen_job TEXT NOT NULL,  -- last: it may be long, and what stands before it is read without it
  UNIQUE (job, key)
) STRICT;

CREATE TABLE inputs (
  run INTEGER NOT NULL REFERENCES runs (number),
  n INTEGER NOT NULL,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,   -- these two as 64 bits: they may look negative
  device INTEGER NOT NULL,
  hash BLOB NOT NULL,       -- XXH3-128
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
  run INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  id TEXT NOT NULL,
  shard INTEGER NOT NULL,
  row_offset INTEGER NOT NULL,      -- in the shard's rows_file
  row_length INTEGER NOT NULL,
  request_offset INTEGER NOT NULL,  -- in the shard's requests_file
  request_length INTEGER NOT NULL,
  request_key BLOB NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

-- Which item has this id? A row per item would cost as much time as the items themselves; packed_keys.hpp.
CREATE TABLE keys (
  run INTEGER NOT NULL,
  first_hash INTEGER NOT NULL,  -- of an item's id; minus 2^63, so that numbers sort as the unsigned hashes do
  page BLOB NOT NULL,           -- (hash, sequence) from there on, sorted
  PRIMARY KEY (run, first_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE shards (
  run INTEGER NOT NULL REFERENCES runs (number),
  n INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  lane TEXT NOT NULL,
  model TEXT NOT NULL,
  thinking TEXT NOT NULL,
  requests INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  requests_file TEXT NOT NULL,
  rows_file TEXT NOT NULL,
  requests_hash TEXT NOT NULL,
  stage INTEGER NOT NULL,
  end_kind INTEGER NOT NULL,
  error TEXT NOT NULL,
  input_file_id TEXT NOT NULL,
  submission INTEGER NOT NULL,
  output_file TEXT NOT NULL,
  error_file TEXT NOT NULL,
  outcome_file TEXT NOT NULL,
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE submissions (
  run INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  n INTEGER NOT NULL,
  intended_at INTEGER NOT NULL,
  server_time INTEGER,
  batch_id TEXT NOT NULL,
  state INTEGER NOT NULL,
  state_text TEXT NOT NULL,
  requests_total INTEGER NOT NULL,
  requests_completed INTEGER NOT NULL,
  requests_failed INTEGER NOT NULL,
  output_file_id TEXT NOT NULL,
  error_file_id TEXT NOT NULL,
  created_at INTEGER,
  expires_at INTEGER,
  ended_at INTEGER,
  given_up INTEGER NOT NULL,
  PRIMARY KEY (run, shard, n),
  FOREIGN KEY (run, shard) REFERENCES shards (run, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission_errors (
  run INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  submission INTEGER NOT NULL,
  n INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  line INTEGER,
  PRIMARY KEY (run, shard, submission, n),
  FOREIGN KEY (run, shard, submission) REFERENCES submissions (run, shard, n)
) STRICT, WITHOUT ROWID;

-- What each attempt came to. Never changed once written.
CREATE TABLE attempts (
  run INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  n INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  submission INTEGER NOT NULL,
  input_tokens INTEGER,  -- all four NULL: the answer carried no usage
  output_tokens INTEGER,
  reasoning_tokens INTEGER,
  cached_tokens INTEGER,
  cost INTEGER,  -- NULL: no price was known
  row_offset INTEGER NOT NULL,  -- in the shard's outcome_file
  row_length INTEGER NOT NULL,
  answer_offset INTEGER NOT NULL,  -- in the shard's output_file or error_file
  answer_length INTEGER NOT NULL,
  answer_in_error_file INTEGER NOT NULL,
  PRIMARY KEY (run, sequence, n)
) STRICT, WITHOUT ROWID;

-- The attempt that counts, and as much of it as a reader of a million results needs.
CREATE TABLE outcomes (
  run INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  row_offset INTEGER NOT NULL,
  row_length INTEGER NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

-- How many outcomes of a run have which reason; kept true by the transaction that writes them.
CREATE TABLE tallies (
  run INTEGER NOT NULL REFERENCES runs (number),
  reason INTEGER NOT NULL,
  items INTEGER NOT NULL,
  PRIMARY KEY (run, reason)
) STRICT, WITHOUT ROWID;

-- What a run's attempts used; likewise.
CREATE TABLE sums (
  run INTEGER PRIMARY KEY REFERENCES runs (number),
  attempts INTEGER NOT NULL,
  attempts_without_cost INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL,
  usage_known INTEGER NOT NULL,  -- of so many attempts
  cost INTEGER NOT NULL
) STRICT;

CREATE TABLE happenings (
  run INTEGER NOT NULL REFERENCES runs (number),
  at INTEGER NOT NULL,
  n INTEGER NOT NULL,  -- among those of the same millisecond
  shard INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run, at, n)
) STRICT, WITHOUT ROWID;
)sql";

// What is known of batches beyond the one whose answers count, and of lists that show batches late.
constexpr std::string_view twins_and_late_lists = R"sql(
ALTER TABLE runs ADD COLUMN list_lag_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submissions ADD COLUMN missed_at INTEGER;
ALTER TABLE submissions ADD COLUMN input_tokens INTEGER;  -- of the whole batch; all four NULL: the provider does not say
ALTER TABLE submissions ADD COLUMN output_tokens INTEGER;
ALTER TABLE submissions ADD COLUMN reasoning_tokens INTEGER;
ALTER TABLE submissions ADD COLUMN cached_tokens INTEGER;
)sql";

// What was downloaded, and whether the provider still has it.
constexpr std::string_view result_files = R"sql(
ALTER TABLE shards ADD COLUMN output_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shards ADD COLUMN error_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shards ADD COLUMN output_sha256 TEXT NOT NULL DEFAULT '';  -- hex; '': downloaded before this was kept
ALTER TABLE shards ADD COLUMN error_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE shards ADD COLUMN remote_files_removed INTEGER NOT NULL DEFAULT 0;
)sql";

// What our own files were when they were written. A shard from before has noted nothing.
constexpr std::string_view own_files = R"sql(
ALTER TABLE shards ADD COLUMN rows_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shards ADD COLUMN rows_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE shards ADD COLUMN outcome_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shards ADD COLUMN outcome_hash TEXT NOT NULL DEFAULT '';
)sql";

// Which request of a job was answered where. `attempts`, `outcomes` and `items` know the rest.
constexpr std::string_view answers_by_request = R"sql(
ALTER TABLE runs ADD COLUMN answer_rule TEXT NOT NULL DEFAULT '';  -- '': made before it was noted; nothing is reused

CREATE TABLE answers (
  job INTEGER NOT NULL,
  hash INTEGER NOT NULL,  -- 48 bits of the request's key and the rule's
  run INTEGER NOT NULL,   -- that asked it last
  sequence INTEGER NOT NULL,
  PRIMARY KEY (job, hash)
) STRICT, WITHOUT ROWID;
)sql";

// Items that are asked again: a shard of a later attempt has requests and rows of its own in its own files.
constexpr std::string_view rounds_of_retries = R"sql(
ALTER TABLE runs ADD COLUMN retry_reasons INTEGER NOT NULL DEFAULT 0;  -- a bit each, by the number of the reason
ALTER TABLE runs ADD COLUMN retry_last_shard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN begun_elsewhere INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shards ADD COLUMN unspent INTEGER NOT NULL DEFAULT 0;

CREATE TABLE retries (
  run INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  row_offset INTEGER NOT NULL,  -- in that shard's rows_file
  row_length INTEGER NOT NULL,
  request_offset INTEGER NOT NULL,  -- in its requests_file
  request_length INTEGER NOT NULL,
  PRIMARY KEY (run, sequence, attempt)
) STRICT, WITHOUT ROWID;
)sql";

// What a person said of a submission that its provider could not tell of.
constexpr std::string_view resolutions = R"sql(
CREATE TABLE resolutions (
  run INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  submission INTEGER NOT NULL,
  settlement INTEGER NOT NULL,
  batch_id TEXT NOT NULL,       -- of adopt
  input_file_id TEXT NOT NULL,  -- that batch's, where it is known
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (run, shard, submission),
  FOREIGN KEY (run, shard, submission) REFERENCES submissions (run, shard, n)
) STRICT, WITHOUT ROWID;
)sql";

// What nothing new is submitted of.
constexpr std::string_view pauses = R"sql(
CREATE TABLE pauses (
  target INTEGER NOT NULL,
  name TEXT NOT NULL,  -- a run's id, a job's or a provider's name
  since INTEGER NOT NULL,
  PRIMARY KEY (target, name)
) STRICT, WITHOUT ROWID;
)sql";

// What a cancel ends: 0 everything 1 what is not sent.
constexpr std::string_view scopes_of_cancels = R"sql(
ALTER TABLE runs ADD COLUMN cancel_scope INTEGER NOT NULL DEFAULT 0;
)sql";

// Whose request the line of an error is.
constexpr std::string_view items_of_errors = R"sql(
ALTER TABLE submission_errors ADD COLUMN item TEXT NOT NULL DEFAULT '';
)sql";

// What became of the times at which jobs were due.
//   fate  0 watched 1 queued 2 begun 3 skipped 4 refused
constexpr std::string_view due_runs = R"sql(
CREATE TABLE due_runs (
  job TEXT NOT NULL,
  at INTEGER NOT NULL,
  fate INTEGER NOT NULL,
  detail TEXT NOT NULL,  -- the run of begun; why, of skipped and refused
  noted_at INTEGER NOT NULL,
  PRIMARY KEY (job, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_runs_queued ON due_runs (at, job) WHERE fate = 1;
)sql";

// Who is told what, and how far that is; who may ask the daemon; who changed what.
//   deliveries.state  0 pending 1 delivered 2 given_up
//   tokens.scopes     1 read 2 content 4 run 8 admin, added up
constexpr std::string_view deliveries_and_access = R"sql(
CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run TEXT NOT NULL,  -- its id, no reference: it may never have been begun
  event TEXT NOT NULL,
  target TEXT NOT NULL,
  payload TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (next_try_at) WHERE state = 0;
CREATE INDEX deliveries_of_run ON deliveries (run);

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE,
  scopes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  n INTEGER PRIMARY KEY AUTOINCREMENT,  -- none is given twice, whatever is pruned
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
)sql";

// A database that was put back from a backup does not know what was submitted since.
constexpr std::string_view backups_put_back = R"sql(
ALTER TABLE runs RENAME COLUMN begun_elsewhere TO asks_account;
ALTER TABLE jobs ADD COLUMN unseen_since INTEGER;
)sql";

// What stays of runs whose record was pruned. A run that is unswept is there for its number alone, until the last row
// under that number is deleted: a number that is free is given to the next run.
constexpr std::string_view pruned_runs = R"sql(
ALTER TABLE jobs ADD COLUMN asked_by_pruned INTEGER NOT NULL DEFAULT 0;
CREATE TABLE unswept_runs (
  number INTEGER PRIMARY KEY REFERENCES runs (number)
) STRICT;

CREATE TABLE pruned_runs (
  job INTEGER NOT NULL REFERENCES jobs (number),
  key TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  state INTEGER NOT NULL,
  sample INTEGER NOT NULL,
  exit_code INTEGER NOT NULL,
  question BLOB NOT NULL,  -- XXH3-128
  results_folder TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  pruned_at INTEGER NOT NULL,
  PRIMARY KEY (job, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX pruned_runs_by_question ON pruned_runs (job, question);
CREATE INDEX pruned_runs_by_time ON pruned_runs (job, created_at);
)sql";

// Runs of another life of this database that a person has begun another in spite of.
constexpr std::string_view dismissed_runs = R"sql(
CREATE TABLE dismissed_runs (
  job TEXT NOT NULL,  -- it may have no run here yet
  run TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (job, run)
) STRICT, WITHOUT ROWID;
)sql";

// A step that has been released is never edited: what has to change becomes the next one.
constexpr std::array<Step, Store::schema_version> all_steps{{
    {1, first_version},
    {2, twins_and_late_lists},
    {3, result_files},
    {4, own_files},
    {5, answers_by_request},
    {6, rounds_of_retries},
    {7, resolutions},
    {8, pauses},
    {9, scopes_of_cancels},
    {10, items_of_errors},
    {11, due_runs},
    {12, deliveries_and_access},
    {13, backups_put_back},
    {14, pruned_runs},
    {15, dismissed_runs},
}};
static_assert(all_steps.back().version == Store::schema_version);

}  // namespace

std::span<const Step> steps() { return all_steps; }

Result<int> version_of(Database& database, int newest) {
  // One statement, so that all three are of one moment: between two of them another process may have made the tables.
  Query query = database.query(
      "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), "
      "(SELECT count(*) FROM sqlite_schema)");
  std::int64_t version = 0;
  std::int64_t owner = 0;
  std::int64_t tables = 0;
  if (query.bind().next()) query.read(version, owner, tables);
  if (query.failed()) return database.failure("read its version");

  const bool is_empty = version == 0 && owner == 0 && tables == 0;
  if (owner != application_id && !is_empty) {
    return Error{ErrorKind::invalid,
                 fmt::format("{} is an SQLite database, but not one of batchd's", database.file().string()),
                 "Name another state directory: --state-dir, or the config's state_dir."};
  }
  if (version > newest) {
    return Error{ErrorKind::invalid,
                 fmt::format("the database {} is of version {}, written by a newer batchd; this one knows versions up "
                             "to {}",
                             database.file().string(), version, newest),
                 "Use the newer batchd, or another state directory."};
  }
  return static_cast<int>(version);
}

Status migrate(Database& database, std::span<const Step> all) {
  const int newest = all.back().version;
  const auto seen = version_of(database, newest);
  if (!seen) return seen.error();
  if (*seen == newest) return {};

  Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  // Asked again: another process may have migrated it while this one waited for the lock.
  const auto version = version_of(database, newest);
  if (!version) return version.error();
  for (const Step& step : all) {
    if (step.version <= *version) continue;
    const std::string doing = fmt::format("migrate it from version {} to {}", step.version - 1, step.version);
    if (auto done = database.execute(std::string(step.sql), doing); !done) return done;
  }
  const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, newest);
  if (auto marked = database.execute(marks, "mark its version"); !marked) return marked;
  return transaction.commit("migrate it");
}

}  // namespace batchd::store
