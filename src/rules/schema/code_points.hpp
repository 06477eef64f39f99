#pragma once
// Characters as the standard counts them: code points of valid UTF-8.

#include <cstddef>
#include <string_view>

namespace batchd::schema {

inline std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

}  // namespace batchd::schema
