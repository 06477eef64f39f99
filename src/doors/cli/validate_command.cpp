#include <iostream>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/loading.hpp"
#include "doors/cli/standard_input.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint64_t rows_looked_at = 100;

// Judges and renders the first rows; nothing is written. The exit code, all said.
int check_first_rows(const GlobalOptions& global, const LoadedAll& loaded, std::uint64_t& rows) {
  const auto& job = loaded.job;
  prepare::Renderer::Options options;
  options.rows_max = rows_looked_at;
  auto renderer = prepare::Renderer::open(job, loaded.config.providers.at(job.provider), {}, options);
  if (!renderer) return show_error(global, renderer.error());
  prepare::Block block;
  while (!block.at_end) {
    if (auto next = renderer->next(block); !next) return show_error(global, next.error());
  }
  rows = renderer->tally().rows;
  if (auto verdict = renderer->verdict(); !verdict) {
    show_refused_rows(global, {verdict.error(), renderer->complaints(), renderer->tally(), job.input.path_as_written});
    return exit_usage;
  }
  show_rejected_rows(global, LogLevel::warning, job.input.path_as_written, renderer->complaints(),
                     renderer->tally().rejected);
  return exit_ok;
}

void print_json(const Path& file, const LoadedAll& loaded, std::optional<std::uint64_t> rows) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("validated").key("time").string(format_utc(SystemClock().now(), true));
  writer.key("file").string(file.string()).key("job").string(loaded.job.name).key("rows");
  rows ? writer.unsigned_integer(*rows) : writer.null();
  writer.key("not_in_force").begin_array();
  for (const auto& key : loaded.job.not_in_force)
    writer.string(key);
  writer.end_array().end_object();
  std::cout << line << std::endl;
}

void print_text(const GlobalOptions& global, const Path& file, const LoadedAll& loaded,
                std::optional<std::uint64_t> rows) {
  const auto style = canvas_of(global, 1).style;
  if (rows) {
    std::cout << fmt::format("{} {}: schemas, template and the first {} are fine\n", style.green("ok"), file.string(),
                             counted(*rows, "row"));
  } else {
    std::cout << fmt::format("{} {}: schemas and template are fine; standard input is read when it runs\n",
                             style.green("ok"), file.string());
  }
  if (!loaded.job.not_in_force.empty())
    std::cout << fmt::format("   read but not in force yet: {}\n", fmt::join(loaded.job.not_in_force, ", "));
}

// `names`: whose name each job file before this one gave.
int validate_one(const GlobalOptions& global, const JobArguments& arguments, std::map<std::string, Path>& names) {
  const auto& file = arguments.file;
  const auto loaded = load_all(global, arguments, Purpose::validate);
  if (!loaded.all) return loaded.exit_code;
  const auto& job = loaded.all->job;
  int worst = exit_ok;
  const auto [earlier, is_new] = names.emplace(job.name, file);
  if (!is_new && earlier->second != file) {
    worst = show_error(global, Error(ErrorKind::invalid,
                                     fmt::format("{} and {} are both called \"{}\"", earlier->second.string(),
                                                 file.string(), job.name),
                                     "runs go by a job's name: give one of them another"));
  }
  std::optional<std::uint64_t> rows;
  if (!job.input.is_standard_input()) {
    rows = 0;
    if (const int code = check_first_rows(global, *loaded.all, *rows); code != exit_ok) return code;
  }
  if (worst != exit_ok) return worst;
  if (global.json) {
    print_json(file, *loaded.all, rows);
  } else if (!global.quiet) {
    print_text(global, file, *loaded.all, rows);
  }
  return exit_ok;
}

}  // namespace

int validate_command(const GlobalOptions& global, const ValidateOptions& options) {
  int worst = exit_ok;
  std::map<std::string, Path> names;
  for (const auto& file : options.files) {
    auto arguments = options.job;
    arguments.file = file;
    worst = std::max(worst, validate_one(global, arguments, names));
  }
  return worst;
}

}  // namespace batchd::cli
