#pragma once
// Somebody who listens for webhooks: a plain socket, so that what arrives is seen as it was sent.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ground/base/check.hpp"

namespace batchd::cli::test {

class WebhookReceiver {
 public:
  // Answers so many calls with 500 before it takes them.
  explicit WebhookReceiver(int refusals = 0) : refusals_(refusals) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listens = ::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         ::listen(listening_, 16) == 0 &&
                         ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    check(listens, "a port can be listened at");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~WebhookReceiver() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/hook", port_); }
  // Head and body of each call, in the order in which they came.
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      auto call = read_call(connection);
      const std::string answer = refusals_ > 0 ? "500 Internal Server Error" : "204 No Content";
      refusals_ -= refusals_ > 0;
      {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(call));
      }
      const auto text = fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", answer);
      (void)!::write(connection, text.data(), text.size());
      ::close(connection);
    }
  }

  static std::string read_call(int connection) {
    std::string call;
    for (;;) {
      const auto end = call.find("\r\n\r\n");
      const auto length = call.find("Content-Length: ");
      if (end != std::string::npos &&
          (length == std::string::npos || call.size() >= end + 4 + std::stoul(call.substr(length + 16))))
        return call;
      char buffer[4096];
      const auto count = ::read(connection, buffer, sizeof buffer);
      if (count <= 0) return call;
      call.append(buffer, static_cast<std::size_t>(count));
    }
  }

  int listening_ = -1;
  int port_ = 0;
  std::atomic<int> refusals_;
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::thread thread_;
};

}  // namespace batchd::cli::test
