#pragma once
// PURE: where a batch stands at an instant. Nothing ticks: the instants were settled when the batch was made (and when
// its cancel came), so a killed and restarted world, a turned clock and real time tell the same story.
//
//   created ──► validating ──in_progress──► in_progress ──finalizing──► finalizing ──completed──► completed
//                   │                           │                           │
//                   ├─ the check failed ► failed (at in_progress)           │
//                   │                           ├─ expires ► expired        │
//                   └────── cancel ─────────────┴────────── cancel ─────────┘ ► cancelling ──► cancelled

#include <optional>
#include <string_view>

#include "doors/simulator/records.hpp"

namespace batchd::simulator {

enum class State { validating, failed, in_progress, finalizing, completed, expired, cancelling, cancelled };
std::string_view name_of(State state);
bool is_final(State state);

struct Pace {
  Duration validating{200};
  Duration finalizing{200};
  Duration cancelling{200};
  std::uint64_t requests_per_second = 100'000;
};

// Fills in the instants of a new batch from its `created`, `requests` and `fate`.
void settle_instants(Batch& batch, const Pace& pace, Duration window);
// A cancel that came at `now`; the batch must not be final.
void settle_cancel(Batch& batch, const Pace& pace, Time now);

// Its validation is over, so `check` must be filled in before state_of() can tell.
bool needs_check(const Batch& batch, Time now);
// `check` must be there when needs_check() says so.
State state_of(const Batch& batch, Time now);
// When the last thing happens that will ever happen to it; nothing for one that is stuck.
std::optional<Time> end_of(const Batch& batch);
// It has ended with results that are not written yet.
bool needs_outcome(const Batch& batch, Time now);
// How many requests are done, as the counts would show it.
std::uint64_t done_by(const Batch& batch, Time now);

// The instants a client sees, each only when it has come.
struct Instants {
  std::optional<Time> in_progress, expires, finalizing, completed, failed, expired, cancelling, cancelled;
};
Instants instants_of(const Batch& batch, Time now);

}  // namespace batchd::simulator
