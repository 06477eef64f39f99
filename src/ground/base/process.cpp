#include "ground/base/process.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

namespace batchd {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unnamed";
  return name.front() == '\0' ? "unnamed" : name.data();
}

// Empty where /proc does not tell: then equal to every other empty one, and the start time decides.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

struct ProcessState {
  char state = '?';  // R S D Z X …
  std::uint64_t start_ticks = 0;
};

std::optional<ProcessState> state_of(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // Field 2 is the command in brackets and may hold blanks and brackets of its own: count from the last one.
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(bracket + 1));
  ProcessState result;
  fields >> result.state;
  std::string skipped;
  for (int field = 4; field < 22; ++field)
    fields >> skipped;
  fields >> result.start_ticks;
  if (!fields) return std::nullopt;
  return result;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [after, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && after == text.data() + text.size() && !text.empty();
}

}  // namespace

ProcessIdentity this_process() {
  const std::int64_t pid = ::getpid();
  const auto state = state_of(pid);
  return {.host = host_name(), .boot_id = boot_id(), .pid = pid, .start_ticks = state ? state->start_ticks : 0};
}

Liveness liveness_of(const ProcessIdentity& process) {
  if (process.host != host_name()) return Liveness::elsewhere;
  if (process.boot_id != boot_id()) return Liveness::dead;  // the machine has been started anew since
  if (process.pid <= 0) return Liveness::dead;
  // Signal 0 only asks. EPERM means that somebody else's process has the number: it exists, the start time tells more.
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return Liveness::dead;
  const auto state = state_of(process.pid);
  if (!state) return Liveness::dead;
  // Killed but not yet collected by its parent: it holds a number and does nothing any more.
  if (state->state == 'Z' || state->state == 'X') return Liveness::dead;
  return state->start_ticks == process.start_ticks ? Liveness::alive : Liveness::dead;
}

std::string to_text(const ProcessIdentity& process) {
  return fmt::format("{}/{}/{}/{}", process.host, process.boot_id, process.pid, process.start_ticks);
}

Result<ProcessIdentity> process_from_text(std::string_view text) {
  const auto bad = [&] {
    return Error(ErrorKind::invalid, fmt::format("\"{}\" names no process", text.substr(0, 80)),
                 "The form is host/boot/pid/ticks.");
  };
  std::array<std::string_view, 4> parts;
  std::string_view rest = text;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return bad();
    parts[i] = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
  }
  parts[3] = rest;
  ProcessIdentity process{.host = std::string(parts[0]), .boot_id = std::string(parts[1])};
  if (parts[0].empty() || !parse_number(parts[2], process.pid) || !parse_number(parts[3], process.start_ticks))
    return bad();
  return process;
}

}  // namespace batchd
