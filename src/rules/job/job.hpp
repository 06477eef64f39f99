#pragma once
// YAML -> JobSpec and Config. The YAML is walked into JSON text with a map of JSON Pointer to line:column; the embedded
// job.schema.json and config.schema.json are the judge (the same files editors use); then what a schema cannot say.
// All complaints at once: `jobs/x.yaml:12:5: unknown key "promt_version"; did you mean "prompt_version"?`.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/money.hpp"
#include "rules/model/provider_spec.hpp"
#include "rules/model/retention.hpp"
#include "rules/model/serve_spec.hpp"

namespace batchd::job {

struct Complaint {
  std::string file;  // as the user named it
  int line = 0;      // from 1; 0: the whole file
  int column = 0;
  std::string message;  // with its suggestion
  bool is_warning = false;
  std::string text() const;  // "file:line:column: message"
};

// The environment, handed in.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment system_environment();

struct Config {
  Path file;                                             // empty: none was found
  Path state_folder;                                     // absolute
  std::map<std::string, model::ProviderSpec> providers;  // built in ones, overlaid by the file's
  std::vector<model::Price> prices;
  model::ServeSpec serve;
  model::Retention retention;             // nothing: for good
  std::vector<std::string> not_in_force;  // keys that are checked but do nothing yet, e.g. "retention.ledger"
  // The price that fits, by provider and model; nothing when none is known.
  std::optional<model::Price> price_of(std::string_view provider, std::string_view model) const;
};

struct ConfigOptions {
  std::optional<Path> file;          // --config
  std::optional<Path> job_file;      // where the search begins
  std::optional<Path> state_folder;  // --state-dir
  Path current_folder;
  Environment environment;
  Path system_folder = "/etc/batchd";  // where the search ends
};
struct LoadedConfig {
  Config config;
  std::vector<Complaint> complaints;  // errors: config is not to be used
  bool ok() const;
};
LoadedConfig load_config(const ConfigOptions& options);

struct JobOptions {
  Environment environment;
  std::vector<std::pair<std::string, std::string>> set;  // --set request.model=X (dotted path, YAML scalar)
  std::optional<Path> input;                             // --input: a file, a pattern or "-"
  std::optional<std::uint64_t> limit;
  std::optional<model::Sample> sample;
  std::string run_date;             // YYYY-MM-DD: what ${run.date} stands for
  bool date_was_given = false;      // by --date, which then must change something
  std::optional<std::string> text;  // in place of the file's: as it was read before
  bool config_is_sound = true;      // false: a provider that is not known may be one the config failed to say
};
struct LoadedJob {
  model::JobSpec job;
  std::vector<Complaint> complaints;
  bool ok() const;
};
// `shown`: the path as the user typed it, for messages. Reads the schema files named in it; compiles them and the
// template once, so that a fault in them is a complaint with its place.
// An input of "-" (standard input) keeps that path: whoever runs the job puts a file in its place.
LoadedJob load_job(const Path& file, std::string_view shown, const Config& config, const JobOptions& options);

// A job without a file: `batchd run requests.jsonl --provider NAME`. The YAML it amounts to is made here, and stands
// in JobSpec::yaml; it is judged as if it had been written, --set included.
struct RequestsJob {
  Path input;         // absolute: a file, a pattern, or "-"
  std::string shown;  // as the user typed it
  Path folder;        // absolute: what a relative path in --set is relative to
  std::string name;
  std::string provider;
  std::string endpoint;
  Path output;  // absolute
};
LoadedJob load_requests_job(const RequestsJob& requests, const Config& config, const JobOptions& options);
// A job's name made of a file's: "nightly run.jsonl.gz" is "nightly-run"; standard input's is "stdin".
std::string job_name_of(const Path& requests);

// All complaints as lines, errors first; what Error::message holds when loading failed.
std::string to_text(const std::vector<Complaint>& complaints);

// A JobSpec as JSON text and back: what a run keeps, so that it goes on as it began whatever happens to the files.
std::string freeze(const model::JobSpec& job);
Result<model::JobSpec> thaw(std::string_view frozen);

// An unfinished run goes on as it was frozen; of today's job only what may change on the way is taken (contract.md).
model::JobSpec frozen_with_todays(model::JobSpec frozen, const model::JobSpec& today);

// What differs, in the user's words: {"request.model", "input.path"}; only provider, endpoint, input, request,
// output.schema, output.take and output.structured. Not what of the input is read (--limit, --sample).
std::vector<std::string> differences(const model::JobSpec& then, const model::JobSpec& now);
// What else an unfinished run keeps as it began, although it is not asked anything else: output.path, output.include,
// output.formats, prompt_version. Rows may have been judged and written by the old ones already.
std::vector<std::string> differences_in_results(const model::JobSpec& then, const model::JobSpec& now);

}  // namespace batchd::job
