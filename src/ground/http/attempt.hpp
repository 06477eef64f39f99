#pragma once
// Internal to the room: what can end the making of a connection from outside: time, or a stop.

#include <algorithm>
#include <functional>

#include <boost/asio/steady_timer.hpp>

#include "ground/async/loop.hpp"

namespace batchd::http {

// One step at a time is under way: `cut` says how to end that.
struct Attempt {
  explicit Attempt(async::Loop& loop) : deadline(loop.io()) {}

  void end() {
    ended = true;
    if (cut) cut();
  }
  Duration remaining() const {
    const auto left = deadline.expiry() - std::chrono::steady_clock::now();
    return std::max(Duration(0), std::chrono::duration_cast<Duration>(left));
  }

  boost::asio::steady_timer deadline;
  bool ended = false;
  std::function<void()> cut;
};

}  // namespace batchd::http
