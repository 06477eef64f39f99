#pragma once
// A batch as the client is told of it: as its dialect writes it, or as another provider of the same API would.

#include <cstdint>
#include <string>

#include "doors/simulator/faults.hpp"
#include "doors/simulator/records.hpp"

namespace batchd::simulator {

struct Spelling {
  bool in_capitals = false;    // IN_PROGRESS
  bool foreign = false;        // running, success, canceled
  bool unheard_of = false;     // states nobody knows, until the last
  bool counts_null = false;    // "request_counts": null
  bool counts_flat = false;    // total, completed, failed beside the id
  bool findings_text = false;  // "errors": "line 3: …"
  bool times_iso = false;      // "2026-11-23T08:00:00Z"
};
// The same for a batch as long as it lives.
Spelling spelling_of(const Faults& faults, std::uint64_t seed, std::uint64_t batch_sequence);

// The batch as JSON, as it stands at that time.
std::string batch_object(const Batch& batch, Time now, const Spelling& spelling = {});

}  // namespace batchd::simulator
