#pragma once
// Store on SQLite: one intent, one function, one transaction. The files beside this one hold them by what they are
// about: sqlite_runs, sqlite_prepare, sqlite_decisions, sqlite_wishes, sqlite_due_runs, sqlite_deliveries,
// sqlite_access, sqlite_pruning, sqlite_outcomes, sqlite_reading.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/database.hpp"
#include "core/store/store.hpp"

namespace batchd::store {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status create_run(const model::Run& run) override;
  Status drop_unsent_run(std::string_view run) override;
  Result<model::Run> run(std::string_view id) override;
  Result<std::optional<model::Run>> find_run(std::string_view job, std::string_view key) override;
  Result<std::vector<model::Run>> runs(std::string_view job, std::uint32_t limit, std::string_view before) override;
  Result<std::vector<std::string>> run_ids_with_prefix(std::string_view prefix, std::uint32_t limit) override;
  Status take_ownership(std::string_view run, std::string_view expected, std::string_view owner, Time now) override;
  Status request_cancel(std::string_view run, model::CancelScope scope, Time now) override;
  Status request_retry(std::string_view run, model::ReasonSet reasons) override;
  Status resolve(std::string_view run, const model::Resolution& resolution) override;
  Result<std::vector<model::Resolution>> resolutions(std::string_view run) override;
  Result<bool> pause(const model::Pause& pause) override;
  Result<bool> unpause(model::PauseOf of, std::string_view name) override;
  Result<std::vector<model::Pause>> pauses() override;
  Status note_due_run(const model::DueRun& due, std::span<const model::Delivery> deliveries) override;
  Result<std::vector<model::DueRun>> refused_runs(std::uint32_t limit) override;
  Result<std::vector<model::DueRun>> due_runs(std::string_view job, std::uint32_t limit) override;
  Result<std::vector<model::DueRun>> queued_runs() override;
  Result<std::vector<model::Delivery>> due_deliveries(Time now, std::uint32_t limit) override;
  Result<std::vector<model::Delivery>> deliveries_of(std::string_view run) override;
  Result<std::optional<Time>> next_delivery_at() override;
  Result<bool> claim_delivery(const model::Delivery& delivery, Time lost_at) override;
  Status note_delivery(const model::Delivery& delivery) override;
  Result<UntoldCounts> untold() override;
  Status add_token(const model::ApiToken& token) override;
  Result<std::vector<model::ApiToken>> tokens() override;
  Status revoke_token(std::string_view id, Time now) override;
  Status add_audit_entry(const model::AuditEntry& entry) override;
  Result<std::vector<model::AuditEntry>> audit_entries(std::uint32_t limit, std::uint64_t before) override;

  Status prune_run(const model::PrunedRun& run) override;
  Result<bool> sweep_pruned(std::string_view run) override;
  Result<std::vector<model::PrunedRun>> unswept_runs(std::uint32_t limit) override;
  Result<std::vector<model::PrunedRun>> pruned_runs(std::string_view job, std::uint32_t limit,
                                                    std::string_view id_prefix) override;
  Result<std::vector<model::PrunedRun>> pruned_runs_like(std::string_view job, std::string_view key,
                                                         const Hash128& question, std::uint32_t limit) override;
  Result<Bygone> bygone(Time before) override;
  Result<Bygone> forget_bygone(Time before) override;

  Status add_items(std::string_view run, std::span<const model::Item> items) override;
  Status add_reused_items(std::string_view run, std::span<const model::Item> items,
                          std::span<const model::Outcome> outcomes) override;
  Result<bool> seal_prepared(const model::Run& run, std::span<const model::Shard> shards, std::span<const IdKey> keys,
                             Time now, std::optional<std::uint64_t> asked_by_then) override;
  Result<std::uint64_t> asked_so_far(std::string_view job) override;
  Result<std::optional<Time>> unseen_since(std::string_view job) override;
  Status note_seen(std::string_view job) override;
  Status dismiss_runs(std::string_view job, std::span<const std::string> runs, Time now, Time until) override;
  Result<std::vector<std::string>> dismissed_runs(std::string_view job) override;

