// Calls that go through a proxy, over real sockets.

#include <doctest/doctest.h>

#include "ground/http/server.hpp"
#include "ground/http/socket_transport.hpp"
#include "http/certificates.hpp"
#include "http/raw_server.hpp"
#include "http/scripted_handler.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;
using test::answers;
using test::Certificate;
using test::RawConnection;
using test::RawServer;

namespace {

constexpr std::string_view password = "Zwiebel-77";
constexpr std::string_view password_base64 = "YW5uYTpad2llYmVsLTc3";  // anna:Zwiebel-77

// A TLS server for api.example.test, which nobody but the proxy finds.
struct World {
  explicit World(std::vector<RawServer::Script> scripts = {}) : proxy(loop, scripts.empty() ? tunnels() : scripts) {
    const auto authority = Certificate::authority("The test's authority");
    const auto certificate = Certificate::issued_by(authority, "DNS:api.example.test");
    authority.write_certificate(folder / "ca.pem");
    certificate.write_certificate(folder / "cert.pem");
    certificate.write_key(folder / "key.pem");
    port = server.listen_tls("127.0.0.1", 0, folder / "cert.pem", folder / "key.pem").value();
  }

  // Lets every CONNECT through to the server, whatever name it asks for.
  std::vector<RawServer::Script> tunnels() {
    return {[this](RawConnection& connection) -> async::Task<void> {
      if (!co_await connection.read_until("\r\n\r\n")) co_return;
      (void)co_await connection.say("HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n");
      co_await connection.relay_to(loop, port);
    }};
  }

  SocketTransportOptions through(const std::string& user = {}) const {
    SocketTransportOptions made;
    made.ca_file = folder / "ca.pem";
    made.user_agent = "test";
    made.proxy = ProxyChoice("http://" + user + "127.0.0.1:" + std::to_string(proxy.port()), nothing_set);
    return made;
  }
  static std::optional<std::string> nothing_set(const char*) { return std::nullopt; }

  Result<Response> get(SocketTransportOptions given, const std::string& url = "https://api.example.test/v1/files") {
    SocketTransport transport(loop, std::move(given));
    Request request{.url = url};
    request.headers.add("Authorization", "Bearer sk-key");
    const auto answer = loop.run(transport.send(request, options));
    if (!answer.ok()) {
      CHECK(answer.error().text().find(password) == std::string::npos);
      CHECK(answer.error().text().find(password_base64) == std::string::npos);
    }
    return answer;
  }
  std::string name() const { return "the proxy 127.0.0.1:" + std::to_string(proxy.port()) + " named by http.proxy"; }

  test::TemporaryFolder folder;
  async::Loop loop;
  RecordingLog log;
  test::ScriptedHandler handler;
  Server server{loop, handler, log, ServerOptions{.spool_folder = folder.path()}};
  std::uint16_t port = 0;
  RawServer proxy;
  SendOptions options;
};

RawServer::Script keeps_head(std::string& head, const std::string& answer) {
  return [&head, answer](RawConnection& connection) -> async::Task<void> {
    while (co_await connection.read_until("\r\n\r\n")) {
      head = connection.taken;
      (void)co_await connection.say(answer);
    }
  };
}

Error refusal_of(const Result<Response>& answer, ErrorKind kind) {
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == kind);
  CHECK(answer.error().nothing_sent);
  return answer.error();
}

}  // namespace

TEST_CASE("https goes through a tunnel: the proxy finds the host, TLS is with the host, the connection is kept") {
  World world;
  SocketTransport transport(world.loop, world.through());
  const Request request{.method = Method::post, .url = "https://api.example.test/v1/x?y=1", .body = "body"};
  for (int i = 0; i < 3; ++i) {
    const auto answer = world.loop.run(transport.send(request, world.options));
    REQUIRE(answer.ok());
    CHECK(answer->body == "echo body");
  }
  CHECK(world.proxy.accepted == 1);
  CHECK(transport.counts().connections_opened == 1);
  CHECK(world.handler.seen[0].target == "/v1/x?y=1");
  CHECK(world.handler.seen[0].headers.find("Host") == "api.example.test");
  CHECK_FALSE(world.handler.seen[0].headers.has("Proxy-Authorization"));
}

