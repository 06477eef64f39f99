#pragma once
// What must survive. The only SQL in the house. Each intent below is one transaction: it has happened wholly or not
// at all, and is on the disk when the call returns (WAL, synchronous=FULL).
//
// Synchronous and used by one thread at a time: the runner keeps it on the SQL lane. A second Store on the same file
// (read-only) may be used by another thread or process at the same time.
// Time is an argument; no call asks a clock. JSON arrives and leaves as finished text.
// Errors: io (disk, corruption; says the file), not_found, conflict, invalid (a file of a newer version).

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/access.hpp"
#include "rules/model/due_run.hpp"
#include "rules/model/item.hpp"
#include "rules/model/notice.hpp"
#include "rules/model/pause.hpp"
#include "rules/model/pruned_run.hpp"
#include "rules/model/resolution.hpp"
#include "rules/model/run.hpp"

namespace batchd::store {

enum class Mode { read_write, read_only };

// The outcome of an item as it stands, with where its finished results row lies.
struct ItemState {
  model::Item item;
  model::ItemStatus status = model::ItemStatus::pending;
  model::Reason reason = model::Reason::none;
  std::uint32_t attempts = 0;
  std::uint32_t outcome_shard = 0;  // of the attempt that counts; 0 while there is none
  std::string outcome_file;         // relative; "" while there is none
  std::uint64_t row_offset = 0;     // of its finished row in outcome_file
  std::uint64_t row_length = 0;
};

struct AttemptRecord {
  model::Outcome outcome;
  std::uint32_t shard = 0;
  std::uint32_t submission = 0;
};

struct ItemFilter {
  std::optional<model::ItemStatus> status;
  std::optional<model::Reason> reason;
  std::uint64_t after_sequence = 0;
  std::uint32_t limit = 1000;
};

// So many items have failed so, the last time in this shard.
struct FailureCount {
  std::uint32_t shard = 0;
  model::Reason reason = model::Reason::none;
  std::uint64_t items = 0;
  bool operator==(const FailureCount&) const = default;
};

struct UsageSums {
  model::Usage usage;
  model::Money cost;
  std::uint64_t attempts = 0;
  std::uint64_t attempts_without_cost = 0;
  std::uint64_t attempts_without_usage = 0;  // answers that do not say what they used
};

// An answer that was accepted, and where its finished row lies.
struct KnownAnswer {
  std::string run;
  std::uint64_t sequence = 0;
  std::string id;
  Hash128 request_key;
  model::BlobRef row;
};

using model::IdKey;

// What grows with time and belongs to no run's record.
struct Bygone {
  std::uint64_t deliveries = 0;
  std::uint64_t due_runs = 0;
  std::uint64_t audit_entries = 0;
  std::uint64_t total() const { return deliveries + due_runs + audit_entries; }
  Bygone& operator+=(const Bygone& other);
  bool operator==(const Bygone&) const = default;
};

// Messages that did not arrive (model::is_untold).
struct UntoldCounts {
  std::uint64_t failing = 0;   // due again
  std::uint64_t given_up = 0;  // nobody tries any more
};

// A run's rows, counted one by one: what the figures that are kept beside them should be, and rows that lack another.
struct Recount {
  std::uint64_t items = 0;
  model::Counts counts;  // of the outcomes; pending: items without one
  UsageSums sums;        // of the attempts
  std::uint64_t outcomes_without_item = 0;
  std::uint64_t outcomes_without_attempt = 0;  // no attempt says the same; of reused ones none need
  std::uint64_t outcomes_outdone = 0;          // by a later attempt
  std::uint64_t attempts_without_item = 0;
};

class Store {
 public:
  static constexpr int schema_version = 15;
  static constexpr std::size_t rows_per_transaction_max = 50'000;
  static constexpr std::uint32_t rows_per_sweep_max = 20'000;  // deleted at a time: others wait no longer than for that

