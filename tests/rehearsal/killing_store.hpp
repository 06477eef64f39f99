#pragma once
// The store and the network with a kill switch: the n-th thing that is committed or sent is the last this process
// does. The kill is real (SIGKILL), so nothing is flushed, closed or unwound.

#include <atomic>
#include <csignal>
#include <cstdint>

#include "core/store/store.hpp"
#include "ground/http/transport.hpp"

namespace batchd::rehearsal {

class KillSwitch {
 public:
  explicit KillSwitch(std::uint64_t last_step) : last_step_(last_step) {}  // 0: never
  void step() {
    if (++steps_ == last_step_) std::raise(SIGKILL);
  }
  std::uint64_t steps() const { return steps_; }

 private:
  std::uint64_t last_step_;
  std::atomic<std::uint64_t> steps_ = 0;  // commits are steps of the SQL thread, requests of the loop's
};

// Dies right after a commit is on the disk, before anybody hears of it.
class KillingStore final : public store::Store {
 public:
  KillingStore(store::Store& real, KillSwitch& kill) : real_(real), kill_(kill) {}

  Status create_run(const model::Run& run) override { return after(real_.create_run(run)); }
  Status drop_unsent_run(std::string_view run) override { return after(real_.drop_unsent_run(run)); }
  Status take_ownership(std::string_view run, std::string_view expected, std::string_view owner, Time now) override {
    return after(real_.take_ownership(run, expected, owner, now));
  }
  Status request_cancel(std::string_view run, model::CancelScope scope, Time now) override {
    return after(real_.request_cancel(run, scope, now));
  }
  Status resolve(std::string_view run, const model::Resolution& resolution) override {
    return after(real_.resolve(run, resolution));
  }
  Result<std::vector<model::Resolution>> resolutions(std::string_view run) override { return real_.resolutions(run); }
  Result<bool> pause(const model::Pause& pause) override { return real_.pause(pause); }
  Result<bool> unpause(model::PauseOf of, std::string_view name) override { return real_.unpause(of, name); }
  Result<std::vector<model::Pause>> pauses() override { return real_.pauses(); }
  Result<std::uint64_t> asked_so_far(std::string_view job) override { return real_.asked_so_far(job); }
  Result<std::optional<Time>> unseen_since(std::string_view job) override { return real_.unseen_since(job); }
  Status note_seen(std::string_view job) override { return after(real_.note_seen(job)); }
  Status dismiss_runs(std::string_view job, std::span<const std::string> runs, Time now, Time until) override {
    return after(real_.dismiss_runs(job, runs, now, until));
  }
  Result<std::vector<std::string>> dismissed_runs(std::string_view job) override { return real_.dismissed_runs(job); }
  Status note_due_run(const model::DueRun& due, std::span<const model::Delivery> deliveries) override {
    return after(real_.note_due_run(due, deliveries));
  }
  Result<std::vector<model::Delivery>> due_deliveries(Time now, std::uint32_t limit) override {
    return real_.due_deliveries(now, limit);
  }
  Result<std::vector<model::Delivery>> deliveries_of(std::string_view run) override { return real_.deliveries_of(run); }
  Result<std::optional<Time>> next_delivery_at() override { return real_.next_delivery_at(); }
  Result<bool> claim_delivery(const model::Delivery& delivery, Time lost_at) override {
    auto claimed = real_.claim_delivery(delivery, lost_at);
    kill_.step();
    return claimed;
  }
  Status note_delivery(const model::Delivery& delivery) override { return after(real_.note_delivery(delivery)); }
  Status add_token(const model::ApiToken& token) override { return after(real_.add_token(token)); }
  Result<std::vector<model::ApiToken>> tokens() override { return real_.tokens(); }
  Status revoke_token(std::string_view id, Time now) override { return after(real_.revoke_token(id, now)); }
  Status add_audit_entry(const model::AuditEntry& entry) override { return after(real_.add_audit_entry(entry)); }
  Result<std::vector<model::AuditEntry>> audit_entries(std::uint32_t limit, std::uint64_t before) override {
    return real_.audit_entries(limit, before);
  }
  Result<std::vector<model::DueRun>> refused_runs(std::uint32_t limit) override { return real_.refused_runs(limit); }
  Result<std::vector<model::DueRun>> due_runs(std::string_view job, std::uint32_t limit) override {
    return real_.due_runs(job, limit);
  }
  Result<std::vector<model::DueRun>> queued_runs() override { return real_.queued_runs(); }
  Result<store::UntoldCounts> untold() override { return real_.untold(); }
  Status prune_run(const model::PrunedRun& run) override { return after(real_.prune_run(run)); }
  Result<bool> sweep_pruned(std::string_view run) override {
    auto swept = real_.sweep_pruned(run);
    kill_.step();
    return swept;
  }
  Result<std::vector<model::PrunedRun>> unswept_runs(std::uint32_t limit) override { return real_.unswept_runs(limit); }
  Result<std::vector<model::PrunedRun>> pruned_runs(std::string_view job, std::uint32_t limit,
                                                    std::string_view id_prefix) override {
    return real_.pruned_runs(job, limit, id_prefix);
  }
  Result<std::vector<model::PrunedRun>> pruned_runs_like(std::string_view job, std::string_view key,
                                                         const Hash128& question, std::uint32_t limit) override {
    return real_.pruned_runs_like(job, key, question, limit);
  }
  Result<store::Bygone> bygone(Time before) override { return real_.bygone(before); }
  Result<store::Bygone> forget_bygone(Time before) override {
    auto forgotten = real_.forget_bygone(before);
    kill_.step();
    return forgotten;
  }
  Status add_items(std::string_view run, std::span<const model::Item> items) override {
    return after(real_.add_items(run, items));
  }
  Status add_reused_items(std::string_view run, std::span<const model::Item> items,
                          std::span<const model::Outcome> outcomes) override {
    return after(real_.add_reused_items(run, items, outcomes));
  }
  Status request_retry(std::string_view run, model::ReasonSet reasons) override {
    return after(real_.request_retry(run, reasons));
  }
  Status add_retry_shard(std::string_view run, const model::Shard& shard, std::span<const model::Item> items,
                         const model::Changes& changes) override {
    return after(real_.add_retry_shard(run, shard, items, changes));
  }
  Result<std::vector<store::FailureCount>> failures(std::string_view run) override { return real_.failures(run); }
  Result<std::vector<model::EarlierUse>> earlier_use(std::string_view run, std::uint32_t shard) override {
    return real_.earlier_use(run, shard);
  }
  Status remember_answers(std::string_view run) override { return after(real_.remember_answers(run)); }
  Result<std::vector<std::optional<store::KnownAnswer>>> find_answers(std::string_view job, std::string_view rule,
                                                                      std::span<const Hash128> request_keys) override {
    return real_.find_answers(job, rule, request_keys);
  }
  Result<bool> seal_prepared(const model::Run& run, std::span<const model::Shard> shards,
                             std::span<const store::IdKey> keys, Time now,
                             std::optional<std::uint64_t> asked_by_then) override {
    auto sealed = real_.seal_prepared(run, shards, keys, now, asked_by_then);
    kill_.step();
    return sealed;
  }
  Status apply(std::string_view run, const model::Changes& changes) override {
    return after(real_.apply(run, changes));
  }
  Status commit_outcomes(std::string_view run, const model::Shard& shard, std::span<const model::Outcome> outcomes,
                         const model::Changes& changes) override {
    return after(real_.commit_outcomes(run, shard, outcomes, changes));
  }

