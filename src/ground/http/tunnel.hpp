#pragma once
// Internal to the room: a way through an HTTP proxy to one host and port (CONNECT, RFC 9110 9.3.6).

#include <string>

#include "ground/base/result.hpp"
#include "ground/http/attempt.hpp"
#include "ground/http/message.hpp"
#include "ground/http/proxy.hpp"
#include "ground/http/sockets.hpp"

namespace batchd::http {

constexpr std::uint32_t tunnel_answer_bytes_max = 16 * 1024;

// Why a proxy did not let us through: which one, where to, what it answered, what to do. Of the answer to a CONNECT, or
// of a 407 to a request that was handed to it whole.
Error refusal_of(const Proxy& proxy, const std::string& destination, int status, const Headers& headers);

// `destination` is "host:port". ok(): what goes into the socket from now on arrives there. After attempt.cut was
// called the error says nothing of worth. Kinds: denied (407, 403: a person must act), network (the proxy cannot reach
// the host, or went away), invalid (what answers is no proxy).
async::Task<Status> open_tunnel(Socket& socket, const Proxy& proxy, const std::string& destination,
                                const std::string& user_agent, Attempt& attempt);

}  // namespace batchd::http
