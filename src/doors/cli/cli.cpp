#include "doors/cli/cli.hpp"

#include <csignal>
#include <iostream>

#include <fcntl.h>
#include <unistd.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/exit_codes.hpp"

namespace batchd::cli {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

template <typename... Options>
bool is_any_of(const Command& command) {
  return (std::holds_alternative<Options>(command) || ...);
}

// A closed connection is an error to handle and a closed pipe no reason to leave work half-done. What only tells ends
// quietly when nobody listens any more (`batchd results RUN | head`), as cat does.
bool must_survive_pipes(const Command& command) {
  const bool only_tells =
      is_any_of<ValidateOptions, PlanOptions, StatusOptions, RunsOptions, WatchOptions, ItemsOptions, ShowOptions,
                ResultsOptions, VerifyOptions, LogOptions, SchemaOptions, CompleteOptions>(command);
  return !only_tells;
}

// A file opened where a standard stream is missing would be taken for it: an error message within a database.
void fill_missing_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  fill_missing_streams();
  std::signal(SIGPIPE, SIG_DFL);  // whatever the parent did with it
  auto parsed = parse_command_line(argc, argv);
  if (const auto* printed = std::get_if<Printed>(&parsed)) {
    (printed->exit_code == 0 ? std::cout : std::cerr) << printed->text << std::flush;
    return printed->exit_code;
  }
  const auto& line = std::get<CommandLine>(parsed);
  const auto& global = line.global;
  if (must_survive_pipes(line.command)) std::signal(SIGPIPE, SIG_IGN);
  const int code = std::visit(Overloaded{
                                  [&](const RunOptions& options) { return run_command(global, options); },
                                  [&](const ValidateOptions& options) { return validate_command(global, options); },
                                  [&](const PlanOptions& options) { return plan_command(global, options); },
                                  [&](const StatusOptions& options) { return status_command(global, options); },
                                  [&](const RunsOptions& options) { return runs_command(global, options); },
                                  [&](const WatchOptions& options) { return watch_command(global, options); },
                                  [&](const ItemsOptions& options) { return items_command(global, options); },
                                  [&](const ShowOptions& options) { return show_command(global, options); },
                                  [&](const ResultsOptions& options) { return results_command(global, options); },
                                  [&](const ResumeOptions& options) { return resume_command(global, options); },
                                  [&](const RetryOptions& options) { return retry_command(global, options); },
                                  [&](const CancelOptions& options) { return cancel_command(global, options); },
                                  [&](const ResolveOptions& options) { return resolve_command(global, options); },
                                  [&](const PauseOptions& options) { return pause_command(global, options); },
                                  [&](const UnpauseOptions& options) { return unpause_command(global, options); },
                                  [&](const VerifyOptions& options) { return verify_command(global, options); },
                                  [&](const LogOptions& options) { return log_command(global, options); },
                                  [&](const DoctorOptions& options) { return doctor_command(global, options); },
                                  [&](const PruneOptions& options) { return prune_command(global, options); },
                                  [&](const BackupOptions& options) { return backup_command(global, options); },
                                  [&](const SchemaOptions& options) { return schema_command(global, options); },
                                  [&](const ServeOptions& options) { return serve_command(global, options); },
                                  [&](const TokenOptions& options) { return token_command(global, options); },
                                  [&](const SimulateOptions& options) { return simulate_command(global, options); },
                                  [&](const InitOptions& options) { return init_command(global, options); },
                                  [&](const CompleteOptions& options) { return complete_command(global, options); },
                              },
                              line.command);
  // What could not be written was not said, whatever the command achieved.
  std::cout.flush();
  if (std::cout.good()) return code;
  std::cerr << "error: standard output could not be written\n";
  return code == 0 ? exit_internal : code;
}

}  // namespace batchd::cli