  Result<model::Run> run(std::string_view id) override { return real_.run(id); }
  Result<std::optional<model::Run>> find_run(std::string_view job, std::string_view key) override {
    return real_.find_run(job, key);
  }
  Result<std::vector<model::Run>> runs(std::string_view job, std::uint32_t limit, std::string_view before) override {
    return real_.runs(job, limit, before);
  }
  Result<std::vector<std::string>> run_ids_with_prefix(std::string_view prefix, std::uint32_t limit) override {
    return real_.run_ids_with_prefix(prefix, limit);
  }
  Result<std::vector<model::Shard>> shards(std::string_view run) override { return real_.shards(run); }
  Result<std::vector<model::Submission>> submissions(std::string_view run) override { return real_.submissions(run); }
  Result<std::vector<model::Happening>> happenings(std::string_view run, std::uint32_t limit) override {
    return real_.happenings(run, limit);
  }
  Result<std::vector<store::ItemState>> items(std::string_view run, const store::ItemFilter& filter) override {
    return real_.items(run, filter);
  }
  Result<std::vector<model::Item>> items_of_shard(std::string_view run, std::uint32_t shard) override {
    return real_.items_of_shard(run, shard);
  }
  Result<store::ItemState> item(std::string_view run, std::uint64_t sequence) override {
    return real_.item(run, sequence);
  }
  Result<store::ItemState> item_by_id(std::string_view run, std::string_view id) override {
    return real_.item_by_id(run, id);
  }
  Result<std::vector<store::AttemptRecord>> attempts(std::string_view run, std::uint64_t sequence) override {
    return real_.attempts(run, sequence);
  }
  Result<model::Counts> counts(std::string_view run) override { return real_.counts(run); }
  Result<store::UsageSums> usage(std::string_view run) override { return real_.usage(run); }
  Status check_integrity() override { return real_.check_integrity(); }
  Result<store::Recount> recount(std::string_view run) override { return real_.recount(run); }
  Result<std::vector<store::AttemptRecord>> attempts_of_shard(std::string_view run, std::uint32_t shard) override {
    return real_.attempts_of_shard(run, shard);
  }

 private:
  Status after(Status status) {
    kill_.step();
    return status;
  }
  store::Store& real_;
  KillSwitch& kill_;
};

// Dies before a request leaves, or after its answer has come and nobody knows of it yet.
class KillingTransport final : public http::Transport {
 public:
  KillingTransport(http::Transport& real, KillSwitch& kill) : real_(real), kill_(kill) {}
  async::Task<Result<http::Response>> send(const http::Request& request, const http::SendOptions& options) override {
    kill_.step();
    auto answer = co_await real_.send(request, options);
    kill_.step();
    co_return answer;
  }

 private:
  http::Transport& real_;
  KillSwitch& kill_;
};

}  // namespace batchd::rehearsal
