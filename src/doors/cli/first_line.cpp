#include "doors/cli/first_line.hpp"

#include "ground/base/byte_source.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "line/prepare/input_files.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::cli {
namespace {

using Kind = FirstLine::Kind;

bool is_request(json::View line) {
  return line.find("custom_id").is(json::Kind::string) && line.find("body").is(json::Kind::object);
}

// These keys together have no line but ours (line/report/rows.cpp).
bool is_failure(json::View line) {
  for (const char* key : {"status", "reason", "custom_id", "prompt_sha", "finish_reason", "simulated"})
    if (!line.find(key)) return false;
  return line.find("status").is(json::Kind::string) && line.find("input").is(json::Kind::object);
}

FirstLine judged(std::string_view padded) {
  json::Document document;
  const auto line = document.parse_padded(padded);
  if (!line) return {Kind::row, ""};
  const bool failed = is_failure(*line);
  const json::View row = failed ? line->find("input") : *line;
  if (!is_request(row)) return {failed ? Kind::failed_row : Kind::row, ""};
  return {failed ? Kind::failed_request : Kind::request, std::string(row.find("url").as_string().value_or(""))};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

Result<FirstLine> first_line_of(const model::InputSpec& input) {
  const auto paths = prepare::input_paths(input);
  if (!paths) return paths.error();
  for (const Path& path : *paths) {
    auto source = open_source(path, nullptr, prepare::name_of_file(input, path));
    if (!source) return source.error();
    json::LineReader reader(std::move(*source), input.max_row_bytes);
    for (;;) {
      auto line = reader.next();
      if (!line) return line.error();
      if (line->at_end) break;
      if (line->too_long) return FirstLine{Kind::row, ""};
      if (!is_blank(line->text)) return judged(line->text);
    }
  }
  return FirstLine{};
}

}  // namespace batchd::cli
