#pragma once
// Rows in, shards out, in two steps of values:
//
//   Renderer::next()  ->  Block {rows judged and rendered}   ...   Cutter::add(block, reused)  ->  shard files
//
// Between them the runner may ask the store which requests are answered already and names them `reused`. Both steps are
// synchronous and may run on two threads, one block apart: all a Cutter needs travels in the block. Local files only;
// nothing is sent before the last row has been judged.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/result.hpp"
#include "rules/model/item.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/provider_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::prepare {

// A pattern may match so many files, no more.
inline constexpr std::size_t input_files_max = 10'000;

// The files the input names: one, or those that match its pattern (glob(7), by name, bytewise); a path that exists as
// it is written is no pattern. Nothing is read. invalid, with the sentence for the user: a missing file, a pattern
// without a match, anything but regular files, too many of them.
Result<std::vector<Path>> input_paths(const model::InputSpec& input);
// Reads each of them once for its hash (XXH3 of its bytes as stored); identity by size, mtime, inode. invalid: as
// input_paths(), or one may not be read. io: the disk failed.
Result<std::vector<model::InputFile>> identify(const model::InputSpec& input);
// The same file by size, mtime and inode, without reading it.
bool is_same_file(const model::InputFile& known, const FileIdentity& now);

// The fingerprint of what is asked of whom: provider, endpoint, request, output schema, take and structured. Hex.
std::string ask_hash(const model::JobSpec& job);
// The run's key when the user gave none: ask_hash and the inputs' hashes (and --limit, --sample). Hex, 32 digits.
std::string default_key(const model::JobSpec& job, const std::vector<model::InputFile>& inputs);
// What makes an answer to the same body the same result: provider, endpoint, output schema, take and formats. Hex.
std::string answer_rule(const model::JobSpec& job);
std::string prompt_sha(const model::JobSpec& job);  // SHA-256 of the canonical request, 64 hex digits

// format: csv, as its header says. For plan.
struct CsvLayout {
  char separator = ',';  // ',', ';' or '\t'
  std::vector<std::string> columns;
};
// Of the first file that has a header; no columns when none has. invalid: a header that cannot be used.
Result<CsvLayout> csv_layout(const model::InputSpec& input);
// format: requests: the url of the first line that has one, which then is the job's endpoint. invalid: there is none
// among the first so many.
Result<std::string> endpoint_of_requests(const model::InputSpec& input);

// How answers are asked to be JSON: json_schema, json_object or off. `automatic` is settled here: off without a schema;
// json_schema where the profile is known to understand it (openai), else json_object. Not said: whether the request
// can take it at all; a response_format of its own wins.
model::Structured structured_in_force(const model::JobSpec& job, const model::ProviderSpec& provider);
// The same with what becomes of the schema on its way, for people.
struct HowAsked {
  model::Structured structured = model::Structured::off;
  bool is_strict = false;                  // json_schema only, as the three that follow
  std::string not_strict_because;          // "/properties/tags: an object whose keys are not listed"
  std::vector<std::string> left_out;       // keywords strict mode does not take: only we hold answers against them
  std::vector<std::string> made_required;  // places of optional properties: strict mode asks for all of them
};
HowAsked how_asked(const model::JobSpec& job, const model::ProviderSpec& provider);
// The request body with what `output.structured` adds (response_format): JSON text whose strings are templates.
// invalid: the job demands json_schema or json_object where there is no such thing to ask for.
Result<std::string> effective_request(const model::JobSpec& job, const model::ProviderSpec& provider);

enum class RowFault : std::uint8_t { invalid_row, duplicate_id, too_large };
std::string_view name_of(RowFault fault);

struct Complaint {
  std::uint64_t line = 0;
  RowFault fault = RowFault::invalid_row;
  std::string id;         // "" when the row has none
  std::string message;    // without file:line
  std::string file = {};  // as people know it: "rows.jsonl", or the one of several the line is in
};

struct Group {  // shards are cut per (model, enable_thinking): at most 16 a run
  std::string model;
  std::string thinking;  // "true", "false" or ""
};

