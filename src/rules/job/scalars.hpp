#pragma once
// Plain scalars by the core schema of YAML 1.2: null, true and false, whole and decimal numbers, else text. `yes`,
// `off` and `2026-11-01` are text.

#include <string>
#include <string_view>

namespace batchd::job {

struct ResolvedScalar {
  std::string json;   // finished JSON; numbers keep the digits they were written with
  std::string fault;  // not empty: there is no JSON for it (.inf, .nan, a hexadecimal number beyond 64 bits)
};

ResolvedScalar resolve_plain(std::string_view text);

}  // namespace batchd::job
