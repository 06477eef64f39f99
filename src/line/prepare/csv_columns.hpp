#pragma once
// What a job asks of the header of a CSV file: its id and its template's variables. A column that is missing is missing
// in every row, so it is told once, of the header.

#include <string>
#include <vector>

#include "ground/base/result.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::prepare {

struct WantedColumn {
  std::string name;
  std::string by;  // "input.id" or "request"
};
// `variables`: a template's required_variables(). Each column once; none of anything but format: csv.
std::vector<WantedColumn> wanted_columns(const model::InputSpec& input, const std::vector<std::string>& variables);

// invalid: a wanted column is none of `columns`; which there are, and which was probably meant. `place`: "rows.csv:1".
Status check_columns(const std::string& place, const std::vector<std::string>& columns,
                     const std::vector<WantedColumn>& wanted);

}  // namespace batchd::prepare
