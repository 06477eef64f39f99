#include "rules/model/batch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace batchd::model {
namespace {

constexpr std::array<std::string_view, 9> state_names = {
    "validating", "running", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled", "unrecognised"};

// providers.md 3.5, all in lower case.
constexpr std::pair<std::string_view, BatchState> spellings[] = {
    {"validating", BatchState::validating},
    {"in_queue", BatchState::validating},
    {"queued", BatchState::validating},
    {"pending", BatchState::validating},
    {"notrunning", BatchState::validating},
    {"in_progress", BatchState::running},
    {"progress", BatchState::running},
    {"running", BatchState::running},
    {"processing", BatchState::running},
    {"finalizing", BatchState::finalizing},
    {"completed", BatchState::completed},
    {"success", BatchState::completed},
    {"succeeded", BatchState::completed},
    {"failed", BatchState::failed},
    {"error", BatchState::failed},
    {"expired", BatchState::expired},
    {"timeout_exceeded", BatchState::expired},
    {"cancelling", BatchState::cancelling},
    {"canceling", BatchState::cancelling},
    {"cancellation_requested", BatchState::cancelling},
    {"cancelled", BatchState::cancelled},
    {"canceled", BatchState::cancelled},
};

}  // namespace

std::string_view name_of(BatchState state) { return state_names[static_cast<std::size_t>(state)]; }

BatchState batch_state_from_text(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const auto& [spelling, state] : spellings) {
    if (lower == spelling) return state;
  }
  return BatchState::unrecognised;
}

std::string place_of(const BatchError& error) {
  if (!error.line) return {};
  const auto line = " (line " + std::to_string(*error.line);
  return error.item.empty() ? line + ")" : line + ", item " + error.item + ")";
}

bool came_to_nothing(const RemoteBatch& batch) {
  return batch.state == BatchState::cancelling || (is_terminal(batch.state) && batch.counts.completed == 0);
}

}  // namespace batchd::model
