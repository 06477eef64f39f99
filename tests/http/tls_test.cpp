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
using test::Certificate;

namespace {

// A TLS server for "localhost" under an authority of the test's own.
struct World {
  explicit World(const std::string& names = "DNS:localhost,IP:127.0.0.1", long days = 2) {
    const auto authority = Certificate::authority("The test's authority");
    const auto certificate = Certificate::issued_by(authority, names, days);
    authority.write_certificate(ca_file);
    certificate.write_certificate(folder / "cert.pem");
    certificate.write_key(folder / "key.pem");
    port = server.listen_tls("127.0.0.1", 0, folder / "cert.pem", folder / "key.pem").value();
  }

  Result<Response> get(SocketTransport& transport, const std::string& host = "localhost") {
    const Request request{.url = "https://" + host + ":" + std::to_string(port) + "/"};
    return loop.run(transport.send(request, options));
  }

  test::TemporaryFolder folder;
  async::Loop loop;
  RecordingLog log;
  test::ScriptedHandler handler;
  Server server{loop, handler, log, ServerOptions{.spool_folder = folder.path()}};
  Path ca_file = folder / "ca.pem";
  std::uint16_t port = 0;
  SendOptions options;
};

void check_refused(const Result<Response>& answer) {
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK(answer.error().nothing_sent);
}

}  // namespace

TEST_CASE("a server under a private authority is trusted with its ca_file, by name and by address") {
  World world;
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto by_name = world.get(transport);
  REQUIRE(by_name.ok());
  CHECK(by_name->body == "hello");
  CHECK(world.get(transport, "127.0.0.1").ok());
  CHECK(world.get(transport).ok());
  CHECK(transport.counts().connections_opened == 2);
  CHECK(transport.counts().connections_reused == 1);
}

TEST_CASE("an unknown authority is refused before a byte is sent, and the sentence names ca_file") {
  World world;
  SocketTransport system_only(world.loop, {});
  const auto answer = world.get(system_only);
  check_refused(answer);
  CHECK(answer.error().message.find("localhost:" + std::to_string(world.port)) != std::string::npos);
  CHECK(answer.error().message.find("not issued by an authority this machine trusts") != std::string::npos);
  CHECK(answer.error().hint.find("in http.ca_file") != std::string::npos);
  CHECK(world.handler.seen.empty());
}

TEST_CASE("another private authority is refused, too") {
  World world;
  const auto other = Certificate::authority("Another authority");
  other.write_certificate(world.folder / "other.pem");
  SocketTransport transport(world.loop, {.ca_file = world.folder / "other.pem"});
  const auto answer = world.get(transport);
  check_refused(answer);
  CHECK(answer.error().message.find("other.pem") != std::string::npos);
}

TEST_CASE("a certificate for another host is refused and its names are told") {
  World world("DNS:api.example.com,DNS:*.example.org");
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(transport);
  check_refused(answer);
  CHECK(answer.error().message.find("is not for \"localhost\" but for api.example.com, *.example.org") !=
        std::string::npos);
  check_refused(world.get(transport, "127.0.0.1"));
  CHECK(world.handler.seen.empty());
}

TEST_CASE("a certificate that signed itself is refused, and trusted when it stands in ca_file") {
  World world;
  const auto alone = Certificate::signed_by_itself("DNS:localhost");
  alone.write_certificate(world.folder / "alone.pem");
  alone.write_key(world.folder / "alone-key.pem");
  world.port =
      world.server.listen_tls("127.0.0.1", 0, world.folder / "alone.pem", world.folder / "alone-key.pem").value();
  SocketTransport distrusting(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(distrusting);
  check_refused(answer);
  CHECK(answer.error().message.find("is signed by itself, by no authority") != std::string::npos);
  CHECK(answer.error().hint.find("name a file with that certificate (PEM) in http.ca_file") != std::string::npos);
  SocketTransport trusting(world.loop, {.ca_file = world.folder / "alone.pem"});
  CHECK(world.get(trusting).ok());
}

TEST_CASE("an expired certificate is refused and the clock is suspected") {
  World world("DNS:localhost", 0);
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(transport);
  check_refused(answer);
  CHECK(answer.error().message.find("certificate has expired") != std::string::npos);
  CHECK(answer.error().hint.find("date") != std::string::npos);
}

TEST_CASE("a ca_file that cannot be read is the user's mistake") {
  World world;
  for (const Path& wrong : {Path(world.folder / "missing.pem"), world.folder.write("empty.pem", "not a certificate")}) {
    SocketTransport transport(world.loop, {.ca_file = wrong});
    const auto answer = world.get(transport);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().kind == ErrorKind::invalid);
    CHECK(answer.error().nothing_sent);
    CHECK(answer.error().message.find(wrong.string()) != std::string::npos);
  }
}

