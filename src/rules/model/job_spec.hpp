#pragma once
// What a job says, as values. Made by rules/job from YAML, or by anyone else without YAML. Relative paths are already
// resolved, secrets are never in it, texts of schema files are: a JobSpec can be frozen and thawed years later.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/file_text.hpp"
#include "ground/base/files.hpp"
#include "rules/model/money.hpp"
#include "rules/model/notice.hpp"
#include "rules/model/schedule_spec.hpp"

namespace batchd::model {

struct SchemaText {
  Path path;                             // where it was read, for messages and references between files
  std::string text;                      // JSON
  std::vector<FileText> documents = {};  // other files it refers to, directly or through others
};

enum class InputFormat {
  rows,      // JSONL: one object a line
  csv,       // RFC 4180 with a header row: a row is an object of texts
  requests,  // JSONL: each line is a Batch API request of the caller's own; its custom_id is the id
};
enum class OnInvalid { fail, skip };
enum class OnDuplicate { fail, first, last };
enum class OnEmpty { fail, succeed };
enum class Structured { automatic, json_schema, json_object, off };
enum class Take { content, tool_arguments, embedding, body };
enum class FormatCheck { annotate, assert_them };

// --sample: so many rows, one drawn from each of as many equal stretches of the input.
struct Sample {
  std::uint64_t rows = 0;
  std::uint64_t seed = 1;
};

inline constexpr std::string_view standard_input = "-";  // as input.path and --input say it

struct InputSpec {
  Path path;  // absolute: a file, or a pattern for several (glob(7)); whether one is compressed its
              // first bytes tell. Standard input is a file by now
  std::string path_as_written;
  InputFormat format = InputFormat::rows;
  std::string row_pointer;  // where in a line the row stands: "/input" of our own failures.jsonl; "": it is all of it
  std::string id;           // JSON Pointer (a plain field name is turned into one); of requests "/custom_id"
  std::optional<SchemaText> schema;
  OnInvalid on_invalid = OnInvalid::fail;
  OnDuplicate on_duplicate = OnDuplicate::fail;
  OnEmpty on_empty = OnEmpty::fail;
  std::uint64_t max_row_bytes = 16'000'000;
  std::optional<std::uint64_t> limit;  // --limit: only the first so many rows
  std::optional<Sample> sample;        // of these, when both are said
  bool is_sample() const { return limit || sample; }
  bool is_standard_input() const { return path_as_written == standard_input; }
  std::string name() const { return is_standard_input() ? "standard input" : path_as_written; }  // for people
};

struct OutputSpec {
  std::optional<SchemaText> schema;
  Structured structured = Structured::automatic;
  Take take = Take::content;
  FormatCheck formats = FormatCheck::annotate;
  std::vector<std::string> include;  // top-level fields of the row
  Path path;                         // absolute folder; one sub-folder a run
};

struct BatchSpec {
  std::string completion_window = "24h";      // as the provider is told
  std::optional<std::uint64_t> max_requests;  // else the provider's limit
  std::optional<std::uint64_t> max_bytes;
  std::uint32_t max_batches_in_flight = 8;
};

struct RetryPolicy {  // `recover`
  std::uint32_t attempts = 1;
  bool reask = false;
  struct Rung {
    std::string model;
    std::uint32_t after = 0;
  };
  std::vector<Rung> escalate;
};

// --simulate: what the rehearsal's world was told, so that it goes on as it began.
struct Rehearsal {
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> faults;  // NAME, VALUE
};

struct JobSpec {
  std::string name;
  std::string description;
  std::string provider;  // a key of the config
  std::string endpoint;  // "/v1/chat/completions"
  InputSpec input;
  std::optional<std::string> prompt_version;  // the user's label
  std::string request;                        // JSON text; its strings are templates
  OutputSpec output;
  BatchSpec batch;
  double min_success = 1.0;
  std::map<std::string, std::string> labels;
  bool reuse = false;
  RetryPolicy recover;
  std::optional<Budget> budget;
  std::optional<ScheduleSpec> schedule;
  std::vector<NotifyTarget> notify;
  std::string deadline;                   // JSON text of the block, "" when absent
  std::vector<std::string> not_in_force;  // keys that are checked but do nothing yet, e.g. "schedule"
  std::string run_date;                   // what ${run.date} stood for, "2026-11-23"; "": no path of the job uses it
  std::optional<Rehearsal> rehearsal;     // of a rehearsed run
  Path file;                              // the job file; empty when there was none
  std::string yaml;                       // its text as read, for job.yaml among the results
};

}  // namespace batchd::model
