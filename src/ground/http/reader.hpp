#pragma once
// Internal to the room: a parser fed from a stream, one step at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ground/async/loop.hpp"
#include "ground/http/parser.hpp"
#include "ground/http/stream.hpp"
#include "ground/http/watchdog.hpp"

namespace batchd::http {

// What has been read and not yet understood. Lives as long as its connection: the next message may have begun.
class InputBuffer {
 public:
  explicit InputBuffer(std::size_t capacity) : bytes_(std::make_unique<char[]>(capacity)), capacity_(capacity) {}

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  bool full() const { return end_ - begin_ == capacity_; }
  void consume(std::size_t count);
  char* room();  // for more, behind what is there; moves it to the front when the end is reached
  std::size_t room_bytes() const { return capacity_ - end_; }
  void filled(std::size_t count) { end_ += count; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

struct ReadStep {
  enum class Kind {
    head,       // the head is complete
    body,       // `body` holds a piece, valid until the next step
    done,       // the message is complete
    nothing,    // an orderly end before the first byte of the message
    broken,     // `error`: the connection ended or failed within the message
    malformed,  // `complaint`: it is not HTTP
  };
  Kind kind = Kind::done;
  std::string_view body;
  ErrorCode error;
  Error complaint;
};

// Reads until there is a step to report. Tells the watchdog about every byte.
async::Task<ReadStep> next_step(Stream& stream, InputBuffer& input, MessageParser& parser, Watchdog& watchdog);

// All of `bytes`.
async::Task<ErrorCode> write_all(Stream& stream, std::string_view bytes, Watchdog& watchdog);

}  // namespace batchd::http