TEST_CASE("https to a server that speaks plain HTTP says what is wrong") {
  World world;
  const auto plain = world.server.listen_tcp("127.0.0.1", 0);
  REQUIRE(plain.ok());
  world.port = *plain;
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(transport);
  check_refused(answer);
  CHECK(answer.error().message.find("does not speak TLS") != std::string::npos);
}

TEST_CASE("http to a server that speaks TLS says what is wrong") {
  World world;
  // What OpenSSL's servers say to it: an alert record (here: unexpected message), or nothing.
  test::RawServer alerts(world.loop, {test::answers(std::string("\x15\x03\x01\x00\x02\x02\x0a", 7))});
  SocketTransport transport(world.loop, {});
  const Request request{.url = alerts.url()};
  const auto told = world.loop.run(transport.send(request, world.options));
  REQUIRE_FALSE(told.ok());
  CHECK(told.error().message == "127.0.0.1:" + std::to_string(alerts.port()) + " speaks TLS, and the URL says http://");
  CHECK(told.error().hint == "Write https:// in the URL (base_url).");

  const Request to_ours{.url = "http://localhost:" + std::to_string(world.port) + "/"};
  const auto answer = world.loop.run(transport.send(to_ours, world.options));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().hint.find("https://") != std::string::npos);
  CHECK(world.handler.seen.empty());
}

TEST_CASE("a handshake that does not end is given up after the connect time-out") {
  World world;
  test::RawServer silent(world.loop, {[](test::RawConnection& connection) -> async::Task<void> {
                           (void)co_await connection.read_until("never comes");
                         }});
  world.port = silent.port();
  world.options.connect_timeout = 300ms;
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(transport);
  check_refused(answer);
  CHECK(answer.error().message.find("TLS handshake") != std::string::npos);
}

TEST_CASE("megabytes survive TLS in both directions") {
  World world;
  std::string large;
  for (int i = 0; large.size() < (5u << 20); ++i)
    large += std::to_string(i) + "\n";
  world.handler.respond = [](ServerRequest& request) {
    ServerResponse response;
    response.body = request.body_text(64 << 20).value();
    return response;
  };
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const Path path = world.folder.write("large", large);
  Request request{.method = Method::post, .url = "https://localhost:" + std::to_string(world.port) + "/"};
  request.body = FileRange{path, 0, {}};
  world.options.download_to = world.folder / "back";
  const auto answer = world.loop.run(transport.send(request, world.options));
  REQUIRE(answer.ok());
  CHECK(world.folder.read("back") == large);
}

TEST_CASE("over TLS, too, an answer cut short is not taken for whole") {
  World world;
  world.handler.respond = [](ServerRequest&) {
    ServerResponse response;
    response.body = std::string(100'000, 'x');
    response.cut_after_body_bytes = 50'000;
    return response;
  };
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  const auto answer = world.get(transport);
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().kind == ErrorKind::network);
  CHECK_FALSE(answer.error().nothing_sent);
}

TEST_CASE("over TLS a server that refuses early is heard") {
  World world;
  world.handler.plan = [](const ServerRequest&) {
    BodyPlan plan;
    ServerResponse refusal;
    refusal.status = 401;
    refusal.body = "key";
    plan.answer_now = refusal;
    return plan;
  };
  SocketTransport transport(world.loop, {.ca_file = world.ca_file});
  Request request{.method = Method::post, .url = "https://localhost:" + std::to_string(world.port) + "/"};
  request.body = std::string(20'000'000, 'x');
  const auto answer = world.loop.run(transport.send(request, world.options));
  REQUIRE(answer.ok());
  CHECK(answer->status == 401);
  CHECK(answer->body == "key");
}
