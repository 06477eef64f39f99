#include "ground/http/addresses.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>

using namespace batchd;
using namespace batchd::http;
using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

namespace {

Endpoint at(const std::string& address, std::uint16_t port = 443) { return tcp::endpoint(make_address(address), port); }

struct Attempted {
  ErrorCode error;
  std::optional<Endpoint> reached;
};

Attempted try_in_order(async::Loop& loop, const std::vector<Endpoint>& endpoints, Duration timeout) {
  Attempt attempt(loop);
  attempt.deadline.expires_after(timeout);
  attempt.deadline.async_wait([&attempt](const ErrorCode& error) {
    if (!error) attempt.end();
  });
  Socket socket(loop.io());
  Attempted attempted;
  auto main = [&]() -> async::Task<void> {
    attempted.error = co_await connect_to_first(loop, socket, endpoints, attempt);
    attempt.deadline.cancel();
  };
  loop.run(main());
  if (!attempted.error) attempted.reached = socket.remote_endpoint();
  return attempted;
}

// Listens and never accepts, with a full queue: who comes now is not answered at all.
struct BlackHole {
  explicit BlackHole(async::Loop& loop) : acceptor(loop.io(), tcp::v4()) {
    acceptor.bind({make_address("127.0.0.1"), 0});
    acceptor.listen(0);
    for (auto& one : filling) {
      one = std::make_unique<tcp::socket>(loop.io());
      one->open(tcp::v4());
      one->native_non_blocking(true);
      const auto there = acceptor.local_endpoint();
      (void)::connect(one->native_handle(), there.data(), static_cast<socklen_t>(there.size()));
    }
  }
  Endpoint endpoint() const { return acceptor.local_endpoint(); }
  tcp::acceptor acceptor;
  std::unique_ptr<tcp::socket> filling[4];
};

}  // namespace

TEST_CASE("both families have their turn, the system's favourite first") {
  const auto six = [](int n) { return at("2001:db8::" + std::to_string(n)); };
  const auto four = [](int n) { return at("10.0.0." + std::to_string(n)); };
  CHECK(in_turn({}).empty());
  CHECK(in_turn({four(1), four(2)}) == std::vector{four(1), four(2)});
  CHECK(in_turn({six(1), six(2), six(3), six(4), six(5), four(1)}) == std::vector{six(1), four(1), six(2), six(3)});
  CHECK(in_turn({four(1), six(1), six(2), four(2), four(3)}) == std::vector{four(1), six(1), four(2), six(2)});
}

TEST_CASE("an address that refuses makes room for the next") {
  async::Loop loop;
  tcp::acceptor listening(loop.io(), {make_address("127.0.0.1"), 0});
  std::uint16_t free_port = 0;
  {
    const tcp::acceptor gone(loop.io(), {make_address("127.0.0.1"), 0});
    free_port = gone.local_endpoint().port();
  }
  const auto refusing = at("127.0.0.1", free_port);
  const Endpoint good = listening.local_endpoint();
  CHECK(try_in_order(loop, {refusing, refusing, refusing, good}, 10s).reached == good);
  CHECK(try_in_order(loop, {refusing, refusing}, 10s).error == boost::asio::error::connection_refused);
}

TEST_CASE("an address that never answers leaves time for the next") {
  async::Loop loop;
  const BlackHole hole(loop);
  tcp::acceptor listening(loop.io(), {make_address("127.0.0.1"), 0});
  const Endpoint good = listening.local_endpoint();
  CHECK(try_in_order(loop, {hole.endpoint(), good}, 400ms).reached == good);
  CHECK_FALSE(try_in_order(loop, {hole.endpoint(), hole.endpoint()}, 200ms).reached);
}
