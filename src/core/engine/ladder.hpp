#pragma once
// What is done about a failed item. PURE, and asked once for each class of them: what failed alike is treated alike.

#include <cstdint>

#include "rules/model/item.hpp"

namespace batchd::engine {

enum class Rung {
  rest,       // the failure stands
  ask_again,  // the same request, in a new batch
};

struct FailureHistory {
  model::Reason reason = model::Reason::none;
  std::uint32_t attempts = 1;  // the item has had, this one included
  std::uint32_t unspent = 0;   // of them the provider has run none: their batches were refused for other lines
  bool was_run = true;         // false: the last of them is one of these
  bool is_wished = false;      // a person's `retry` means it
};

// Batches that are refused, a line at a time, for what is wrong with it.
inline constexpr std::uint32_t unspent_max = 10;

// Why a request may be answered the second time, though it is the same: its answer got lost, or it was never read.
bool may_pass(model::Reason reason);
// Why it would fail again for certain, so that not even a person may ask.
bool is_lasting(model::Reason reason);

// What a person's `retry` means who names no reason.
inline constexpr model::ReasonSet asked_by_hand{model::Reason::missing, model::Reason::expired,
                                                model::Reason::provider_error, model::Reason::cancelled};

Rung ladder(const FailureHistory& failed, std::uint32_t attempts_max);

}  // namespace batchd::engine
