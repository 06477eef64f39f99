#pragma once
// ${VAR} and ${VAR:-default}, where $${ is a literal ${. A `$` before anything else is a `$`. ${run.date} is the run's
// own date, in the paths of input and output.

#include <optional>
#include <string>
#include <string_view>

#include "rules/job/job.hpp"

namespace batchd::job {

struct Expansion {
  std::string text;
  std::string fault;             // not empty: text is of no use
  bool used_a_variable = false;  // of the environment: it may be secret
  bool used_run_date = false;
};

// `run_date`: YYYY-MM-DD; nothing where ${run.date} may not stand.
Expansion expand_variables(std::string_view text, const Environment& environment,
                           std::optional<std::string_view> run_date = std::nullopt);

}  // namespace batchd::job
