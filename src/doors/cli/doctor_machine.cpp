// doctor: this machine. Config, state directory, disk, databases.

#include <fmt/format.h>

#include "doors/cli/doctor.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/terminal.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint64_t free_bytes_min = 1'000'000'000;  // a run of a million rows takes about that

void check_disk(const Path& folder, DoctorReport& report) {
  Path existing = folder;
  while (!path_exists(existing) && existing.has_relative_path())
    existing = existing.parent_path();
  const auto is_remote = is_on_network_file_system(existing);
  const auto free = free_disk_bytes(existing);
  if (!is_remote || !free) return report.wrong("state", (is_remote ? free.error() : is_remote.error()).message);
  if (*is_remote)
    return report.wrong("state", fmt::format("{} is on a network file system", folder.string()),
                        "SQLite cannot keep its promises there; give a local one with --state-dir or state_dir");
  if (*free < free_bytes_min)
    return report.wrong("disk", fmt::format("{} free in {}", format_bytes(*free), existing.string()),
                        "requests and answers of a run are kept there; make room before the next");
  report.fine("state", fmt::format("{}: a local disk, {} free{}", folder.string(), format_bytes(*free),
                                   existing == folder ? "" : "; nothing has run yet"));
}

std::optional<runner::KnownRuns> check_database(const Path& folder, bool simulated, DoctorReport& report) {
  const auto file = folder / "batchd.db";
  if (!path_exists(file)) return runner::KnownRuns{};
  auto store = store::Store::open(file, store::Mode::read_only);
  if (!store) return report.wrong("database", store.error().message, store.error().hint), std::nullopt;
  if (auto sound = (*store)->check_integrity(); !sound)
    return report.wrong("database", sound.error().message, sound.error().hint), std::nullopt;
  auto known = runner::known_runs(**store, "");
  if (!known) return report.wrong("database", known.error().message, known.error().hint), std::nullopt;
  std::uint64_t unfinished = 0;
  for (const auto& [id, run] : *known)
    unfinished += is_unfinished(run.run) ? 1 : 0;
  report.fine("database", fmt::format("{} is whole: {}{}, {} unfinished", file.string(), counted(known->size(), "run"),
                                      simulated ? " (simulated)" : "", format_count(unfinished)));
  return std::move(*known);
}

}  // namespace

std::optional<runner::KnownRuns> check_machine(const job::Config& config, DoctorReport& report) {
  if (config.file.empty()) {
    report.note("config", "none was found; the built-in providers and the usual state directory are used");
  } else {
    report.fine("config", config.file.string());
  }
  check_disk(config.state_folder, report);
  (void)check_database(state_folder_of(config, true), true, report);
  return check_database(state_folder_of(config, false), false, report);
}

}  // namespace batchd::cli
