#pragma once
// Internal to the room: one connection's bytes, whatever carries them: TCP, a Unix socket, or TLS over either.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "ground/async/task.hpp"

namespace batchd::http {

using ErrorCode = boost::system::error_code;

struct Transferred {
  ErrorCode error;
  std::size_t bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  // At least one byte, or an error: is_end() for an orderly end.
  virtual async::Task<Transferred> read_some(char* into, std::size_t size) = 0;
  // At least one byte, or an error. One reader and one writer may be at work at the same time.
  virtual async::Task<Transferred> write_some(std::string_view bytes) = 0;

  // What is pending ends with an error. Idempotent.
  virtual void close() = 0;
  virtual void shutdown_send() = 0;  // "I have said everything"
  virtual void reset() = 0;          // close with RST: the other side loses what it has not read
  // Of a connection that idles: open, and nothing has come. What comes unasked is an end or a mistake.
  virtual bool is_quiet() = 0;
};

bool is_end(const ErrorCode& error);  // the other side has closed, in order
bool is_cut(const ErrorCode& error);  // it has closed or reset, in whichever way

}  // namespace batchd::http
