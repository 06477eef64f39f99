#include "core/engine/ladder.hpp"

namespace batchd::engine {

using model::Reason;

bool may_pass(Reason reason) {
  return reason == Reason::missing || reason == Reason::expired || reason == Reason::provider_error;
}

bool is_lasting(Reason reason) {
  return reason == Reason::refused || reason == Reason::bad_request || reason == Reason::too_large;
}

Rung ladder(const FailureHistory& failed, std::uint32_t attempts_max) {
  if (is_lasting(failed.reason)) return Rung::rest;
  if (failed.is_wished) return Rung::ask_again;
  if (!may_pass(failed.reason)) return Rung::rest;
  // What was never run has cost nothing and used up nothing; that there is an end to it is all.
  if (!failed.was_run) return failed.unspent <= unspent_max ? Rung::ask_again : Rung::rest;
  return failed.attempts - failed.unspent < attempts_max ? Rung::ask_again : Rung::rest;
}

}  // namespace batchd::engine
