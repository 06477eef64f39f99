#pragma once
// One try to tell somebody, and when the next one is due.

#include <functional>
#include <optional>
#include <string>

#include "ground/async/loop.hpp"
#include "ground/http/transport.hpp"
#include "rules/model/notice.hpp"

namespace batchd::notify {

// One variable of the environment; nothing: it is not set.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;

// How messages leave. Owned by whoever made it; must outlive every try.
struct Post {
  async::Loop& loop;
  async::WorkerPool& workers;  // on which commands run, and files with keys are read
  http::Transport& transport;
  ReadVariable read_variable;
};

inline constexpr Duration webhook_patience = std::chrono::seconds(15);  // without a byte
inline constexpr Duration command_patience = std::chrono::seconds(60);
// From the beginning of a try on: after this nobody is at it any more.
inline constexpr Duration try_patience = std::chrono::minutes(3);

// Tries once. The delivery as it stands afterwards: delivered (a 2xx answer, an exit code of 0), or pending with the
// next try's time, or given up (410 Gone, or the last try has failed); `detail` says how it went, without secrets.
// `delivery.attempts` counts this try already.
async::Task<model::Delivery> deliver(const Post& post, model::Delivery delivery, async::StopToken stop);

// Standard Webhooks' schedule: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. Nothing:
// that was the last. `attempts`: so many have failed.
std::optional<Duration> pause_after(std::uint32_t attempts);

}  // namespace batchd::notify