  // Creates the file (0600) or migrates it; refuses one written by a newer batchd (invalid, names both versions).
  // read_only: a missing file is not_found.
  static Result<std::unique_ptr<Store>> open(const Path& database, Mode mode);
  virtual ~Store() = default;

  // -- runs
  // Writes the run as `created`, and its job when new. conflict when (job, key) exists already: hint is that run's id.
  virtual Status create_run(const model::Run& run) = 0;
  // Removes a run that has sent nothing, and all of it; conflict when anything of it was uploaded or submitted.
  // Also when its preparation was killed half-way.
  virtual Status drop_unsent_run(std::string_view run) = 0;
  virtual Result<model::Run> run(std::string_view id) = 0;
  virtual Result<std::optional<model::Run>> find_run(std::string_view job, std::string_view key) = 0;
  // Newest first. Empty job: all jobs. `before`: only those made before this run; "": all.
  virtual Result<std::vector<model::Run>> runs(std::string_view job, std::uint32_t limit,
                                               std::string_view before = "") = 0;
  // Ids that begin so; at most `limit`.
  virtual Result<std::vector<std::string>> run_ids_with_prefix(std::string_view prefix, std::uint32_t limit) = 0;
  // The owner becomes `owner` if it still is `expected`; conflict otherwise (message names the owner there is). Taking
  // what one has is a heartbeat; "" gives it back.
  virtual Status take_ownership(std::string_view run, std::string_view expected, std::string_view owner, Time now) = 0;
  // Noticed by the owner. The first time it was asked for stands, and of two scopes the wider. A final run stays as it
  // is.
  virtual Status request_cancel(std::string_view run, model::CancelScope scope, Time now) = 0;
  // Items that have failed for one of these reasons are to be asked once more: run.retry, with the last shard there is.
  // A final run is `running` again, neither cancelled nor stopped. conflict while it is being prepared. Whether it has
  // an owner is not asked: take_ownership() comes before.
  virtual Status request_retry(std::string_view run, model::ReasonSet reasons) = 0;

  // -- what a person settles
  // Noticed by the owner, which carries it out. Said again it changes nothing; the time it was first said stands.
  // conflict: another word was given of this submission, or its shard is not in a doubt that only a person can settle
  // (stage `unknown`, this its submission, and the provider could not tell).
  virtual Status resolve(std::string_view run, const model::Resolution& resolution) = 0;
  virtual Result<std::vector<model::Resolution>> resolutions(std::string_view run) = 0;  // by shard, submission
  // Pauses are of this state and not of a run's record: of a job and of a provider they hold for later runs, too.
  // false: nothing was changed. The first time something was paused stands.
  virtual Result<bool> pause(const model::Pause& pause) = 0;
  virtual Result<bool> unpause(model::PauseOf of, std::string_view name) = 0;
  virtual Result<std::vector<model::Pause>> pauses() = 0;  // oldest first

  // -- what is due
  // What became of a due time, in place of what was known of it; and who is to be told that.
  virtual Status note_due_run(const model::DueRun& due, std::span<const model::Delivery> deliveries = {}) = 0;
  virtual Result<std::vector<model::DueRun>> due_runs(std::string_view job, std::uint32_t limit) = 0;  // newest first
  // Of all jobs, what was refused since their newest due time that was begun; newest first.
  virtual Result<std::vector<model::DueRun>> refused_runs(std::uint32_t limit) = 0;
  virtual Result<std::vector<model::DueRun>> queued_runs() = 0;  // of all jobs, oldest first

  // -- who is told (deliveries are written with what they tell: apply(), note_due_run())
  // Pending ones whose next try is due, oldest first.
  virtual Result<std::vector<model::Delivery>> due_deliveries(Time now, std::uint32_t limit) = 0;
  virtual Result<std::vector<model::Delivery>> deliveries_of(std::string_view run) = 0;  // oldest first
  // When the next one is due; nothing: none is pending.
  virtual Result<std::optional<Time>> next_delivery_at() = 0;
  // One more attempt of it is begun; until `lost_at` nobody else begins one. false: another process has, or it is not
  // pending any more.
  virtual Result<bool> claim_delivery(const model::Delivery& delivery, Time lost_at) = 0;
  // How the claimed attempt went: state, next_try_at, detail.
  virtual Status note_delivery(const model::Delivery& delivery) = 0;
  virtual Result<UntoldCounts> untold() = 0;

