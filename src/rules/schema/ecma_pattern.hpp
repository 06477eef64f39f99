#pragma once
// ECMA-262 regular expressions (with its `u` flag, as JSON Schema reads patterns) rewritten in PCRE2's language.
// What only PCRE2 understands (`\A`, `\Z`, `(?>…)`, `a++`, …) is refused, so that a schema means here what it means
// in a browser. Kept from ECMA-262 without `u`, because schemas in the wild need it: `\-` and other escapes of
// punctuation, and a lone `{`, `}` or `]`.

#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd::schema {

// ErrorKind::invalid with the offset: "at character 3: \\Z is not of ECMA-262".
Result<std::string> ecma_to_pcre(std::string_view pattern);

}  // namespace batchd::schema
