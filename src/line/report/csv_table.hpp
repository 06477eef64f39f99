#pragma once
// Results as CSV (RFC 4180: a header row, CRLF, quotes doubled; UTF-8). For people and their spreadsheets:
//   - Objects of fixed keys become columns: usage.input_tokens, included.<field>, and output.<name> where the output
//     schema is an object with `properties`. If it lets other members in, a column `output` holds the whole value.
//   - Numbers and booleans stand as they are, deeper values as compact JSON. null is an empty cell, an empty text "".
//   - A text that a spreadsheet would compute (it begins with = + - @, a tab or a line end, and is no number) gets an
//     apostrophe in front: answers and rows come from strangers. results.jsonl has it unchanged.

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::report {

class CsvTable {
 public:
  explicit CsvTable(const model::JobSpec& job);

  std::string header() const;
  // Appends the record of one finished row. invalid: the row is no JSON object.
  Status append(std::string& out, std::string_view row);

 private:
  struct Column {
    std::string name;
    std::string key;     // of the row
    std::string member;  // of its value
    bool is_member = false;
  };
  void add(std::string key);
  void add_members(const std::string& key, const std::vector<std::string>& members);

  std::vector<Column> columns_;
  json::Document document_;
};

}  // namespace batchd::report