TEST_CASE("megabytes survive the tunnel in both directions") {
  World world;
  std::string large;
  for (int i = 0; large.size() < (3u << 20); ++i)
    large += std::to_string(i) + "\n";
  world.handler.respond = [](ServerRequest& request) {
    ServerResponse response;
    response.body = request.body_text(64 << 20).value();
    return response;
  };
  SocketTransport transport(world.loop, world.through());
  Request request{.method = Method::post, .url = "https://api.example.test/"};
  request.body = FileRange{world.folder.write("large", large), 0, {}};
  world.options.download_to = world.folder / "back";
  REQUIRE(world.loop.run(transport.send(request, world.options)).ok());
  CHECK(world.folder.read("back") == large);
}

TEST_CASE("the proxy is told the destination and who we are, and nothing of the request") {
  std::string head;
  World world({keeps_head(head, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")});
  const std::string user = "anna:" + std::string(password) + "@";
  CHECK_FALSE(world.get(world.through(user)).ok());
  CHECK(head ==
        "CONNECT api.example.test:443 HTTP/1.1\r\nHost: api.example.test:443\r\nUser-Agent: test\r\n"
        "Proxy-Authorization: Basic " +
            std::string(password_base64) + "\r\nProxy-Connection: Keep-Alive\r\n\r\n");
}

TEST_CASE("plain http is handed to the proxy whole") {
  std::string head;
  World world({keeps_head(head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")});
  const auto answer =
      world.get(world.through("anna:" + std::string(password) + "@"), "http://api.example.test:8080/v1/x?y=1");
  REQUIRE(answer.ok());
  CHECK(answer->body == "ok");
  CHECK(head.starts_with("GET http://api.example.test:8080/v1/x?y=1 HTTP/1.1\r\nHost: api.example.test:8080\r\n"));
  CHECK(head.find("\r\nProxy-Authorization: Basic " + std::string(password_base64) + "\r\n") != std::string::npos);
  CHECK(head.find("\r\nAuthorization: Bearer sk-key\r\n") != std::string::npos);
}

TEST_CASE("a proxy that refuses says which proxy, for which host, what it answered and what to do") {
  struct Row {
    std::string answer;
    ErrorKind kind;
    std::string said;
    std::string hint;
  };
  const Row rows[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: "
       "5\r\n\r\nlogin",
       ErrorKind::denied, "407 Proxy Authentication Required", "write http://user:password@host:port"},
      {"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate x\r\n\r\n", ErrorKind::denied,
       "407 Proxy Authentication Required", "It offers NTLM, Negotiate"},
      {"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>Policy", ErrorKind::denied, "403 Forbidden",
       "ask who runs the proxy"},
      {"HTTP/1.1 502 Bad Gateway\r\n\r\n", ErrorKind::network, "502 Bad Gateway", "It cannot reach that host"},
      {"HTTP/1.1 503 Service Unavailable\r\n\r\n", ErrorKind::network, "503 Service Unavailable", "cannot reach"},
      {"HTTP/1.1 405 Method Not Allowed\r\n\r\n", ErrorKind::invalid, "405 Method Not Allowed", "no HTTP proxy"},
      {"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", ErrorKind::invalid, "302 Found", "no HTTP proxy"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.answer);
    World world({answers(row.answer)});
    const auto error = refusal_of(world.get(world.through()), row.kind);
    CHECK(error.message == world.name() + " did not let us through to api.example.test:443: it answered " + row.said);
    CHECK(error.hint.find(row.hint) != std::string::npos);
    CHECK(error.hint.find("proxy: none") != std::string::npos);
    CHECK(world.handler.seen.empty());
  }
}

TEST_CASE("a proxy that is handed plain http and wants to know who asks is named, too; other refusals are the host's") {
  World world(
      {answers("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
               "Content-Length: 5\r\n\r\nlogin")});
  const auto error = refusal_of(world.get(world.through(), "http://api.example.test:8080/v1"), ErrorKind::denied);
  CHECK(error.message ==
        world.name() +
            " did not let us through to api.example.test:8080: it answered 407 Proxy Authentication Required");
  CHECK(error.hint.find("write http://user:password@host:port") != std::string::npos);
  CHECK(error.nothing_sent);
  World forbidding({answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")});
  const auto answer = forbidding.get(forbidding.through(), "http://api.example.test:8080/v1");
  REQUIRE(answer.ok());
  CHECK(answer->status == 403);
}

TEST_CASE("a user name and password that the proxy refuses are not repeated in the sentence") {
  // Some proxies repeat what they were given.
  World world({answers("HTTP/1.1 407 anna:" + std::string(password) +
                       "\r\nProxy-Authenticate: Basic realm=\"anna:" + std::string(password) + "\"\r\n\r\n")});
  const auto error = refusal_of(world.get(world.through("anna:" + std::string(password) + "@")), ErrorKind::denied);
  CHECK(error.hint.find("did not take the user name and password") != std::string::npos);
}

TEST_CASE("what is no proxy is told so") {
  World not_http({answers("SSH-2.0-OpenSSH_9.2\r\n\r\n")});
  CHECK(refusal_of(not_http.get(not_http.through()), ErrorKind::invalid)
            .message.starts_with("the answer of " + not_http.name() + " cannot be read"));
  World talks_on({answers("HTTP/1.1 200 OK\r\n\r\n<html>hello")});
  CHECK(refusal_of(talks_on.get(talks_on.through()), ErrorKind::invalid).message.find("goes on") != std::string::npos);
  World endless({answers("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")});
  CHECK(refusal_of(endless.get(endless.through()), ErrorKind::invalid).message.find("longer than the limit") !=
        std::string::npos);
  World hangs_up(
      {[](RawConnection& connection) -> async::Task<void> { (void)co_await connection.read_until("\r\n\r\n"); }});
  CHECK(refusal_of(hangs_up.get(hangs_up.through()), ErrorKind::network).message ==
        hangs_up.name() + " closed the connection when asked for a way to api.example.test:443");
}

TEST_CASE("a proxy that is not there, or says nothing, is named; so is the one on the way to a wrong certificate") {
  World silent(
      {[](RawConnection& connection) -> async::Task<void> { (void)co_await connection.read_until("never comes"); }});
  silent.options.connect_timeout = 100ms;
  CHECK(refusal_of(silent.get(silent.through()), ErrorKind::network).message ==
        "no connection to " + silent.name() + " within 0.1 s (waiting for the proxy's answer)");

  World world;
  SocketTransportOptions nowhere = world.through();
  std::uint16_t free_port = 0;
  {
    const boost::asio::ip::tcp::acceptor gone(world.loop.io(), {boost::asio::ip::make_address("127.0.0.1"), 0});
    free_port = gone.local_endpoint().port();
  }
  nowhere.proxy = ProxyChoice("127.0.0.1:" + std::to_string(free_port), World::nothing_set);
  const auto refused = refusal_of(world.get(nowhere), ErrorKind::network);
  CHECK(refused.message == "nothing listens at the proxy 127.0.0.1:" + std::to_string(free_port) +
                               " named by http.proxy (connection refused)");
  nowhere.proxy = ProxyChoice("no-such-proxy.invalid:1", World::nothing_set);
  CHECK(refusal_of(world.get(nowhere), ErrorKind::network)
            .message.starts_with("cannot find the address of no-such-proxy.invalid, the proxy named by http.proxy"));

  SocketTransportOptions distrusting = world.through();
  distrusting.ca_file.reset();
  const auto opened_tls = refusal_of(world.get(distrusting), ErrorKind::network);
  CHECK(opened_tls.message.find("api.example.test:443 was not issued by an authority") != std::string::npos);
  CHECK(opened_tls.hint.find("http.ca_file") != std::string::npos);
  CHECK(opened_tls.hint.find(world.name()) != std::string::npos);
  CHECK(refusal_of(world.get(world.through(), "https://other.example.test/"), ErrorKind::network)
            .message.find("is not for \"other.example.test\" but for api.example.test") != std::string::npos);
}

TEST_CASE("a proxy setting that cannot be used is found before anything is sent") {
  World world;
  SocketTransportOptions options = world.through();
  options.proxy = ProxyChoice("socks5://127.0.0.1:1080", World::nothing_set);
  CHECK(refusal_of(world.get(options), ErrorKind::invalid).message.find("SOCKS") != std::string::npos);
  CHECK(world.proxy.accepted == 0);
}
