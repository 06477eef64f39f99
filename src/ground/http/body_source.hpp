#pragma once
// Internal to the room: a described body, opened: its length is known and its bytes come in pieces.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

class BodySource {
 public:
  static constexpr std::size_t piece_bytes_max = 64 * 1024;

  // `boundary`: for a multipart body; it must not occur in its content, so give a random one.
  static Result<BodySource> open(Body body, const std::string& boundary);

  bool has_body() const { return has_body_; }  // an empty text is a body, of length 0
  std::uint64_t length_bytes() const { return length_bytes_; }
  const std::string& content_type() const { return content_type_; }  // "": the caller's header says it
  // The next piece, valid until the next call; empty: that was all.
  Result<std::string_view> next();

 private:
  struct OpenRange {
    File file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  using Segment = std::variant<std::string, OpenRange>;

  void add_text(std::string text);
  Status add_range(const FileRange& range);
  Status add_multipart(const Multipart& multipart, const std::string& boundary);

  std::vector<Segment> segments_;
  std::size_t current_ = 0;     // segment
  std::uint64_t position_ = 0;  // within it
  std::string buffer_;
  bool has_body_ = false;
  std::uint64_t length_bytes_ = 0;
  std::string content_type_;
};

}  // namespace batchd::http