  // -- who may ask, and who changed what
  virtual Status add_token(const model::ApiToken& token) = 0;          // conflict: there is one of that id or name
  virtual Result<std::vector<model::ApiToken>> tokens() = 0;           // oldest first, revoked ones too
  virtual Status revoke_token(std::string_view id, Time now) = 0;      // not_found; the first time stands
  virtual Status add_audit_entry(const model::AuditEntry& entry) = 0;  // its n is given here
  virtual Result<std::vector<model::AuditEntry>> audit_entries(std::uint32_t limit, std::uint64_t before = 0) = 0;

  // -- what is no longer kept
  // The run's record goes, and what stays of it is this. From here on nothing else finds the run; its rows are there
  // until sweep_pruned() has been called often enough, by whichever process. conflict while the run is not over.
  virtual Status prune_run(const model::PrunedRun& run) = 0;
  // Deletes about rows_per_sweep_max rows of a pruned run; its files should be gone by then. false: nothing is left.
  virtual Result<bool> sweep_pruned(std::string_view run) = 0;
  // Runs of which sweep_pruned() still has something to delete.
  virtual Result<std::vector<model::PrunedRun>> unswept_runs(std::uint32_t limit) = 0;
  // Those of a job, or whose id begins so ("": all), newest first.
  virtual Result<std::vector<model::PrunedRun>> pruned_runs(std::string_view job, std::uint32_t limit,
                                                            std::string_view id_prefix = "") = 0;
  // Those of this key, of a key that begins with it and a slash, or that were asked the same; newest first.
  virtual Result<std::vector<model::PrunedRun>> pruned_runs_like(std::string_view job, std::string_view key,
                                                                 const Hash128& question, std::uint32_t limit) = 0;
  // From before this time: deliveries that are over, of runs that are; audit entries; due times that neither wait nor
  // are their job's newest, from which its schedule is followed.
  virtual Result<Bygone> bygone(Time before) = 0;
  // Deletes at most rows_per_sweep_max of each, and says how many; nothing: that was all.
  virtual Result<Bygone> forget_bygone(Time before) = 0;

  // -- prepare
  // In order of sequence, at most rows_per_transaction_max at a time. conflict once the run is sealed.
  virtual Status add_items(std::string_view run, std::span<const model::Item> items) = 0;
  // The same for items that an earlier run has answered, each with its outcome (attempt 0, succeeded), in the same
  // order. Their shards have the lane "reused".
  virtual Status add_reused_items(std::string_view run, std::span<const model::Item> items,
                                  std::span<const model::Outcome> outcomes) = 0;
  // The whole preparation is over: counts and prompt_sha of the run, its shards, its id keys (sorted by hash), state
  // running, started_at. internal when run.items is not what was added, or the reused ones are not those of its shards;
  // conflict when the run is sealed already. `asked_by_then`: what asked_so_far() was when it was looked up which
  // requests are being asked; false when it is something else by now, and nothing is sealed.
  virtual Result<bool> seal_prepared(const model::Run& run, std::span<const model::Shard> shards,
                                     std::span<const IdKey> keys, Time now,
                                     std::optional<std::uint64_t> asked_by_then = std::nullopt) = 0;
  // Grows whenever something of the job begins to be asked: a run is sealed, or a retry is asked for. What is pruned
  // stays counted.
  virtual Result<std::uint64_t> asked_so_far(std::string_view job) = 0;
  // Since when the account may hold runs of this job that are not known here: since the backup was made that this
  // database was put back from. Nothing: it was not, or the account has told since.
  virtual Result<std::optional<Time>> unseen_since(std::string_view job) = 0;
  virtual Status note_seen(std::string_view job) = 0;
  // Runs of this job that the account has and nobody here knows, and that a person has begun another in spite of.
  // Those dismissed before `until`, which the account lists no longer, are forgotten by the way.
  virtual Status dismiss_runs(std::string_view job, std::span<const std::string> runs, Time now, Time until) = 0;
  virtual Result<std::vector<std::string>> dismissed_runs(std::string_view job) = 0;

