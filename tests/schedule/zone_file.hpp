#pragma once
// A second reading of the system's time zones, by nothing that the room uses: the TZif files themselves (RFC 9636).

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace batchd::schedule::test {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// From `begin` on, until the next one's, the clocks are `offset` ahead of UTC.
struct Offset {
  sys_seconds begin;
  seconds offset{0};
};

struct ZoneFile {
  std::string name;
  std::vector<Offset> offsets;  // in the order of time; the first begins long ago. Neighbours differ

  // Index of the one at that time.
  std::size_t at(sys_seconds time) const;
  // When the n-th ends; of the last one in the far future.
  sys_seconds end_of(std::size_t n) const;
};

// Every zone of the database that differs from all others in its file, by name.
const std::vector<ZoneFile>& all_zone_files();

}  // namespace batchd::schedule::test
