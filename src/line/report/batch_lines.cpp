#include "line/report/batch_lines.hpp"

#include "ground/json/writer.hpp"

namespace batchd::report {
namespace {

// As they came: neither a key written twice in an envelope nor half a character is a fault here.
constexpr json::ParseOptions lenient{.duplicate_keys_are_errors = false, .mends_lone_surrogates = true};

void append_value(std::string& out, json::View value) {
  if (value)
    json::append_compact(out, value);
  else
    out += "null";
}

std::string_view code_of(std::string_view reason) {
  if (reason == "expired") return "batch_expired";
  return reason == "cancelled" ? "batch_cancelled" : reason;
}

void append_error(std::string& out, json::View row, json::View own) {
  if (row.find("status").as_string() == "succeeded") {
    out += "null";
    return;
  }
  if (own.is(json::Kind::object)) return json::append_compact(out, own);
  out += R"({"code":)";
  json::append_quoted(out, code_of(row.find("reason").as_string().value_or("")));
  out += R"(,"message":)";
  append_value(out, row.find("error"));
  out += '}';
}

}  // namespace

Status BatchLines::append(std::string& out, std::string_view row_text, std::string_view answer_text) {
  const auto row = row_.parse(row_text, lenient);
  if (!row) return row.error();
  json::View answer;
  if (!answer_text.empty()) {
    const auto parsed = answer_.parse(answer_text, lenient);
    if (!parsed) return parsed.error();
    answer = *parsed;
  }
  const json::View id = answer.find("id");
  out += R"({"id":)";
  append_value(out, id.is(json::Kind::string) ? id : row->find("custom_id"));
  out += R"(,"custom_id":)";
  append_value(out, row->find("id"));
  out += R"(,"response":)";
  append_value(out, answer.find("response"));
  out += R"(,"error":)";
  append_error(out, *row, answer.find("error"));
  out += "}\n";
  return {};
}

}  // namespace batchd::report
