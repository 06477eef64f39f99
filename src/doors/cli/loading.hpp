#pragma once
// From what was typed to a job that can be used: config, job file or file of requests, standard input.

#include <optional>

#include "doors/cli/options.hpp"
#include "ground/base/files.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

struct LoadedAll {
  job::Config config;
  model::JobSpec job;
  File standard_input;  // open when the job's input is kept in it
};

enum class Purpose {
  run,
  rehearse,  // run --simulate
  plan,      // reads all and writes nothing: standard input is kept in the system's temporary folder
  validate,  // does not read standard input: it belongs to the run
};

struct Loaded {
  std::optional<LoadedAll> all;  // nothing: everything there is to say has been said
  int exit_code = 2;             // then
};

// Shows every complaint of config and job at once, warnings too. The argument is a job file, or, by its name (.jsonl,
// .ndjson, .gz, .zst, -), a file of requests that needs none.
Loaded load_all(const GlobalOptions& global, const JobArguments& arguments, Purpose purpose);

}  // namespace batchd::cli
