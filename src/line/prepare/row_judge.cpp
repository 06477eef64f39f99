#include "line/prepare/row_judge.hpp"

#include <fmt/format.h>

namespace batchd::prepare {
namespace {

constexpr std::size_t id_shown_bytes = 60;

Complaint invalid(std::string message, std::string_view id = {}) {
  return {0, RowFault::invalid_row, std::string(id), std::move(message)};
}

}  // namespace

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
  if (!value) return invalid(fmt::format("the row has no {} (input.id)", id_pointer_));
  const auto text = value.as_string();
  const auto number = value.as_number_text();
  if (!text && !number) {
    return invalid(fmt::format("{} (input.id) is {}, but must be text or a number", id_pointer_,
                               value.is_null() ? "null" : "of kind " + std::string(json::name_of(value.kind()))));
  }
  id = text ? *text : *number;
  if (id.empty()) return invalid(fmt::format("{} (input.id) is empty", id_pointer_));
  if (id.size() > id_bytes_max) {
    const auto message =
        fmt::format("{} (input.id) has {} bytes, at most {} are allowed", id_pointer_, id.size(), id_bytes_max);
    return invalid(message, id.substr(0, id_shown_bytes));
  }
  return std::nullopt;
}

std::optional<Complaint> RowJudge::judge(std::string_view padded, Judged& judged) {
  const auto row = document_.parse_padded(padded);
  if (!row) return invalid("not valid JSON: " + row.error().message);
  if (!row->is(json::Kind::object))
    return invalid(fmt::format("the row is {} {}, but must be an object", row->is(json::Kind::array) ? "an" : "a",
                               json::name_of(row->kind())));
  if (auto complaint = find_id(*row, judged.id)) return complaint;
  judged.row = *row;
  if (!schema_ || schema_->accepts(*row)) return std::nullopt;
  std::string sentences;
  for (const auto& fault : schema_->explain(*row, faults_shown_max)) {
    if (!sentences.empty()) sentences += "; ";
    sentences += fault.sentence();
  }
  return invalid(std::move(sentences), judged.id);
}

std::optional<std::string_view> RowJudge::id_of(std::string_view padded) {
  const auto row = document_.parse_padded(padded);
  std::string_view id;
  if (!row || find_id(*row, id)) return std::nullopt;
  return id;
}

}  // namespace batchd::prepare
