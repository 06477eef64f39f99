#pragma once
#include <cstddef>
#include <string_view>

namespace batchd::collect {

// The first `bytes_max` bytes at most, and never half a character (UTF-8).
inline std::string_view shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

}  // namespace batchd::collect