  Status apply(std::string_view run, const model::Changes& changes) override;
  Result<std::vector<model::Shard>> shards(std::string_view run) override;
  Result<std::vector<model::Submission>> submissions(std::string_view run) override;
  Result<std::vector<model::Happening>> happenings(std::string_view run, std::uint32_t limit) override;

  Status commit_outcomes(std::string_view run, const model::Shard& shard, std::span<const model::Outcome> outcomes,
                         const model::Changes& changes) override;

  Result<std::vector<FailureCount>> failures(std::string_view run) override;
  Status add_retry_shard(std::string_view run, const model::Shard& shard, std::span<const model::Item> items,
                         const model::Changes& changes) override;
  Result<std::vector<model::EarlierUse>> earlier_use(std::string_view run, std::uint32_t shard) override;

  Status remember_answers(std::string_view run) override;
  Result<std::vector<std::optional<KnownAnswer>>> find_answers(std::string_view job, std::string_view rule,
                                                               std::span<const Hash128> request_keys) override;

  Result<std::vector<ItemState>> items(std::string_view run, const ItemFilter& filter) override;
  Result<std::vector<model::Item>> items_of_shard(std::string_view run, std::uint32_t shard) override;
  Result<ItemState> item(std::string_view run, std::uint64_t sequence) override;
  Result<ItemState> item_by_id(std::string_view run, std::string_view id) override;
  Result<std::vector<AttemptRecord>> attempts(std::string_view run, std::uint64_t sequence) override;
  Result<model::Counts> counts(std::string_view run) override;
  Result<UsageSums> usage(std::string_view run) override;
  Status check_integrity() override;
  Result<Recount> recount(std::string_view run) override;
  Result<std::vector<AttemptRecord>> attempts_of_shard(std::string_view run, std::uint32_t shard) override;

 private:
  // What every intent begins with: the run's surrogate, and how far it is. not_found.
  struct Place {
    std::int64_t number = 0;
    model::RunState state = model::RunState::created;
    std::uint64_t items = 0;  // once sealed
  };
  Result<Place> find(std::string_view run);

  Result<bool> has_sent_nothing(std::int64_t number);
  Result<model::Run> run_numbered(std::int64_t number);
  Result<std::vector<model::Resolution>> resolutions_of(std::int64_t run);
  Result<bool> is_paused(model::PauseOf of, std::string_view name);
  Status read_inputs(std::int64_t run, std::vector<model::InputFile>& inputs);

  struct ShardFacts {
    std::string outcome_file;
    bool is_submitted = false;  // a batch of it stands at the provider, or its answers wait to be read
  };
  using ShardMap = std::map<std::uint32_t, ShardFacts>;
  Result<ShardMap> shard_facts(std::int64_t run);

  // What `outcomes` says of an item.
  struct Verdict {
    std::uint64_t sequence = 0;
    std::uint32_t attempt = 0;
    model::Reason reason = model::Reason::none;
    std::uint32_t shard = 0;
    std::uint64_t row_offset = 0;
    std::uint64_t row_length = 0;
  };

  static void judge(ItemState& state, const Verdict& verdict, const ShardMap& shards);
  // false: the database refused.
  bool walk_items(std::int64_t run, const ItemFilter& filter, const ShardMap& shards, std::vector<ItemState>& found);
  bool walk_outcomes(std::int64_t run, model::Reason first, model::Reason last, const ItemFilter& filter,
                     const ShardMap& shards, std::vector<ItemState>& found);

  // Inside the caller's transaction.
  bool write_items(std::int64_t run, std::span<const model::Item> items);
  Status tally_reused(std::int64_t run, std::span<const model::Shard> shards);
  Status write_changes(std::int64_t number, std::string_view run, const model::Changes& changes);
  Status write_shard(std::int64_t run, const model::Shard& shard);
  Status write_submission(std::int64_t run, const model::Submission& submission);
  Status write_happening(std::int64_t run, const model::Happening& happening);
  Status write_deliveries(std::span<const model::Delivery> deliveries);
  // Deletes one portion of what is left of a pruned run; false: nothing was left, and now it is gone.
  Result<bool> sweep(std::int64_t run);
  Result<bool> sweep_items(std::int64_t run);

  std::unique_ptr<Database> database_;
};

}  // namespace batchd::store
