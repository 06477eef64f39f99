#include "core/runner/pruning.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "core/runner/preparation.hpp"
#include "ground/base/units.hpp"
#include "line/report/report.hpp"

namespace batchd::runner {
namespace {

constexpr std::uint32_t runs_at_once = 500;
constexpr std::uint32_t unswept_at_once = 100;
constexpr std::uint64_t record_bytes_per_item = 150;  // as tools/bench measures it
constexpr std::uint32_t happenings_looked_at = 100;
constexpr const char* happening_kind = "pruned";

Path requests_of(const Path& state_folder, const std::string& run) { return state_folder / "spool" / run; }
Path answers_of(const Path& state_folder, const std::string& run) { return state_folder / "answers" / run; }

// What cannot be looked at counts as nothing: it is a figure for people.
std::uint64_t bytes_below(const Path& folder) {
  std::uint64_t bytes = 0;
  std::error_code fault;
  for (auto at = std::filesystem::recursive_directory_iterator(folder, fault); !fault && at != end(at);
       at.increment(fault)) {
    std::error_code no_file;
    const auto size = at->is_regular_file(no_file) ? at->file_size(no_file) : 0;
    if (!no_file) bytes += size;
  }
  return bytes;
}

bool is_past(const model::Run& run, std::optional<Duration> kept_for, Time now) {
  return kept_for && run.finished_at && now - *run.finished_at > *kept_for;
}

Prunable look_at(const PruneRequest& request, model::Run run) {
  Prunable found;
  const auto spool = requests_of(request.state_folder, run.id);
  const auto answers = answers_of(request.state_folder, run.id);
  const bool has_answers = path_exists(answers);
  const auto reusable = request.reusable.find(run.id);
  const bool is_reusable = has_answers && reusable != request.reusable.end() && !request.reusable_too;
  const bool record_is_past = is_past(run, request.retention.ledger, request.now);
  const bool answers_are_past = record_is_past || is_past(run, request.retention.answers, request.now);
  found.record = record_is_past && !is_reusable;
  if ((found.record || is_past(run, request.retention.requests, request.now)) && path_exists(spool)) {
    found.requests = true;
    found.requests_bytes = bytes_below(spool);
  }
  if (answers_are_past && is_reusable) {
    found.kept_for_reuse = reusable->second;
  } else if (answers_are_past && has_answers) {
    found.answers = true;
    found.answers_bytes = bytes_below(answers);
  }
  if (found.record) found.record_bytes = run.items * record_bytes_per_item;
  run.frozen_job.clear();
  found.run = std::move(run);
  return found;
}

model::PrunedRun what_stays_of(const model::Run& run, Time now) {
  model::PrunedRun stays;
  stays.id = run.id;
  stays.job = run.job;
  stays.key = run.key;
  stays.provider = run.provider;
  stays.state = run.state;
  stays.sample = run.sample;
  stays.exit_code = run.exit_code;
  stays.question = question_of(run.ask_hash, run.inputs);
  stays.results_folder = (report::folder_of(run) / run.id).string();
  stays.created_at = run.created_at;
  stays.finished_at = run.finished_at.value_or(run.created_at);
  stays.pruned_at = now;
  return stays;
}

std::string told_of(const Prunable& what) {
  if (what.requests && what.answers)
    return "Its requests, the rows they came from and the answers were deleted: they were kept for as long as the "
           "config says.";
  if (what.requests)
    return "Its requests and the rows they came from were deleted: they were kept for as long as the config says.";
  return "Its answers were deleted: they were kept for as long as the config says.";
}

}  // namespace

Result<std::vector<Prunable>> find_prunable_page(const PruneRequest& request, std::string& before) {
  auto runs = request.store.runs("", runs_at_once, before);
  if (!runs) return runs.error();
  before = runs->empty() ? "" : runs->back().id;
  std::vector<Prunable> found;
  for (auto& run : *runs) {
    if (!model::is_final(run.state)) continue;
    auto looked_at = look_at(request, std::move(run));
    if (looked_at.goes() || looked_at.kept_for_reuse > 0) found.push_back(std::move(looked_at));
  }
  return found;
}

Result<std::vector<Prunable>> find_prunable(const PruneRequest& request) {
  std::vector<Prunable> found;
  std::string before;
  do {
    auto page = find_prunable_page(request, before);
    if (!page) return page.error();
    std::move(page->begin(), page->end(), std::back_inserter(found));
  } while (!before.empty());
  std::reverse(found.begin(), found.end());
  return found;
}

Status claim(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process) {
  auto& store = request.store;
  const auto run = store.run(what.run.id);
  if (!run) return run.error();
  if (run->owner == to_text(process))
    return Error(ErrorKind::conflict, fmt::format("this process works on run {}", run->id));
  if (auto owned = own(store, *run, process, request.now); !owned) return owned;
  // Opened again since it was looked at, it is no more to be deleted from.
  const auto ours = store.run(what.run.id);
  const bool is_same = ours && model::is_final(ours->state) && ours->finished_at == what.run.finished_at;
  Status claimed = !ours         ? Status(ours.error())
                   : !is_same    ? Error(ErrorKind::conflict, fmt::format("run {} goes on again", run->id))
                   : what.record ? store.prune_run(what_stays_of(*ours, request.now))
                                 : Status();
  if (!claimed) (void)store.take_ownership(run->id, to_text(process), "", request.now);
  return claimed;
}

Status delete_files(const Path& state_folder, const Prunable& what) {
  if (what.requests)
    if (auto removed = remove_tree(requests_of(state_folder, what.run.id)); !removed) return removed;
  if (what.answers)
    if (auto removed = remove_tree(answers_of(state_folder, what.run.id)); !removed) return removed;
  return {};
}

Status settle(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process) {
  if (what.record) return {};
  model::Changes changes;
  changes.happenings.push_back({request.now, 0, happening_kind, told_of(what)});
  const auto told = request.store.apply(what.run.id, changes);
  const auto given_back = request.store.take_ownership(what.run.id, to_text(process), "", request.now);
  return told ? given_back : told;
}

Status prune(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process) {
  if (auto claimed = claim(request, what, process); !claimed) return claimed;
  if (auto deleted = delete_files(request.state_folder, what); !deleted) {
    if (!what.record) (void)request.store.take_ownership(what.run.id, to_text(process), "", request.now);
    return deleted;
  }
  if (auto settled = settle(request, what, process); !settled) return settled;
  return what.record ? finish_pruned(request.store, request.state_folder) : Status();
}

Status delete_files_of(const Path& state_folder, const model::PrunedRun& run) {
  if (auto removed = remove_tree(requests_of(state_folder, run.id)); !removed) return removed;
  return remove_tree(answers_of(state_folder, run.id));
}

Status finish_pruned(store::Store& store, const Path& state_folder) {
  for (;;) {
    const auto left = store.unswept_runs(unswept_at_once);
    if (!left) return left.error();
    if (left->empty()) return {};
    for (const auto& run : *left) {
      // Rows last: as long as there are any, the files are looked for again.
      if (auto deleted = delete_files_of(state_folder, run); !deleted) return deleted;
      for (Result<bool> more = true; *more;)
        if (more = store.sweep_pruned(run.id); !more) return more.error();
    }
  }
}

Result<store::Bygone> forget_bygone(const PruneRequest& request, bool only_looks) {
  if (!request.retention.ledger) return store::Bygone();
  const auto before = request.now - *request.retention.ledger;
  if (only_looks) return request.store.bygone(before);
  store::Bygone all;
  for (;;) {
    const auto some = request.store.forget_bygone(before);
    if (!some) return some;
    if (some->total() == 0) return all;
    all += *some;
  }
}

Hash128 question_of(std::string_view ask_hash, const std::vector<model::InputFile>& inputs) {
  auto text = std::string(ask_hash);
  for (const auto& file : inputs)
    text += ' ' + to_hex(file.hash);
  return xxh3_128(text);
}

Result<std::optional<model::Happening>> find_pruning(store::Store& store, const std::string& run) {
  auto lately = store.happenings(run, happenings_looked_at);  // nothing much happens to a run that is over
  if (!lately) return lately.error();
  const auto found = std::find_if(lately->rbegin(), lately->rend(),
                                  [](const model::Happening& happening) { return happening.kind == happening_kind; });
  return found == lately->rend() ? std::nullopt : std::optional(*found);
}

Status check_for_retrying(store::Store& store, const Path& state_folder, const std::string& run) {
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  for (const auto& shard : *shards)
    for (const auto* file : {&shard.requests_file, &shard.rows_file, &shard.outcome_file})
      if (!file->empty() && !path_exists(state_folder / *file))
        return Error(ErrorKind::invalid,
                     fmt::format("run {} cannot be asked again: {} is gone, as `batchd prune` deletes it", run, *file),
                     "feed its failures back as a run of their own: batchd run JOB.yaml --input …/failures.jsonl");
  return {};
}

}  // namespace batchd::runner
