#pragma once
// Internal to the room: from a name to its addresses, and from addresses to a socket at the first that answers.

#include <cstdint>
#include <string>
#include <vector>

#include "ground/http/attempt.hpp"
#include "ground/http/sockets.hpp"

namespace batchd::http {

using Endpoint = boost::asio::generic::stream_protocol::endpoint;

constexpr std::size_t addresses_max = 4;  // of one name: beyond, a dead host only takes longer to report

// The addresses of `host` in the order in which they are to be tried: the system's, with IPv6 and IPv4 in turn, so that
// one dead family never fills the list. `attempt.ended` afterwards: out of time.
async::Task<ErrorCode> look_up(async::Loop& loop, const std::string& host, std::uint16_t port, Attempt& attempt,
                               std::vector<Endpoint>& endpoints);
std::vector<Endpoint> in_turn(const std::vector<Endpoint>& endpoints);  // at most addresses_max

// One after the other. Each has an even share of the time that is left, so that one that never answers leaves enough
// for the next, and one that refuses at once leaves all of it. The error is the last one's.
async::Task<ErrorCode> connect_to_first(async::Loop& loop, Socket& socket, const std::vector<Endpoint>& endpoints,
                                        Attempt& attempt);

}  // namespace batchd::http
