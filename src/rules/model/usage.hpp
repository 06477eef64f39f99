#pragma once

#include <cstdint>

namespace batchd::model {

// Tokens as the provider counted them. `known` is false when an answer came and said nothing of them; sums then
// understate. What was not answered used none, and that is known.
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
