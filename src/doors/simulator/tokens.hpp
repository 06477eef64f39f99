#pragma once

#include <cstdint>
#include <string_view>

namespace batchd::simulator {

inline constexpr std::uint64_t bytes_per_token = 4;  // a rule of thumb, for every model

constexpr std::uint64_t tokens_of(std::string_view text) {
  return (text.size() + bytes_per_token - 1) / bytes_per_token;
}

}  // namespace batchd::simulator
