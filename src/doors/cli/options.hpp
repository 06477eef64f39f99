#pragma once
// What the command line said, as values. command_line.cpp is the only place that knows CLI11.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/log.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::cli {

struct GlobalOptions {
  std::optional<Path> config;     // --config
  std::optional<Path> state_dir;  // --state-dir
  bool json = false;              // --json
  bool quiet = false;             // -q
  bool verbose = false;           // -v
  LogFormat log_format = LogFormat::text;
  bool color = true;         // not --no-color, not NO_COLOR
  bool force_color = false;  // CLICOLOR_FORCE: also where no terminal is
};

// What run, plan and validate share.
struct JobArguments {
  Path file;                                             // a job file, a file of requests, or "-"
  std::vector<std::pair<std::string, std::string>> set;  // --set path=value
  std::optional<Path> input;                             // --input: a file, a pattern or "-"
  std::optional<std::uint64_t> limit;                    // --limit
  std::optional<model::Sample> sample;                   // --sample
  std::optional<std::string> date;                       // --date: YYYY-MM-DD, a day there is
  // For a file of requests.
  std::optional<std::string> provider;  // --provider
  std::optional<std::string> name;      // --name
  std::optional<Path> output;           // --output
};

// Rehearsal: the simulator in this process.
struct SimulatorArguments {
  std::uint64_t seed = 1;                                   // --seed
  std::vector<std::pair<std::string, std::string>> faults;  // --fault NAME=VALUE
};

struct RunOptions {
  JobArguments job;
  std::optional<std::string> key;  // --key
  bool new_run = false;            // --new
  std::string adopt;               // --adopt: a run of another state directory whose batches are taken over
  bool no_wait = false;            // --no-wait: returns when everything that may be in flight is
  bool plan_only = false;          // -n
  bool simulate = false;           // --simulate
  SimulatorArguments simulator;
  std::optional<Duration> give_up_after;  // --give-up-after
};
struct ValidateOptions {
  std::vector<Path> files;
  JobArguments job;  // for each of them; without input, limit and sample
};
struct PlanOptions {
  JobArguments job;
};
struct StatusOptions {
  std::string run;  // "": the newest runs of every job
};
struct RunsOptions {
  std::string job;
  std::uint32_t limit = 20;
};
struct WatchOptions {
  std::string run;
  bool exit_status = false;
};
struct ItemsOptions {
  std::string run;
  std::string status;
  std::string reason;
  std::uint32_t limit = 100;
};
struct ShowOptions {
  std::string run;
  std::string item;  // an item id, "#sequence" or a custom_id
};
struct ResultsOptions {
  std::string run;
  std::optional<Path> output;    // -o; else standard output
  std::string format = "jsonl";  // --format: of report/formats.hpp
};
struct ResumeOptions {
  std::string run;  // "": the newest unfinished one
  std::optional<Duration> give_up_after;
};
struct RetryOptions {
  std::string run;
  std::vector<std::string> reasons;  // --reason; none: what may pass the second time
  std::optional<Duration> give_up_after;
};
struct CancelOptions {
  std::string run;
};
struct ResolveOptions {
  std::string run;
  std::uint32_t shard = 0;
  std::optional<std::string> adopt;  // --adopt BATCH
  bool resubmit = false;
  bool fail = false;
  bool yes = false;
  std::optional<Duration> give_up_after;
};
struct PauseOptions {
  std::string target;                   // a run or a job; "": none
  std::optional<std::string> provider;  // --provider
};
struct UnpauseOptions : PauseOptions {};
struct VerifyOptions {
  std::string run;
};
struct LogOptions {
  std::string run;
  std::uint32_t limit = 1'000'000;
};
struct DoctorOptions {
  std::vector<std::string> ids;        // batches and files to act on; none: all that carry batchd's mark
  std::vector<std::string> providers;  // --provider; none: those that have a key
  bool adopt = false;
  bool cancel = false;
  bool remove = false;  // --delete
  bool yes = false;
  bool probe = false;
};
struct PruneOptions {
  bool dry_run = false;   // -n
  bool reusable = false;  // --reusable: answers that reuse copies from, too
};
struct BackupOptions {
  Path file;
};
struct SchemaOptions {
  Path schema;
  std::vector<Path> files;                            // of JSONL; "-" is standard input
  std::vector<std::pair<std::string, Path>> map_uri;  // --map-uri PREFIX=DIR
  bool assert_formats = false;                        // --formats assert
};
struct ServeOptions {
  std::optional<Path> jobs;         // --jobs: the folder of job files
  std::vector<std::string> listen;  // --listen HOST:PORT or unix:PATH, several times
};
struct SimulateOptions {
  std::string listen = "127.0.0.1:0";
  std::optional<Path> state;
  std::optional<Path> journal;
  SimulatorArguments simulator;
  bool list_faults = false;
};
struct InitOptions {
  std::string name;
  Path folder = ".";  // --dir
};
// For the shells' completion scripts: what may stand here?
struct TokenOptions {
  std::string what;                 // create, list, revoke
  std::string name;                 // of create and revoke
  std::vector<std::string> scopes;  // --scope
  std::optional<Duration> expires_in;
};
struct CompleteOptions {
  std::string what;                // "runs" or "jobs"
  std::vector<std::string> words;  // the line so far: --config and --state-dir are looked for in it
};

using Command =
    std::variant<RunOptions, ValidateOptions, PlanOptions, StatusOptions, RunsOptions, WatchOptions, ItemsOptions,
                 ShowOptions, ResultsOptions, ResumeOptions, RetryOptions, CancelOptions, ResolveOptions, PauseOptions,
                 UnpauseOptions, VerifyOptions, LogOptions, DoctorOptions, SchemaOptions, ServeOptions, TokenOptions,
                 SimulateOptions, InitOptions, CompleteOptions, PruneOptions, BackupOptions>;

struct CommandLine {
  GlobalOptions global;
  Command command;
};

// The command line, or what to print and the exit code (help and version: 0, a usage error: 2).
struct Printed {
  std::string text;
  int exit_code = 0;
};
std::variant<CommandLine, Printed> parse_command_line(int argc, const char* const* argv);

}  // namespace batchd::cli