  // -- decisions
  virtual Status apply(std::string_view run, const model::Changes& changes) = 0;
  virtual Result<std::vector<model::Shard>> shards(std::string_view run) = 0;
  virtual Result<std::vector<model::Submission>> submissions(std::string_view run) = 0;  // by shard, n
  // The newest `limit` of them, oldest first. The same words of the same shard and millisecond are told once.
  virtual Result<std::vector<model::Happening>> happenings(std::string_view run, std::uint32_t limit) = 0;

  // -- collect
  // Outcomes of one shard's items (in order of sequence) together with the decision that follows: one transaction,
  // keyed by (item, attempt): applied twice it changes nothing. Of several attempts the latest counts, in whatever
  // order they come.
  virtual Status commit_outcomes(std::string_view run, const model::Shard& shard,
                                 std::span<const model::Outcome> outcomes, const model::Changes& changes) = 0;

  // -- retries
  // What has failed as it stands, by the shard of the attempt that counts, then by reason.
  virtual Result<std::vector<FailureCount>> failures(std::string_view run) = 0;
  // A retry shard with its items (in order of sequence; their offsets are those in its files), and the decision that
  // it is among: one transaction. conflict when an item is in a shard of that attempt already.
  virtual Status add_retry_shard(std::string_view run, const model::Shard& shard, std::span<const model::Item> items,
                                 const model::Changes& changes) = 0;
  // Of each item of a shard, by sequence, what its attempts before that shard's have used; empty for first attempts.
  virtual Result<std::vector<model::EarlierUse>> earlier_use(std::string_view run, std::uint32_t shard) = 0;

  // -- reuse
  // The run's own accepted answers can be found by their requests from here on; of equal requests the latest counts.
  // Doing it again changes nothing. Memory grows with the answers, up to answers_at_once_max of them.
  static constexpr std::size_t answers_at_once_max = 1'000'000;
  virtual Status remember_answers(std::string_view run) = 0;
  // What remember_answers() kept of the job's runs under this answer_rule: an entry a key, in their order.
  virtual Result<std::vector<std::optional<KnownAnswer>>> find_answers(std::string_view job, std::string_view rule,
                                                                       std::span<const Hash128> request_keys) = 0;

  // -- reading
  // By sequence. An item without an outcome is `submitted` while a batch of its shard stands at the provider or has
  // answers that wait to be read. One that is asked again is what its last outcome says until the next is there.
  virtual Result<std::vector<ItemState>> items(std::string_view run, const ItemFilter& filter) = 0;
  // The items of one shard, by sequence, with their places in its files.
  virtual Result<std::vector<model::Item>> items_of_shard(std::string_view run, std::uint32_t shard) = 0;
  virtual Result<ItemState> item(std::string_view run, std::uint64_t sequence) = 0;  // not_found
  // By id hash; the caller's id is compared. not_found.
  virtual Result<ItemState> item_by_id(std::string_view run, std::string_view id) = 0;
  virtual Result<std::vector<AttemptRecord>> attempts(std::string_view run, std::uint64_t sequence) = 0;
  virtual Result<model::Counts> counts(std::string_view run) = 0;  // kept up to date: no walk over the items
  virtual Result<UsageSums> usage(std::string_view run) = 0;
  virtual Status check_integrity() = 0;  // PRAGMA integrity_check

  // -- auditing: each is a walk over the run's items
  virtual Result<Recount> recount(std::string_view run) = 0;
  // What came of the items of one shard in it, by sequence.
  virtual Result<std::vector<AttemptRecord>> attempts_of_shard(std::string_view run, std::uint32_t shard) = 0;
};

}  // namespace batchd::store
