#pragma once
// JSONL, streamed: read() and memchr, one buffer, a bound on the line. A line is never held twice.
// Lines are those of the content: of a compressed file, numbers and offsets are those of what it unpacks to.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/byte_source.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::json {

struct Line {
  std::string_view text;         // without its end ("\n" or "\r\n"), with Document::padding readable bytes behind it;
                                 // valid until the next call. Empty when the line is too long
  std::uint64_t number = 0;      // from 1, as editors count
  std::uint64_t offset = 0;      // of its first byte in the content
  std::uint64_t size_bytes = 0;  // its true length without its end, also when it is too long
  bool too_long = false;         // longer than line_bytes_max: skipped without being held
  bool at_end = false;           // the content is over; nothing else is set
};

class LineReader {
 public:
  // line_bytes_max bounds memory: the buffer is that plus one read of 1 MiB at most, and grows only when needed.
  // The file as it is: nothing is unpacked.
  static Result<LineReader> open(const Path& path, std::uint64_t line_bytes_max);
  LineReader(std::unique_ptr<ByteSource> source, std::uint64_t line_bytes_max);
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;
  ~LineReader();

  // The next line, empty ones included (they have a number, too). A byte-order mark before the first is skipped.
  // The last line needs no end.
  Result<Line> next();
  std::uint64_t bytes_read() const;  // as stored: of a compressed file its compressed bytes

  // Told every byte as it is read from the source, in order, once: for a plain file's hash. Not owned. The hash of a
  // compressed file is the business of the tap that open_source() takes.
  using Tap = ByteTap;
  void set_tap(Tap* tap);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchd::json
