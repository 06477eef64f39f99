// bench_tls_server CERTIFICATE KEY DOWNLOAD_BYTES
// The other end of the transfers: HTTPS on a free port of 127.0.0.1 (printed as port=N), which takes every POST and
// forgets it, and answers every GET with so many bytes out of memory. No disk, no framework, large reads: faster than
// any client of it. Ends when its standard input does.

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

// The value of a field of the header, "" when there is none. Good for curl and for us, not for the world.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    bool same = true;
    for (std::size_t i = 0; i < name.size(); ++i)
      same = same && (line[i] | 0x20) == (name[i] | 0x20);
    if (same) return line.substr(line.find_first_not_of(": ", name.size()));
  }
  return {};
}

class Conversation {
 public:
  Conversation(SSL_CTX* context, int socket, std::uint64_t download_bytes)
      : ssl_(SSL_new(context)), socket_(socket), download_bytes_(download_bytes), piece_(piece_bytes, 'x') {
    SSL_set_fd(ssl_, socket);
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    SSL_free(ssl_);
    ::close(socket_);
  }
  void hold() {
    if (SSL_accept(ssl_) != 1) return;
    while (answer_one())
      continue;
  }

 private:
  bool answer_one() {
    std::size_t head_end;
    while ((head_end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!read_more()) return false;
    const std::string head = input_.substr(0, head_end + 2);
    input_.erase(0, head_end + 4);
    return head.starts_with("POST") ? take(head) : give();
  }
  bool read_more() {
    const int got = SSL_read(ssl_, piece_.data(), static_cast<int>(piece_.size()));
    if (got > 0) input_.append(piece_.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
  bool say(std::string_view text) { return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0; }

  bool take(const std::string& head) {
    const std::string_view length = field(head, "Content-Length");
    std::uint64_t left = 0;
    std::from_chars(length.data(), length.data() + length.size(), left);
    if (!field(head, "Expect").empty() && !say("HTTP/1.1 100 Continue\r\n\r\n")) return false;
    left -= input_.size();
    input_.clear();
    while (left > 0) {
      const int got = SSL_read(ssl_, piece_.data(), static_cast<int>(piece_.size()));
      if (got <= 0) return false;
      left -= static_cast<std::uint64_t>(got);
    }
    constexpr std::string_view body = R"({"id":"file-bench","object":"file","status":"processed"})";
    return say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + std::string(body));
  }
  bool give() {
    if (!say("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " +
             std::to_string(download_bytes_) + "\r\n\r\n"))
      return false;
    for (std::uint64_t left = download_bytes_; left > 0;) {
      const auto now = static_cast<std::size_t>(left < piece_bytes ? left : piece_bytes);
      if (!say(std::string_view(piece_).substr(0, now))) return false;
      left -= now;
    }
    return true;
  }

  SSL* ssl_;
  int socket_;
  std::uint64_t download_bytes_;
  std::string piece_;
  std::string input_;
};

SSL_CTX* make_context(const char* certificate, const char* key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    std::fprintf(stderr, "bench_tls_server: %s and %s are no certificate and key\n", certificate, key);
    std::exit(1);
  }
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, piece_bytes);  // many records a system call
  return context;
}

int listen_on_loopback() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener, 16) != 0 || ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail("bench_tls_server");
  std::printf("port=%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "bench_tls_server CERTIFICATE KEY DOWNLOAD_BYTES\n");
    return 2;
  }
  SSL_CTX* context = make_context(arguments[1], arguments[2]);
  const std::uint64_t download_bytes = std::stoull(arguments[3]);
  const int listener = listen_on_loopback();
  std::thread([] {
    std::array<char, 64> ignored;
    while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0)
      continue;
    std::_Exit(0);
  }).detach();
  while (true) {
    const int socket = ::accept(listener, nullptr, nullptr);
    if (socket < 0) continue;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread([=] { Conversation(context, socket, download_bytes).hold(); }).detach();
  }
}
