#include "line/prepare/row_judge.hpp"

#include <algorithm>

#include <fmt/format.h>

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

// Never half a character: it is written as JSON later.
std::string_view beginning_of(std::string_view id) {
  std::size_t end = std::min(id_shown_bytes, id.size());
  while (end > 0 && end < id.size() && (static_cast<unsigned char>(id[end]) & 0xC0) == 0x80)
    --end;
  return id.substr(0, end);
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
std::string name_of_id(std::string_view pointer) {
  const bool is_field = pointer.starts_with('/') && pointer.find_first_of("/~", 1) == std::string_view::npos;
  return fmt::format("\"{}\" (input.id)", is_field ? pointer.substr(1) : pointer);
}

}  // namespace

RowJudge::RowJudge(const model::InputSpec& input) : id_pointer_(input.id), id_name_(name_of_id(input.id)) {}

Result<RowJudge> RowJudge::create(const model::InputSpec& input) {
  RowJudge judge(input);
  if (input.schema) {
    schema::CompileOptions options;
    options.base_uri = "file://" + input.schema->path.string();
    auto compiled = schema::Schema::compile(input.schema->text, options);
    if (!compiled) return compiled.error().within(input.schema->path.string());
    judge.schema_.emplace(std::move(*compiled));
  }
  return judge;
}

std::optional<Complaint> RowJudge::find_id(json::View row, std::string_view& id) {
  const auto value = row.at_pointer(id_pointer_);
  if (!value) return invalid(fmt::format("the row has no {}", id_name_));
  const auto text = value.as_string();
  const auto number = value.as_number_text();
  if (!text && !number)
    return invalid(fmt::format("{} is {}, but must be text or a number", id_name_, shown(value.kind())));
  id = text ? *text : *number;
  if (id.empty()) return invalid(fmt::format("{} is empty", id_name_));
  if (id.size() > id_bytes_max) {
    return invalid(fmt::format("{} has {} bytes, at most {} are allowed", id_name_, id.size(), id_bytes_max),
                   beginning_of(id));
  }
  return std::nullopt;
}

std::optional<Complaint> RowJudge::judge(std::string_view padded, Judged& judged) {
  const auto row = document_.parse_padded(padded);
  if (!row) return invalid("not valid JSON: " + row.error().message);
  if (!row->is(json::Kind::object))
    return invalid(fmt::format("the row is {}, but must be an object", shown(row->kind())));
  if (auto complaint = find_id(*row, judged.id)) return complaint;
  judged.row = *row;
  if (!schema_ || schema_->accepts(*row)) return std::nullopt;
  return invalid(sentences_of(*schema_, *row), judged.id);
}

}  // namespace batchd::prepare
