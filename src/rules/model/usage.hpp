#pragma once

#include <cstdint>

namespace batchd::model {

// Tokens as the provider counted them. `known` is false when the answer carried no usage; sums then understate.
struct Usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t reasoning_tokens = 0;  // part of output_tokens
  std::uint64_t cached_tokens = 0;     // part of input_tokens
  bool known = false;

  Usage& operator+=(const Usage& other) {
    input_tokens += other.input_tokens;
    output_tokens += other.output_tokens;
    reasoning_tokens += other.reasoning_tokens;
    cached_tokens += other.cached_tokens;
    known = known || other.known;
    return *this;
  }
};

}  // namespace batchd::model
