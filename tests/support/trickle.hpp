#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "ground/base/byte_source.hpp"

namespace batchd::test {

// Gives its bytes in pieces of a few, as a stream may.
class Trickle final : public ByteSource {
 public:
  Trickle(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    const auto count = bytes_.copy(buffer, std::min(size, piece_), at_);
    at_ += count;
    return count;
  }
  std::uint64_t stored_bytes_read() const override { return at_; }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

}  // namespace batchd::test
