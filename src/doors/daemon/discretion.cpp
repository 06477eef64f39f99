#include "doors/daemon/discretion.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace batchd::daemon {
namespace {

// Their whole text is ours: with ids, counts and names at most. A kind that is in neither list is told by its name.
constexpr std::array<std::string_view, 19> ours{
    "cancel_asked",  "cancel_requested", "finished",   "paused",     "unpaused", "upload_again", "adopted",
    "list_behind",   "absent",           "retrying",   "gathered",   "twin",     "uploaded",     "submitted",
    "results_short", "collected",        "cancelling", "paid_twice", "pruned"};
// Ours up to the colon.
constexpr std::array<std::string_view, 9> ours_at_first{"unreachable",  "refused",    "queue_full",
                                                        "results_gone", "files_kept", "completed",
                                                        "failed",       "expired",    "cancelled"};

template <typename Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string up_to_colon(std::string_view text) { return std::string(text.substr(0, text.find(": "))); }

}  // namespace

std::string discreet_text(const model::Happening& happening) {
  if (is_among(ours, happening.kind)) return happening.text;
  if (is_among(ours_at_first, happening.kind) && happening.text.find(": ") != std::string::npos)
    return up_to_colon(happening.text) + ".";
  auto kind = happening.kind;
  std::replace(kind.begin(), kind.end(), '_', ' ');
  return fmt::format("{}; {}", kind, withheld);
}

void make_discreet(model::Run& run) {
  auto& waiting = run.waiting;
  switch (waiting.what) {
    case model::WaitingFor::nothing:
    case model::WaitingFor::batches:
    case model::WaitingFor::paused:
    case model::WaitingFor::provider:
    case model::WaitingFor::rate_limit:
      return;
    case model::WaitingFor::queue_capacity:
      waiting.detail = up_to_colon(waiting.detail);
      return;
    default:
      if (!waiting.detail.starts_with("asking "))
        waiting.detail = fmt::format("waiting for {}; {}", name_of(waiting.what), withheld);
  }
}

void make_discreet(report::RunFacts& facts) {
  make_discreet(facts.run);
  for (auto& shard : facts.shards)
    if (!shard.error.empty()) shard.error = withheld;
  for (auto& batch : facts.submissions)
    batch.errors.clear();
  if (facts.halt) facts.halt->text = withheld;
}

void make_discreet(model::DueRun& due) {
  if (due.fate == model::DueFate::refused) due.detail = withheld;
}

}  // namespace batchd::daemon
