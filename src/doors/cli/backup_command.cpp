// backup: a copy of the database, taken while others work.

#include <iostream>

#include <fmt/format.h>

#include "core/store/backup.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {

int backup_command(const GlobalOptions& global, const BackupOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  const auto database = config->state_folder / "batchd.db";
  const auto target = std::filesystem::absolute(options.file).lexically_normal();
  const auto now = SystemClock().now();
  const auto made = store::back_up(database, target, now);
  if (!made) return show_error(global, made.error());
  if (global.json) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object().key("type").string("backup").key("time").string(format_utc(now, true));
    writer.key("file").string(target.string()).key("bytes").unsigned_integer(made->bytes);
    writer.key("jobs_paused").unsigned_integer(made->jobs_paused).end_object();
    std::cout << line << std::endl;
  }
  say(global, LogLevel::info,
      fmt::format("{}: {} of {}, as it was at {}.\n"
                  "  It holds what was asked, answered and paid, not the files in spool/ and answers/.\n"
                  "  Put in the place of {}, with none of batchd.db-wal and batchd.db-shm beside it,\n"
                  "  it has {} paused: `batchd doctor` shows what was submitted since, `batchd unpause JOB` goes on "
                  "and takes that "
                  "over.",
                  target.string(), format_bytes(made->bytes), database.string(), format_utc(now), database.string(),
                  counted(made->jobs_paused, "job")));
  return exit_ok;
}

}  // namespace batchd::cli
