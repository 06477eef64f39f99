#include "line/report/csv_table.hpp"

#include <algorithm>

#include "ground/json/writer.hpp"

namespace batchd::report {
namespace {

constexpr std::string_view record_end = "\r\n";

// The members every fitting output may have. `closed`: there can be no others.
struct KnownMembers {
  std::vector<std::string> names;
  bool closed = false;
};

KnownMembers known_members(const model::JobSpec& job) {
  KnownMembers known;
  json::Document document;
  if (!job.output.schema || !document.parse(job.output.schema->text).ok()) return known;
  const json::View schema = document.root();
  if (schema.find("type").as_string() != "object") return known;
  for (const auto [name, member] : schema.find("properties").members())
    known.names.emplace_back(name);
  known.closed = schema.find("additionalProperties").as_bool() == false && !schema.find("patternProperties");
  return known;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "-12.5", "+3": what a spreadsheet makes of it is what it says.
bool is_plain_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == text.npos ? "0" : text.substr(point + 1);
  return !whole.empty() && !fraction.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(fraction.begin(), fraction.end(), is_digit);
}

bool would_be_computed(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos &&
         !is_plain_number(text);
}

void append_quoted_cell(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t quote = text.find('"'); quote != text.npos; quote = text.find('"')) {
    out += text.substr(0, quote + 1);
    out += '"';
    text.remove_prefix(quote + 1);
  }
  out += text;
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  const bool computed = would_be_computed(text);
  if (!text.empty() && text.find_first_of(",\"\r\n") == text.npos) {
    if (computed) out += '\'';
    out += text;
  } else {
    append_quoted_cell(out, computed ? "'" + std::string(text) : std::string(text));
  }
}

void append_cell(std::string& out, json::View value) {
  if (!value || value.is_null()) return;
  if (const auto text = value.as_string()) return append_text(out, *text);
  if (value.is(json::Kind::number) || value.is(json::Kind::boolean)) {
    out += value.source_text();
    return;
  }
  std::string json;
  json::append_compact(json, value);
  append_quoted_cell(out, json);
}

}  // namespace

CsvTable::CsvTable(const model::JobSpec& job) {
  for (const char* key : {"id", "status", "reason"})
    add(key);
  const KnownMembers members = known_members(job);
  add_members("output", members.names);
  if (members.names.empty() || !members.closed) add("output");
  for (const char* key : {"raw", "error"})
    add(key);
  add_members("included", job.output.include);
  for (const char* key : {"model", "prompt_version", "prompt_sha", "lane", "attempts", "reused_from", "finish_reason"})
    add(key);
  add_members("usage", {"input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens"});
  for (const char* key : {"cost", "request_id", "custom_id", "batch_id", "simulated"})
    add(key);
}

void CsvTable::add(std::string key) {
  Column column;
  column.name = column.key = std::move(key);
  columns_.push_back(std::move(column));
}

void CsvTable::add_members(const std::string& key, const std::vector<std::string>& members) {
  for (const std::string& member : members)
    columns_.push_back({key + "." + member, key, member, true});
}

std::string CsvTable::header() const {
  std::string line;
  for (const Column& column : columns_) {
    if (!line.empty()) line += ',';
    append_text(line, column.name);
  }
  return line += record_end;
}

Status CsvTable::append(std::string& out, std::string_view row) {
  const auto parsed = document_.parse(row, {.duplicate_keys_are_errors = false});
  if (!parsed) return parsed.error();
  if (!parsed->is(json::Kind::object)) return Error{ErrorKind::invalid, "a result row is an object"};
  bool first = true;
  for (const Column& column : columns_) {
    if (!first) out += ',';
    first = false;
    const json::View value = parsed->find(column.key);
    append_cell(out, column.is_member ? value.find(column.member) : value);
  }
  out += record_end;
  return {};
}

}  // namespace batchd::report
