// What strangers throw at the daemon's door while a run goes on.

#include <utility>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/account.hpp"

namespace batchd::cli {
namespace {

using test::Account;
using test::holds;
using test::Program;

// A client that knows no manners.
class Raw {
 public:
  explicit Raw(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  Raw(Raw&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Raw(const Raw&) = delete;
  ~Raw() {
    if (socket_ >= 0) ::close(socket_);
  }
  void say(std::string_view text) const { (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Until the daemon closes; call it only after what makes it close.
  std::string hear() const {
    std::string heard;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(socket_, buffer, sizeof buffer)) > 0;)
      heard.append(buffer, static_cast<std::size_t>(count));
    return heard;
  }

 private:
  int socket_;
};

int status_of(int port, const std::string& request) {
  const Raw client(port);
  client.say(request);
  const auto heard = client.hear();
  return heard.starts_with("HTTP/1.1 ") ? std::stoi(heard.substr(9, 3)) : 0;
}

std::string get(const std::string& target, const std::string& more = "", const std::string& host = "127.0.0.1") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n", target, host, more);
}

int port_of(const std::string& listening) {
  const auto at = listening.find("http://127.0.0.1:");
  REQUIRE_MESSAGE(at != std::string::npos, listening);
  return std::stoi(listening.substr(at + 17));
}

TEST_SUITE_BEGIN("account");

TEST_CASE("strangers who tell half of it, too much of it or lies get their answer or their end, and no run notices") {
  const Account account({"slow_ms=50"});
  Program daemon(account.folder.path(), {"serve", "--json", "--jobs", ".", "--listen", "127.0.0.1:0"});
  const int port = port_of(daemon.first_line());
  REQUIRE(status_of(port,
                    "POST /api/v1/jobs/tickets/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n") == 202);

  std::vector<Raw> lingering;  // each keeps a connection, and says half of something
  for (int i = 0; i < 100; ++i) {
    lingering.emplace_back(port).say(i % 2 == 0 ? "GET /api/v1/runs HTTP/1.1\r\nHost: loc"
                                                : "POST /api/v1/jobs/tickets/runs HTTP/1.1\r\nHost: localhost\r\n"
                                                  "Content-Length: 1000\r\n\r\nhalf");
  }
  CHECK(status_of(port, get("/healthz")) == 200);

  CHECK(status_of(port, get("/api/v1/runs", "X: " + std::string(200'000, 'x') + "\r\n")) / 100 == 4);
  CHECK(status_of(port, "\x16\x03\x01\x02garbage\r\n\r\n") == 400);
  CHECK(status_of(port, get("/api/v1/runs", "", "evil.example")) == 421);
  CHECK(status_of(port, get("/api/v1/runs", "Host: evil.example\r\n")) / 100 == 4);  // two of them
  CHECK(status_of(port,
                  "POST /api/v1/jobs/tickets/runs HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
                  "Content-Length: 0\r\nConnection: close\r\n\r\n") == 403);
  CHECK(status_of(port,
                  "POST /api/v1/jobs/tickets/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n"
                  "Connection: close\r\n\r\n") == 413);
  for (const char* path : {"/../../etc/passwd", "/api/v1/runs/..%2f..%2fbatchd.db/results", "/%2e%2e/%2e%2e/etc/passwd",
                           "//etc/passwd", "/api/v1/runs/%00/results", "/api/v1/runs/%ff", "/assets/../../key",
                           "/api/v1/runs/..", "/api/v1/jobs/%2e%2e/runs"}) {
    CAPTURE(path);
    const int status = status_of(port, get(path));
    CHECK(status >= 400);
    CHECK(status < 500);
  }

  // The run went its way.
  for (;;) {
    const Raw client(port);
    client.say(get("/api/v1/runs?limit=10"));
    const auto heard = client.hear();
    if (!holds(heard, R"("state":"running")") && !holds(heard, R"("state":"finalizing")") &&
        !holds(heard, R"("state":"created")") && holds(heard, R"("state")")) {
      CHECK(holds(heard, R"("state":"succeeded")"));
      break;
    }
  }
  CHECK(account.batches_made() == 3);
  const auto ended = daemon.finish_after(SIGTERM);
  CHECK(ended.exit_code == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace batchd::cli
