#include "ground/http/reader.hpp"

#include <cstring>

namespace batchd::http {

void InputBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

char* InputBuffer::room() {
  if (end_ == capacity_ && begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return bytes_.get() + end_;
}

namespace {

// What the bytes at hand amount to; false: more are needed.
bool step_from_buffer(InputBuffer& input, MessageParser& parser, ReadStep& step) {
  while (!parser.done() && !input.empty()) {
    const bool had_head = parser.head_done();
    const auto piece = parser.put(input.view());
    if (!piece.ok()) {
      step.kind = ReadStep::Kind::malformed;
      step.complaint = piece.error();
      return true;
    }
    input.consume(piece->used);
    if (!had_head && parser.head_done()) {
      step.kind = ReadStep::Kind::head;
      return true;
    }
    if (!piece->body.empty()) {
      step.kind = ReadStep::Kind::body;
      step.body = piece->body;
      return true;
    }
    if (piece->wants_more || (piece->used == 0 && !parser.done())) break;
  }
  step.kind = ReadStep::Kind::done;
  return parser.done();
}

}  // namespace

async::Task<ReadStep> next_step(Stream& stream, InputBuffer& input, MessageParser& parser, Watchdog& watchdog) {
  ReadStep step;
  while (!step_from_buffer(input, parser, step)) {
    if (input.full()) {
      step.kind = ReadStep::Kind::malformed;
      step.complaint = Error(ErrorKind::protocol, "its header is longer than the limit");
      co_return step;
    }
    char* const room = input.room();
    const std::size_t room_bytes = input.room_bytes();
    const Transferred read = co_await stream.read_some(room, room_bytes);
    watchdog.moved(read.bytes);
    input.filled(read.bytes);
    if (!read.error) continue;
    // Only an orderly end may be the end of a body that has no length: a cut one looks just the same otherwise.
    if (is_end(read.error) && parser.ends_with_connection()) {
      step.kind = ReadStep::Kind::done;
    } else {
      const bool begun = parser.head_done() || !input.empty();
      step.kind = is_end(read.error) && !begun ? ReadStep::Kind::nothing : ReadStep::Kind::broken;
      step.error = read.error;
    }
    co_return step;
  }
  co_return step;
}

async::Task<ErrorCode> write_all(Stream& stream, std::string_view bytes, Watchdog& watchdog) {
  while (!bytes.empty()) {
    const Transferred written = co_await stream.write_some(bytes);
    watchdog.moved(written.bytes);
    if (written.error) co_return written.error;
    bytes.remove_prefix(written.bytes);
  }
  co_return ErrorCode();
}

}  // namespace batchd::http
