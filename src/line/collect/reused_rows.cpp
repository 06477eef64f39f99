#include "line/collect/reused_rows.hpp"

#include "ground/json/writer.hpp"

namespace batchd::collect {
namespace {

// The members of a finished row that are looked at, found in one walk.
struct Fields {
  json::View id, status, output, model, lane, reused_from, finish_reason, request_id, custom_id, batch_id, simulated;
};

Fields fields_of(json::View row) {
  Fields fields;
  for (const auto& [key, value] : row.members()) {
    if (key == "id") fields.id = value;
    if (key == "status") fields.status = value;
    if (key == "output") fields.output = value;
    if (key == "model") fields.model = value;
    if (key == "lane") fields.lane = value;
    if (key == "reused_from") fields.reused_from = value;
    if (key == "finish_reason") fields.finish_reason = value;
    if (key == "request_id") fields.request_id = value;
    if (key == "custom_id") fields.custom_id = value;
    if (key == "batch_id") fields.batch_id = value;
    if (key == "simulated") fields.simulated = value;
  }
  return fields;
}

bool is_whole(const Fields& fields) {
  return fields.id && fields.status && fields.output && fields.model && fields.lane && fields.reused_from &&
         fields.finish_reason && fields.request_id && fields.custom_id && fields.batch_id && fields.simulated;
}

void append_member(std::string& out, std::string_view name_with_comma, json::View value) {
  out += name_with_comma;
  out += value.source_text();
}

}  // namespace

ReusedRows::ReusedRows(const model::JobSpec& job, const model::Run& run, FileWriter writer)
    : writer_(std::move(writer)), included_(job.output.include), simulated_(run.simulated) {
  version_ = R"(,"prompt_version":)";
  if (job.prompt_version)
    json::append_quoted(version_, *job.prompt_version);
  else
    version_ += "null";
  version_ += R"(,"prompt_sha":)";
  json::append_quoted(version_, run.prompt_sha);
  end_ = run.simulated ? ",\"simulated\":true}" : ",\"simulated\":false}";
}

Result<ReusedRows> ReusedRows::create(const model::JobSpec& job, const model::Run& run, const Path& file) {
  auto writer = FileWriter::create(file);
  if (!writer) return writer.error();
  return ReusedRows(job, run, std::move(*writer));
}

Result<std::optional<model::Outcome>> ReusedRows::add(const Known& known, const Item& item) {
  const auto nothing = std::optional<model::Outcome>{};
  const auto row = document_.parse(known.row);
  if (!row || !row->is(json::Kind::object)) return nothing;
  const auto then = fields_of(*row);
  if (!is_whole(then) || then.id.as_string() != known.id || then.status.as_string() != "succeeded") return nothing;
  if (then.simulated.as_bool() != simulated_) return nothing;  // a made-up answer is no real one
  const auto included = included_.of_row(item.row);
  if (!included) return included.error();

  line_ = R"({"id":)";
  json::append_quoted(line_, item.id);
  append_member(line_, R"(,"status":"succeeded","reason":null,"output":)", then.output);
  line_ += R"(,"raw":null,"error":null,"included":)";
  line_ += *included;
  append_member(line_, R"(,"model":)", then.model);
  line_ += version_;
  append_member(line_, R"(,"lane":)", then.lane);
  line_ += R"(,"attempts":0,"reused_from":)";
  if (const auto first = then.reused_from.as_string())
    json::append_quoted(line_, *first);
  else
    json::append_quoted(line_, known.run);
  append_member(line_, R"(,"finish_reason":)", then.finish_reason);
  line_ += R"(,"usage":{"input_tokens":0,"output_tokens":0,"reasoning_tokens":0,"cached_tokens":0},"cost":)";
  line_ += model::to_text(model::Money{});
  append_member(line_, R"(,"request_id":)", then.request_id);
  append_member(line_, R"(,"custom_id":)", then.custom_id);
  append_member(line_, R"(,"batch_id":)", then.batch_id);
  line_ += end_;

  model::Outcome outcome;
  outcome.sequence = item.sequence;
  outcome.attempt = 0;
  outcome.status = model::ItemStatus::succeeded;
  outcome.row_offset = writer_.offset();
  outcome.row_length = line_.size();
  line_ += '\n';
  hash_.add(line_);
  if (auto written = writer_.write(line_); !written) return written.error();
  return std::optional(outcome);
}

Result<model::FileMark> ReusedRows::finish() {
  const model::FileMark mark{writer_.offset(), to_hex(hash_.digest())};
  if (auto finished = writer_.finish(); !finished) return finished.error();
  return mark;
}

}  // namespace batchd::collect
