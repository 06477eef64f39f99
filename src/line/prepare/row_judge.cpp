#include "line/prepare/row_judge.hpp"

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "line/prepare/request_envelope.hpp"
#include "rules/schema/file_documents.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t id_shown_bytes = 60;

std::string shown(json::Kind kind) {
  if (kind == json::Kind::null) return "null";
  const bool with_vowel = kind == json::Kind::array || kind == json::Kind::object;
  return fmt::format("{} {}", with_vowel ? "an" : "a", json::name_of(kind));
}

Complaint invalid(std::string message, std::string_view id = {}) {
  return {0, RowFault::invalid_row, std::string(id), std::move(message)};
}

std::string sentences_of(const schema::Schema& schema, json::View row) {
  const auto faults = schema.explain(row, RowJudge::faults_shown_max + 1);
  std::string sentences;
  for (std::size_t i = 0; i < faults.size() && i < RowJudge::faults_shown_max; ++i)
    sentences += (i == 0 ? "" : "; ") + faults[i].sentence();
  if (faults.size() > RowJudge::faults_shown_max) sentences += "; and more";
  return sentences;
}

// As people write it in the job: "/ticket_id" is the field ticket_id, "/meta/id" stays a pointer.
std::string name_of_id(const model::InputSpec& input) {
  const std::string_view pointer = input.id;
  if (input.format == model::InputFormat::requests) return "its custom_id";
  const bool is_field = pointer.starts_with('/') && pointer.find_first_of("/~", 1) == std::string_view::npos;
  return fmt::format("\"{}\" (input.id)", is_field ? pointer.substr(1) : pointer);
}

}  // namespace

RowJudge::RowJudge(const model::InputSpec& input, std::string_view endpoint)
    : format_(input.format),
      row_pointer_(input.row_pointer),
      endpoint_(endpoint),
      id_pointer_(input.id),
      id_name_(name_of_id(input)) {}

Result<RowJudge> RowJudge::create(const model::InputSpec& input, std::string_view endpoint) {
  RowJudge judge(input, endpoint);
  if (input.schema) {
    auto compiled = schema::Schema::compile(input.schema->text,
                                            schema::options_for_file(input.schema->path, input.schema->documents));
    if (!compiled) return compiled.error().within(input.schema->path.string());
    judge.schema_.emplace(std::move(*compiled));
  }
  return judge;
}

std::optional<Complaint> RowJudge::find_row(json::View line, json::View& row) const {
  row = row_pointer_.empty() ? line : line.at_pointer(row_pointer_);
  if (!row) return invalid(fmt::format("the line has no \"{}\", where its row should stand", row_pointer_));
  if (row.is(json::Kind::object)) return std::nullopt;
  return invalid(fmt::format("the row is {}, but must be an object", shown(row.kind())));
}

std::optional<Complaint> RowJudge::find_id(json::View row, std::string_view& id) const {
  const auto value = row.at_pointer(id_pointer_);
  if (!value) {
    if (format_ == model::InputFormat::requests) return invalid("the row has no \"custom_id\"");
    return invalid(fmt::format("the row has no {}", id_name_));
  }
  const auto text = value.as_string();
  const auto number = value.as_number_text();
  if (!text && format_ == model::InputFormat::requests)
    return invalid(fmt::format("{} is {}, but must be text", id_name_, shown(value.kind())));
  if (!text && !number)
    return invalid(fmt::format("{} is {}, but must be text or a number", id_name_, shown(value.kind())));
  id = text ? *text : *number;
  if (id.empty()) return invalid(fmt::format("{} is empty", id_name_));
  if (id.size() > id_bytes_max) {
    return invalid(fmt::format("{} has {} bytes, at most {} are allowed", id_name_, id.size(), id_bytes_max),
                   beginning_of(id, id_shown_bytes));
  }
  return std::nullopt;
}

std::optional<Complaint> RowJudge::judge(std::string_view padded, Judged& judged) {
  const auto line = document_.parse_padded(padded);
  if (!line) return invalid("not valid JSON: " + line.error().message);
  if (auto complaint = find_row(*line, judged.row)) return complaint;
  if (auto complaint = find_id(judged.row, judged.id)) return complaint;
  if (format_ == model::InputFormat::requests) {
    if (auto fault = fault_of_request(judged.row, endpoint_)) return invalid(std::move(*fault), judged.id);
  }
  if (!schema_ || schema_->accepts(judged.row)) return std::nullopt;
  auto sentences = sentences_of(*schema_, judged.row);
  if (format_ == model::InputFormat::csv && sentences.find("is a string, but must be") != std::string::npos)
    sentences += "; every cell of a CSV file is a text";
  return invalid(std::move(sentences), judged.id);
}

}  // namespace batchd::prepare
