#include "line/collect/row.hpp"

#include <charconv>

#include "ground/json/writer.hpp"

namespace batchd::collect {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_text_or_null(std::string& out, std::optional<std::string_view> text) {
  if (text)
    json::append_quoted(out, *text);
  else
    out += "null";
}

// The items of a batch that never left have had one attempt less than the shard's number says.
std::uint32_t attempts_made(const model::Shard& shard) {
  return shard.end == model::EndKind::not_sent ? shard.attempt - 1 : shard.attempt;
}

// Zeros are a count, too: of what was never answered.
void append_usage(std::string& out, const model::Usage& usage) {
  if (!usage.known) {
    out += R"(,"usage":null)";
    return;
  }
  out += R"(,"usage":{"input_tokens":)";
  append_number(out, usage.input_tokens);
  out += R"(,"output_tokens":)";
  append_number(out, usage.output_tokens);
  out += R"(,"reasoning_tokens":)";
  append_number(out, usage.reasoning_tokens);
  out += R"(,"cached_tokens":)";
  append_number(out, usage.cached_tokens);
  out += '}';
}

// `output` and `raw`: the one or the other.
void append_content(std::string& out, const Row& row, bool succeeded) {
  out += R"(,"output":)";
  if (!succeeded)
    out += "null";
  else if (row.value)
    json::append_compact(out, row.value);
  else
    append_text_or_null(out, row.text);
  out += R"(,"raw":)";
  if (succeeded)
    out += "null";
  else if (row.text || !row.value)
    append_text_or_null(out, row.text);
  else
    json::append_quoted(out, row.value.source_text());
}

}  // namespace

RowWriter::RowWriter(const model::JobSpec& job, const model::Run& run, const model::Shard& shard,
                     std::string_view batch_id)
    : run_(run), shard_(shard) {
  middle_ = R"(,"prompt_version":)";
  append_text_or_null(middle_, job.prompt_version);
  middle_ += R"(,"prompt_sha":)";
  json::append_quoted(middle_, run.prompt_sha);
  middle_ += R"(,"lane":)";
  json::append_quoted(middle_, shard.lane);
  middle_ += R"(,"attempts":)";
  append_number(middle_, attempts_made(shard));
  middle_ += R"(,"reused_from":null,"finish_reason":)";

  end_ = R"(","batch_id":)";
  append_text_or_null(end_, batch_id.empty() ? std::nullopt : std::optional(batch_id));
  end_ += R"(,"simulated":)";
  end_ += run.simulated ? "true}\n" : "false}\n";
}

void RowWriter::append(std::string& out, const Row& row, const model::Outcome& outcome) const {
  const bool succeeded = outcome.status == model::ItemStatus::succeeded;
  out += R"({"id":)";
  json::append_quoted(out, row.id);
  out += R"(,"status":")";
  out += model::name_of(outcome.status);
  out += succeeded ? R"(","reason":null)" : R"(","reason":")";
  if (!succeeded) {
    out += model::name_of(outcome.reason);
    out += '"';
  }
  append_content(out, row, succeeded);
  out += R"(,"error":)";
  append_text_or_null(out, row.error.empty() ? std::nullopt : std::optional(row.error));
  out += R"(,"included":)";
  out += row.included;
  out += R"(,"model":)";
  json::append_quoted(out, row.model);
  out += middle_;
  append_text_or_null(out, row.finish_reason);
  append_usage(out, outcome.usage);
  out += R"(,"cost":)";
  out += outcome.cost ? model::to_text(*outcome.cost) : "null";
  out += R"(,"request_id":)";
  append_text_or_null(out, row.request_id);
  out += R"(,"custom_id":")";
  model::append_text(out, run_.id, outcome.sequence, outcome.attempt);
  out += end_;
}

}  // namespace batchd::collect
