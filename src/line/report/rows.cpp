#include "line/report/rows.hpp"

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/report/row_source.hpp"
#include "line/report/row_walk.hpp"

namespace batchd::report {
namespace {

// A row of results.jsonl is an object on one line. Anything else means that the store and the files have parted, and
// must not get out as a result.
bool is_row(std::string_view row) {
  return row.size() >= 2 && row.front() == '{' && row.back() == '}' && row.find('\n') == std::string_view::npos;
}

// What a run that stopped early says of an item nobody has asked about: the same keys, and nothing known.
class PendingRow {
 public:
  explicit PendingRow(const Request& request) : request_(request) {}

  Result<std::string_view> of(const RowRef& ref, std::string_view input) {
    const auto parsed = document_.parse(input, {.duplicate_keys_are_errors = false});
    if (!parsed) return parsed.error().within(fmt::format("the input row of item {}", ref.sequence));
    row_.clear();
    json::Writer row(row_);
    row.begin_object();
    write_id(row.key("id"), parsed->at_pointer(request_.job.input.id));
    row.key("status").string(name_of(ref.status));
    for (const std::string_view unknown : {"reason", "output", "raw", "error"})
      row.key(unknown).null();
    row.key("included").begin_object();
    for (const std::string& name : request_.job.output.include) {
      const json::View field = parsed->find(name);
      field ? row.key(name).value(field) : row.key(name).null();
    }
    row.end_object();
    row.key("model").null();
    row.key("prompt_version");
    request_.job.prompt_version ? row.string(*request_.job.prompt_version) : row.null();
    row.key("prompt_sha").string(request_.run.prompt_sha);
    row.key("lane").null().key("attempts").unsigned_integer(0);
    row.key("reused_from").null().key("finish_reason").null();
    row.key("usage").begin_object();
    for (const std::string_view tokens : {"input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens"})
      row.key(tokens).unsigned_integer(0);
    row.end_object();
    for (const std::string_view unknown : {"cost", "request_id", "custom_id", "batch_id"})
      row.key(unknown).null();
    row.key("simulated").boolean(request_.run.simulated);
    row.end_object();
    return std::string_view(row_);
  }

 private:
  static void write_id(json::Writer& row, json::View id) {
    if (const auto text = id.as_string()) {
      row.string(*text);
    } else if (const auto number = id.as_number_text()) {
      row.string(*number);
    } else {
      row.null();
    }
  }

  const Request& request_;
  json::Document document_;
  std::string row_;
};

class RowCopier {
 public:
  RowCopier(const Request& request, FileWriter results, FileWriter failures)
      : request_(request),
        results_(std::move(results)),
        failures_(std::move(failures)),
        rows_(request.state_folder),
        inputs_(request.state_folder),
        pending_(request) {}

  Status copy(const RowRef& ref) {
    if (ref.sequence <= last_sequence_) {
      return Error{ErrorKind::internal,
                   fmt::format("item {} comes after item {}: results must be in order", ref.sequence, last_sequence_)};
    }
    last_sequence_ = ref.sequence;
    count(ref);
    const bool needs_input = ref.status != model::ItemStatus::succeeded;
    std::string_view input = "null";
    if (needs_input && ref.input) {
      const auto read = inputs_.read(ref.input);
      if (!read) return read.error();
      input = *read;
    }
    const auto row = ref.row ? rows_.read(ref.row) : pending_.of(ref, input);
    if (!row) return row.error();
    if (!is_row(*row)) {
      return Error{ErrorKind::io,
                   fmt::format("{} holds no result at byte {}, where the one of item {} should be: it was changed",
                               (request_.state_folder / ref.row.file).string(), ref.row.offset, ref.sequence),
                   "`batchd verify` recounts the run from the provider's own files."};
    }
    if (auto written = write_line(results_, *row); !written) return written;
    return needs_input ? write_failure(*row, input) : Status{};
  }

  Result<Copied> finish() {
    if (auto done = results_.finish(); !done) return done.error();
    if (auto done = failures_.finish(); !done) return done.error();
    return copied_;
  }

 private:
  void count(const RowRef& ref) {
    ++copied_.rows;
    switch (ref.status) {
      case model::ItemStatus::succeeded:
        ++copied_.succeeded;
        break;
      case model::ItemStatus::failed:
        ++copied_.failed;
        break;
      case model::ItemStatus::pending:
      case model::ItemStatus::submitted:
        ++copied_.pending;
        break;
    }
  }

  static Status write_line(FileWriter& to, std::string_view row) {
    if (auto written = to.write(row); !written) return written;
    return to.write("\n");
  }

  // The result's keys, then `input`: the row goes in before the final brace.
  Status write_failure(std::string_view row, std::string_view input) {
    failure_.assign(row.substr(0, row.size() - 1));
    failure_ += row.size() > 2 ? R"(,"input":)" : R"("input":)";
    failure_ += input;
    failure_ += '}';
    return write_line(failures_, failure_);
  }

  const Request& request_;
  FileWriter results_;
  FileWriter failures_;
  RowSources rows_;
  RowSources inputs_;
  PendingRow pending_;
  std::string failure_;
  std::uint64_t last_sequence_ = 0;
  Copied copied_;
};

}  // namespace

Result<Copied> copy_rows(const Request& request, const Path& folder) {
  auto results = FileWriter::create(folder / "results.jsonl");
  if (!results) return results.error();
  auto failures = FileWriter::create(folder / "failures.jsonl");
  if (!failures) return failures.error();
  RowCopier copier(request, std::move(*results), std::move(*failures));
  if (auto walked = walk(request.rows, [&](const RowRef& ref) { return copier.copy(ref); }); !walked)
    return walked.error();
  return copier.finish();
}

}  // namespace batchd::report
