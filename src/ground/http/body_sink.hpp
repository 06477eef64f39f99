#pragma once
// Internal to the room: where the pieces of a body go: to memory or to a file, each with its limit.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::http {

class BodySink {
 public:
  // Into memory.
  explicit BodySink(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  // Into a file, which is removed again unless finish() was reached.
  static Result<BodySink> to_file(const Path& path, std::uint64_t bytes_max);
  BodySink(BodySink&& other) noexcept;
  BodySink& operator=(BodySink&&) = delete;
  ~BodySink();

  // ErrorKind::protocol: more than bytes_max. ErrorKind::io: the file.
  Status take(std::string_view piece);
  // What is in memory goes on in a file.
  Status move_to_file(const Path& path, std::uint64_t bytes_max);
  Status finish();

  std::uint64_t bytes() const { return bytes_; }
  bool is_file() const { return file_.has_value(); }
  std::string take_text() { return std::move(text_); }

 private:
  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::string text_;
  std::optional<File> file_;
  bool finished_ = false;
};

}  // namespace batchd::http
