#include "doors/daemon/herald.hpp"

#include <algorithm>
#include <future>

#include <doctest/doctest.h>

#include "daemon/house.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace std::chrono_literals;

namespace {

class RecordingManager final : public ServiceManager {
 public:
  explicit RecordingManager(std::optional<Duration> watchdog = std::nullopt) : watchdog_(watchdog) {}
  void tell(const std::string& message) override { told.push_back(message); }
  std::optional<Duration> watchdog() const override { return watchdog_; }
  std::vector<std::string> told;

 private:
  std::optional<Duration> watchdog_;
};

}  // namespace

TEST_CASE("without a service manager nothing is told and nothing waits") {
  test::House house;
  Herald herald(house.around, nullptr, [] { return "idle"; });
  herald.ready();
  herald.reloading();
  herald.stopping();
  house.loop.run(herald.run({}));
}

TEST_CASE("how it stands is told with READY, and again only when it has changed") {
  test::House house;
  RecordingManager manager;
  std::string standing = "0 runs go on";
  Herald herald(house.around, &manager, [&] { return standing; });
  herald.ready();
  herald.stopping();
  CHECK(manager.told == std::vector<std::string>{"READY=1\nSTATUS=0 runs go on\n", "STOPPING=1\n"});
}

TEST_CASE("a reload that was told of ends once, and a stop ends it, too") {
  test::House house;
  RecordingManager manager;
  Herald herald(house.around, &manager, [] { return std::string(); });
  herald.reloaded();
  herald.reloading();
  herald.reloaded();
  herald.reloaded();
  CHECK(manager.told == std::vector<std::string>{"RELOADING=1\n", "READY=1\n"});
  herald.reloading();
  herald.stopping();
  CHECK(manager.told.back() == "STOPPING=1\n");
  CHECK(manager.told.at(manager.told.size() - 2) == "READY=1\n");
}

TEST_CASE("that it lives is told only once the SQL thread has answered") {
  test::House house;
  RecordingManager manager(1h);
  Herald herald(house.around, &manager, [] { return std::string(); });
  const async::StopToken stop;
  std::promise<void> released;
  std::size_t told_while_busy = 99;
  const auto main = [&]() -> async::Task<void> {
    async::TaskGroup group(house.loop);
    const auto occupy = [&]() -> async::Task<void> {
      auto wait = [&]() -> Status {
        released.get_future().wait();
        return {};
      };
      (void)co_await house.sql.run(wait);
    };
    group.spawn(occupy());
    group.spawn(herald.run(stop));
    async::Wakeup turn(house.loop);
    house.loop.post([&] { turn.notify(); });  // behind what was spawned: both have begun by then
    co_await turn.wait();
    told_while_busy = manager.told.size();
    released.set_value();
    auto nothing = []() -> Status { return {}; };
    (void)co_await house.sql.run(nothing);  // behind what the herald asked
    stop.stop();
    co_await group.join();
  };
  house.loop.run(main());
  CHECK(told_while_busy == 0);
  CHECK(manager.told == std::vector<std::string>{"WATCHDOG=1\n"});
}
