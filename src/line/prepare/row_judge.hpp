#pragma once
// One row: from bytes to what it says, or the complaint. Everything that can be judged about a row alone.

#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "line/prepare/prepare.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::prepare {

class RowJudge {
 public:
  static constexpr std::size_t id_bytes_max = 1'024;
  static constexpr std::size_t faults_shown_max = 3;  // of the input schema, a row; then "and more"

  // `endpoint`: the job's; only format: requests looks at it.
  static Result<RowJudge> create(const model::InputSpec& input, std::string_view endpoint = {});

  struct Judged {
    json::View row;       // until the next judge(); with input.row_pointer it is a part of the line
    std::string_view id;  // likewise
  };
  // The complaint's file and line are not set. `padded`: json::Document::padding readable bytes stand behind the text.
  std::optional<Complaint> judge(std::string_view padded, Judged& judged);

 private:
  RowJudge(const model::InputSpec& input, std::string_view endpoint);
  std::optional<Complaint> find_row(json::View line, json::View& row) const;
  std::optional<Complaint> find_id(json::View row, std::string_view& id) const;

  model::InputFormat format_;
  std::string row_pointer_;
  std::string endpoint_;
  std::string id_pointer_;
  std::string id_name_;  // for complaints
  std::optional<schema::Schema> schema_;
  json::Document document_;
};

}  // namespace batchd::prepare
