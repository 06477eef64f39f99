#pragma once
// `included`: the fields of the input row that the job wants to see again in its results.

#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "ground/json/document.hpp"
#include "rules/model/item.hpp"

namespace batchd::collect {

class IncludedFields {
 public:
  // With no names the rows file is not even opened.
  static Result<IncludedFields> open(const std::vector<std::string>& names, const Path& rows_file);

  // For rows that are at hand: only of_row().
  explicit IncludedFields(const std::vector<std::string>& names);

  // An object of exactly these names; a field the row lacks is null. Valid until the next call.
  Result<std::string_view> of(const model::Item& item);
  // invalid: the row is no JSON.
  Result<std::string_view> of_row(std::string_view row);

 private:
  struct Field {
    std::string name;
    std::string prefix;  // {"name": or ,"name":
  };
  std::vector<Field> fields_;
  File rows_;
  std::string row_;
  std::string json_;
  json::Document document_;
};

}  // namespace batchd::collect
