#pragma once
// Who is running: enough to tell, after a crash, whether the owner of a run still lives on this machine.

#include <cstdint>
#include <string>

#include "ground/base/result.hpp"

namespace batchd {

struct ProcessIdentity {
  std::string host;
  std::string boot_id;  // /proc/sys/kernel/random/boot_id
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/<pid>/stat: a recycled pid has another
  bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity this_process();

enum class Liveness { alive, dead, elsewhere };  // elsewhere: another host; nothing can be said
Liveness liveness_of(const ProcessIdentity& process);

// "host/boot/pid/ticks" and back.
std::string to_text(const ProcessIdentity& process);
Result<ProcessIdentity> process_from_text(std::string_view text);

}  // namespace batchd