// A thousand rows or so, rendered. Spans point into the block's own buffers.
struct Block {
  struct Row {
    std::uint64_t sequence = 0;                      // of the row in the whole input, from 1; empty lines have none
    std::uint64_t line = 0;                          // in its file, where the row begins
    std::uint32_t group = 0;                         // index into `groups`
    std::uint64_t row_offset = 0, row_length = 0;    // in `rows`
    std::uint64_t body_offset = 0, body_length = 0;  // in `bodies`
    std::uint64_t id_offset = 0, id_length = 0;      // in `ids`
    Hash128 request_key;                             // of the body
  };
  std::string rows;    // input rows as they came; of CSV as objects
  std::string bodies;  // rendered request bodies
  std::string ids;
  std::vector<Row> accepted;
  std::vector<Group> groups;  // all known when the block was full; an index keeps its meaning for the whole run
  bool at_end = false;
};

struct Tally {
  std::uint64_t rows = 0;  // judged: with --sample those that were drawn
  std::uint64_t rejected = 0;
  std::uint64_t items = 0;
  std::uint64_t bytes_read = 0;           // as stored, of all files
  std::uint64_t by_fault[3] = {0, 0, 0};  // RowFault
  std::uint64_t long_requests = 0;        // items whose line is longer than the provider's warn_line_bytes
};

class Renderer {
 public:
  static constexpr std::size_t block_rows_max = 1'024;
  static constexpr std::size_t block_bytes_max = 4 << 20;  // one row may exceed it
  static constexpr std::size_t complaints_max = 100;       // kept for the terminal; rejected.jsonl has all
  static constexpr std::size_t groups_max = 16;

  struct Options {
    Path rejected_file;          // rejected.jsonl is written here as rows are judged; "" : not written (plan, validate)
    std::uint64_t rows_max = 0;  // 0: all (validate looks at the first rows only)
  };
  // Compiles template and input schema; of CSV it reads the headers. `inputs` as identify() gave them: a file that
  // changed since or vanished is an error (invalid) when its end is reached. Without `inputs` nobody minds.
  static Result<Renderer> open(const model::JobSpec& job, const model::ProviderSpec& provider,
                               std::vector<model::InputFile> inputs, Options options);
  Renderer(Renderer&&) noexcept;
  Renderer& operator=(Renderer&&) noexcept;
  ~Renderer();

  // The next block; at_end is set on the last one (which may be empty). `block` is reused: its buffers grow once.
  // With on_duplicate: last the first call walks the whole input before, so an input is then read three times; with
  // --sample it counts the rows before that.
  Status next(Block& block);
  // Not while next() runs on another thread: use Block::groups there.
  const std::vector<Group>& groups() const;
  const Tally& tally() const;
  const std::vector<Complaint>& complaints() const;  // the first complaints_max
  // After the end: on_invalid, on_duplicate and on_empty judged. invalid: the sentences for the user, file and line.
  Status verdict() const;
  // After the end: (XXH3-128's low word of the id, sequence), sorted by hash. Moves them out.
  std::vector<model::IdKey> take_ids();

 private:
  struct State;
  explicit Renderer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Cuts by count and bytes into files `<folder>/NNNN.requests.jsonl` and `NNNN.rows.jsonl`, synced before finish()
// returns, and their folders' entries with them. One open shard a group.
class Cutter {
 public:
  struct Options {
    std::string run;       // its ULID: part of every custom_id
    Path state_folder;     // BlobRefs are relative to it
    std::string spool;     // "spool/<run>"
    std::string endpoint;  // url of every line
    std::uint64_t requests_max = 50'000;
    std::uint64_t bytes_max = 200'000'000;  // line ends included. The Renderer has let no longer line through
    std::string reused_outcomes = {};       // the outcome file of all reused rows, relative to the state folder
  };
  static Result<Cutter> create(Options options);
  Cutter(Cutter&&) noexcept;
  Cutter& operator=(Cutter&&) noexcept;
  ~Cutter();

  // Writes the block's rows and appends their Items (in order) to `items`.
  Status add(const Block& block, std::vector<model::Item>& items);
  // The same, but of the rows that are `reused` (one flag an accepted row) no request is written: their input rows go
  // to a shard of the lane "reused", one a group and of any size, collected from the start, their Items to its list.
  Status add(const Block& block, const std::vector<bool>& reused, std::vector<model::Item>& items,
             std::vector<model::Item>& reused_items);
  // The shards by number. Afterwards the Cutter is used up.
  Result<std::vector<model::Shard>> finish();

 private:
  struct State;
  explicit Cutter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace batchd::prepare
