#include "core/runner/pruning.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "core/runner/preparation.hpp"
#include "ground/base/units.hpp"

namespace batchd::runner {
namespace {

constexpr std::uint32_t runs_at_once = 500;
constexpr std::uint32_t happenings_looked_at = 100;
constexpr const char* happening_kind = "pruned";

Path requests_of(const PruneRequest& request, const std::string& run) { return request.state_folder / "spool" / run; }
Path answers_of(const PruneRequest& request, const std::string& run) { return request.state_folder / "answers" / run; }

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
  const auto spool = requests_of(request, run.id);
  if (is_past(run, request.retention.requests, request.now) && path_exists(spool)) {
    found.requests = true;
    found.requests_bytes = bytes_below(spool);
  }
  const auto answers = answers_of(request, run.id);
  if (is_past(run, request.retention.answers, request.now) && path_exists(answers)) {
    const auto reusable = request.reusable.find(run.id);
    if (reusable != request.reusable.end() && !request.reusable_too) {
      found.kept_for_reuse = reusable->second;
    } else {
      found.answers = true;
      found.answers_bytes = bytes_below(answers);
    }
  }
  run.frozen_job.clear();
  found.run = std::move(run);
  return found;
}

std::string told_of(const Prunable& what) {
  if (what.requests && what.answers)
    return "Its requests, the rows they came from and the answers were deleted: they were kept for as long as the "
           "config says.";
  if (what.requests)
    return "Its requests and the rows they came from were deleted: they were kept for as long as the config says.";
  return "Its answers were deleted: they were kept for as long as the config says.";
}

Status delete_files(const PruneRequest& request, const Prunable& what) {
  if (what.requests)
    if (auto removed = remove_tree(requests_of(request, what.run.id)); !removed) return removed;
  if (what.answers)
    if (auto removed = remove_tree(answers_of(request, what.run.id)); !removed) return removed;
  model::Changes changes;
  changes.happenings.push_back({request.now, 0, happening_kind, told_of(what)});
  return request.store.apply(what.run.id, changes);
}

}  // namespace

Result<std::vector<Prunable>> find_prunable(const PruneRequest& request) {
  std::vector<Prunable> found;
  std::string before;
  for (;;) {
    auto runs = request.store.runs("", runs_at_once, before);
    if (!runs) return runs.error();
    if (runs->empty()) break;
    before = runs->back().id;
    for (auto& run : *runs) {
      if (!model::is_final(run.state)) continue;
      auto looked_at = look_at(request, std::move(run));
      if (looked_at.requests || looked_at.answers || looked_at.kept_for_reuse > 0)
        found.push_back(std::move(looked_at));
    }
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Status prune(const PruneRequest& request, const Prunable& what, const ProcessIdentity& process) {
  auto& store = request.store;
  const auto run = store.run(what.run.id);
  if (!run) return run.error();
  if (auto owned = own(store, *run, process, request.now); !owned) return owned;
  // Opened again since it was looked at, it is no more to be deleted from.
  const auto ours = store.run(what.run.id);
  Status pruned = !ours ? Status(ours.error())
                  : !model::is_final(ours->state)
                      ? Error(ErrorKind::conflict, fmt::format("run {} goes on again", run->id))
                      : delete_files(request, what);
  const auto given_back = store.take_ownership(run->id, to_text(process), "", request.now);
  return pruned ? given_back : pruned;
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
