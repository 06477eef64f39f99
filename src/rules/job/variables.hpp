#pragma once
// ${VAR} and ${VAR:-default}, where $${ is a literal ${. A `$` before anything else is a `$`.

#include <string>
#include <string_view>

#include "rules/job/job.hpp"

namespace batchd::job {

struct Expansion {
  std::string text;
  std::string fault;  // not empty: text is of no use
  bool used_a_variable = false;
};

Expansion expand_variables(std::string_view text, const Environment& environment);

}  // namespace batchd::job
