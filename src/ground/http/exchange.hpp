#pragma once
// Internal to the room: one request and its answer on one connection.

#include <memory>
#include <optional>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/http/body_source.hpp"
#include "ground/http/proxy.hpp"
#include "ground/http/reader.hpp"
#include "ground/http/transport.hpp"

namespace batchd::http {

struct Connection {
  std::unique_ptr<Stream> stream;
  InputBuffer input;
  Time idle_since{};
  bool used_before = false;
};

// A request made ready: everything local that can fail has been tried before a connection is asked for.
struct PreparedRequest {
  std::string head;  // request line and header, with the empty line
  BodySource body;
  bool head_only = false;        // HEAD: the answer has no body
  bool is_plain = false;         // not over TLS
  std::string where;             // for sentences
  std::optional<Proxy> proxy{};  // one that is handed the request whole
};

struct Exchanged {
  Result<Response> outcome;
  bool request_begun = false;  // a byte of it may have left this machine
  bool answer_begun = false;   // a byte of the answer has come
  bool cut = false;            // the other side ended the connection (no time-out, no stop, no fault of ours)
  bool keep = false;           // the connection can be used again
};

async::Task<Exchanged> exchange(async::Loop& loop, Connection& connection, PreparedRequest& request,
                                const SendOptions& options, std::uint32_t header_bytes_max);

}  // namespace batchd::http
