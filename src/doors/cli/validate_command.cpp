#include <iostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint64_t rows_looked_at = 100;

void show_rows_at_fault(const model::JobSpec& job, const prepare::Renderer& renderer) {
  for (const auto& complaint : renderer.complaints()) {
    std::cerr << fmt::format("{}:{}: {}{}\n", job.input.path_as_written, complaint.line,
                             complaint.id.empty() ? "" : complaint.id + ": ", complaint.message);
  }
}

// Judges and renders the first rows; nothing is written.
int check_first_rows(const GlobalOptions& global, const LoadedAll& loaded, std::uint64_t& rows) {
  const auto& provider = loaded.config.providers.at(loaded.job.provider);
  prepare::Renderer::Options options;
  options.rows_max = rows_looked_at;
  std::error_code fault;
  if (!std::filesystem::exists(loaded.job.input.path, fault)) {
    return show_error(
        global, Error(ErrorKind::invalid, fmt::format("the input {} does not exist", loaded.job.input.path_as_written),
                      fmt::format("looked for {}", loaded.job.input.path.string())));
  }
  auto renderer = prepare::Renderer::open(loaded.job, provider, {}, options);
  if (!renderer) return show_error(global, renderer.error());
  prepare::Block block;
  while (!block.at_end) {
    if (auto next = renderer->next(block); !next) return show_error(global, next.error());
  }
  rows = renderer->tally().rows;
  show_rows_at_fault(loaded.job, *renderer);
  if (auto verdict = renderer->verdict(); !verdict) return show_error(global, verdict.error());
  return exit_ok;
}

void print_json(const Path& file, const LoadedAll& loaded, std::uint64_t rows) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("validated").key("time").string(format_utc(SystemClock().now(), true));
  writer.key("file").string(file.string()).key("job").string(loaded.job.name).key("rows").unsigned_integer(rows);
  writer.key("not_in_force").begin_array();
  for (const auto& key : loaded.job.not_in_force)
    writer.string(key);
  writer.end_array().end_object();
  std::cout << line << std::endl;
}

int validate_one(const GlobalOptions& global, const Path& file) {
  JobArguments arguments;
  arguments.file = file;
  const auto loaded = load_all(global, arguments);
  if (!loaded) return exit_usage;
  std::uint64_t rows = 0;
  if (const int code = check_first_rows(global, *loaded, rows); code != exit_ok) return code;
  if (global.json) {
    print_json(file, *loaded, rows);
    return exit_ok;
  }
  if (global.quiet) return exit_ok;
  const Style style(global.color && is_terminal(1));
  std::cout << fmt::format("{} {}: job, schemas, template and the first {} are fine\n", style.green("ok"),
                           file.string(), counted(rows, "row"));
  if (!loaded->job.not_in_force.empty()) {
    std::cout << fmt::format("   read but not in force yet: {}\n", fmt::join(loaded->job.not_in_force, ", "));
  }
  return exit_ok;
}

}  // namespace

int validate_command(const GlobalOptions& global, const ValidateOptions& options) {
  int worst = exit_ok;
  for (const auto& file : options.files)
    worst = std::max(worst, validate_one(global, file));
  return worst;
}

}  // namespace batchd::cli
