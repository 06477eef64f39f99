#include "ground/http/tunnel.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "ground/http/parser.hpp"

namespace batchd::http {

namespace asio = boost::asio;

namespace {

std::string request_of(const Proxy& proxy, const std::string& destination, const std::string& user_agent) {
  std::string head = "CONNECT " + destination + " HTTP/1.1\r\nHost: " + destination + "\r\n";
  if (!user_agent.empty()) head += "User-Agent: " + user_agent + "\r\n";
  if (!proxy.authorization.empty()) head += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  return head + "Proxy-Connection: Keep-Alive\r\n\r\n";
}

// "NTLM, Negotiate": the ways of saying who one is that the proxy offers, unless Basic is among them.
std::string ways_without_basic(const Headers& headers) {
  std::string ways;
  for (const auto offer : headers.find_all("Proxy-Authenticate")) {
    const auto way = offer.substr(0, offer.find(' '));
    if (equal_without_case(way, "Basic")) return {};
    constexpr std::size_t ways_bytes_max = 100;
    if (ways.size() + way.size() > ways_bytes_max) break;
    ways += (ways.empty() ? "" : ", ") + std::string(way);
  }
  return ways;
}

std::string hint_for_407(const Proxy& proxy, const Headers& headers) {
  if (const auto ways = ways_without_basic(headers); !ways.empty())
    return "It offers " + ways + "; only a user name and password (Basic) can be given. A local relay such as cntlm " +
           "can stand between. " + proxy.way_out();
  if (proxy.authorization.empty())
    return "It wants to know who you are: write http://user:password@host:port, special characters encoded as %40. " +
           proxy.way_out();
  return "It did not take the user name and password in its address: check them; special characters must be encoded "
         "as %40. " +
         proxy.way_out();
}

Error not_a_proxy(const Proxy& proxy, const std::string& why) {
  return Error(ErrorKind::invalid, "the answer of " + proxy.describe() + " cannot be read: " + why,
               "What answers there is perhaps no HTTP proxy. " + proxy.way_out());
}

Error went_away(const Proxy& proxy, const std::string& destination, const ErrorCode& error) {
  const std::string how = is_cut(error) ? "closed the connection" : "could not be talked to (" + error.message() + ")";
  return Error(ErrorKind::network, proxy.describe() + " " + how + " when asked for a way to " + destination,
               "Is it an HTTP proxy? " + proxy.way_out());
}

}  // namespace

Error refusal_of(const Proxy& proxy, const std::string& destination, int status, const Headers& headers) {
  const std::string_view phrase = reason_phrase(status);
  const std::string message = proxy.describe() + " did not let us through to " + destination + ": it answered " +
                              std::to_string(status) + (phrase.empty() ? "" : " ") + std::string(phrase);
  Error error(ErrorKind::invalid, message, "What answers there is perhaps no HTTP proxy. " + proxy.way_out());
  if (status == 407) {
    error.kind = ErrorKind::denied;
    error.hint = hint_for_407(proxy, headers);
  } else if (status == 401 || status == 403) {
    error.kind = ErrorKind::denied;
    error.hint = "It does not allow that host: ask who runs the proxy. " + proxy.way_out();
  } else if (status == 408 || status == 429 || status >= 500) {
    error.kind = ErrorKind::network;
    error.hint = "It cannot reach that host: check the URL (base_url), or ask who runs the proxy. " + proxy.way_out();
  }
  error.http_status = status;
  return error;
}

async::Task<Status> open_tunnel(Socket& socket, const Proxy& proxy, const std::string& destination,
                                const std::string& user_agent, Attempt& attempt) {
  attempt.cut = [&socket] {
    ErrorCode ignored;
    socket.close(ignored);
  };
  ErrorCode error;
  const std::string request = request_of(proxy, destination, user_agent);
  const asio::const_buffer outgoing(request.data(), request.size());
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(socket, outgoing, token);

  const auto parser = make_response_parser(tunnel_answer_bytes_max, true);
  std::string received;
  while (!error && !parser->head_done()) {
    char piece[4096];
    const asio::mutable_buffer incoming(piece, sizeof piece);
    const std::size_t bytes = co_await socket.async_read_some(incoming, token);
    received.append(piece, bytes);
    for (bool more = !received.empty(); more && !parser->head_done();) {
      const auto step = parser->put(received);
      if (!step.ok()) {
        attempt.cut = nullptr;
        co_return not_a_proxy(proxy, step.error().message);
      }
      received.erase(0, step->used);
      more = step->used > 0 && !received.empty();
    }
  }
  attempt.cut = nullptr;
  if (!parser->head_done()) co_return went_away(proxy, destination, error);
  if (parser->head().status < 200 || parser->head().status >= 300)
    co_return refusal_of(proxy, destination, parser->head().status, parser->head().headers);
  // TLS begins with our words: what came behind the head is nobody's.
  if (!received.empty()) co_return not_a_proxy(proxy, "it goes on behind its answer to CONNECT");
  co_return Status();
}

}  // namespace batchd::http
