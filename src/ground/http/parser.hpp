#pragma once
// Internal to the room: bytes of one HTTP/1.1 message in, its head and the pieces of its body out. Beast's parser
// behind a plain interface.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

struct MessageHead {
  std::string method;  // of a request, as written
  std::string target;  // of a request
  int status = 0;      // of a response
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool until_close = false;  // the body ends with the connection
  bool keep_alive = false;   // as the other side wishes
};

class MessageParser {
 public:
  struct Piece {
    std::size_t used = 0;     // of the bytes given; the rest is to be given again, with more behind it
    std::string_view body;    // within the bytes given
    bool wants_more = false;  // nothing can be done with what is left before more has come
  };

  virtual ~MessageParser() = default;
  // One step: the head, or a piece of the body, or nothing yet. Not after done(). ErrorKind::protocol when it is not
  // HTTP or the head is too long.
  virtual Result<Piece> put(std::string_view bytes) = 0;
  virtual bool head_done() const = 0;
  virtual bool done() const = 0;
  // The connection has ended: true when that is how this message ends.
  virtual bool ends_with_connection() = 0;
  virtual const MessageHead& head() const = 0;  // once head_done()
  virtual MessageHead take_head() = 0;
};

std::unique_ptr<MessageParser> make_request_parser(std::uint32_t header_bytes_max);
// without_body: the answer to HEAD has a Content-Length and no body.
std::unique_ptr<MessageParser> make_response_parser(std::uint32_t header_bytes_max, bool without_body);

}  // namespace batchd::http
