#include "doors/cli/lost_run.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/runner/account_audit.hpp"
#include "doors/cli/display.hpp"

namespace batchd::cli {
namespace {

constexpr std::size_t hash_digits = 32;

// The key of a run that has none of its own is a hash.
bool is_question(std::string_view key) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return key.size() == hash_digits && std::all_of(key.begin(), key.end(), is_digit);
}

Error error_of_other_job(const std::string& run, const std::string& its, const std::string& given) {
  return {ErrorKind::invalid, fmt::format("run {} is of {}, and not of {}", run, its, given)};
}

Error error_of_other_key(const std::string& run, const std::string& its, const std::string& given) {
  return {ErrorKind::invalid, fmt::format("run {} has the key {}, and not {}", run, its, given),
          "leave --key out: it gets its own again"};
}

// Why this batch is not of what would be asked now. "": it is, or a round of retries that the run comes to has asked
// it.
std::string misfit_of(const runner::UnownedBatch& one, const std::vector<model::Shard>& shards) {
  std::uint64_t asked = 0;
  for (const auto& shard : shards)
    asked += runner::asked_first(shard);
  if (one.mark->asked > 0 && one.mark->asked != asked)
    return fmt::format("its run had {} items to ask, and this one has {}", one.mark->asked, asked);
  if (one.is_adoptable) return {};
  const auto is_its = [&](const model::Shard& shard) { return shard.n == one.mark->shard; };
  const bool has_shard = std::any_of(shards.begin(), shards.end(), is_its);
  return has_shard || one.mark->attempt == 1 ? one.why : std::string();
}

}  // namespace

Result<LostRun> find_lost_run(Workplace& place, provider::Provider& provider, const model::JobSpec& job,
                              const std::string& run, const std::optional<std::string>& given_key) {
  auto& store = place.store();
  LostRun lost;
  if (const auto known = store.run(run)) {
    if (known->job != job.name) return error_of_other_job(run, known->job, job.name);
    if (given_key && *given_key != known->key) return error_of_other_key(run, known->key, *given_key);
    lost.key = known->key;
    lost.is_known = true;
    return lost;
  } else if (known.error().kind != ErrorKind::not_found) {
    return known.error();
  }
  const auto pruned = store.pruned_runs(job.name, 1, run);
  if (!pruned) return pruned.error();
  if (!pruned->empty())
    return Error(ErrorKind::invalid, fmt::format("run {} is over, and its record was pruned here", run),
                 fmt::format("`batchd status {}` says where its results lie", run));
  const async::StopToken never;
  auto listed = place.loop().run(provider.list_batches(place.loop().clock().now() - runner::listed_for, never));
  if (!listed) return listed.error();
  std::string its_key;
  for (auto& batch : listed->batches) {
    const auto mark = runner::mark_of(batch);
    if (!mark || mark->run != run || model::came_to_nothing(batch)) continue;
    if (!mark->job.empty() && mark->job != job.name) return error_of_other_job(run, mark->job, job.name);
    if (!mark->key_mark.empty()) its_key = mark->key_mark;
    lost.batches.push_back(std::move(batch));
  }
  if (lost.batches.empty())
    return Error(ErrorKind::invalid,
                 fmt::format("no batch of run {} can be taken over (the account lists none that has answers or is at "
                             "work); nothing was sent",
                             run),
                 "`batchd doctor` shows what the account holds, and of which runs");
  const auto question = runner::question_of_mark(its_key);
  if (is_question(question)) lost.question = question;
  if (given_key && !its_key.empty() && runner::key_mark_of(*given_key) != its_key)
    return error_of_other_key(run, its_key, *given_key);
  if (!its_key.empty() && !its_key.starts_with(runner::hashed_key_start)) lost.key = its_key;
  return lost;
}

Status adopt_batches_of(Workplace& place, const LostRun& lost, const GlobalOptions& global, const std::string& run) {
  auto& store = place.store();
  const auto now = place.loop().clock().now();
  auto known = runner::known_runs(store, "");
  if (!known) return known.error();
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  // This process owns the run; that must not make its batches look as if they were being sent just now.
  for (auto& [id, one] : *known)
    if (id == run) one.run.owner.clear();
  const auto audit = runner::audit_account(*known, lost.batches, {});
  for (const auto& one : audit.batches) {
    const auto why = misfit_of(one, *shards);
    if (why.empty()) continue;
    return Error(ErrorKind::invalid,
                 fmt::format("batches of run {} are not of what would be asked now ({}: {}): nothing was adopted, and "
                             "nothing was sent",
                             run, one.batch.id, why),
                 "the rows and the job have to be as they were then; with `reuse: true` the runs whose answers it "
                 "reused have to be here again before it");
  }
  std::set<std::uint32_t> adopted;  // of several of one shard the run keeps one, and tells of the others
  for (const auto& one : audit.batches) {
    if (!one.is_adoptable || !adopted.insert(one.mark->shard).second) continue;
    if (auto done = runner::adopt(store, one, now); !done) return done;
    say(global, LogLevel::info,
        fmt::format("Adopted {} as shard {}; nothing was sent.", one.batch.id, one.mark->shard));
  }
  return {};
}

}  // namespace batchd::cli
