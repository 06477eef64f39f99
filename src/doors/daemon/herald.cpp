#include "doors/daemon/herald.hpp"

#include <algorithm>
#include <utility>

namespace batchd::daemon {

Herald::Herald(runner::Surroundings& around, ServiceManager* manager, std::function<std::string()> standing)
    : around_(around), manager_(manager), standing_(std::move(standing)) {}

std::string Herald::news() {
  auto standing = standing_();
  if (standing == told_) return {};
  told_ = std::move(standing);
  return "STATUS=" + told_ + "\n";
}

void Herald::ready() {
  if (manager_) manager_->tell("READY=1\n" + news());
}

void Herald::reloading() {
  if (!manager_) return;
  is_reloading_ = true;
  manager_->tell("RELOADING=1\n");
}

void Herald::reloaded() {
  if (std::exchange(is_reloading_, false)) ready();
}

void Herald::stopping() {
  // Who was promised the end of a reload waits for it.
  reloaded();
  if (manager_) manager_->tell("STOPPING=1\n" + news());
}

async::Task<void> Herald::run(async::StopToken stop) {
  if (!manager_) co_return;
  const auto watchdog = manager_->watchdog();
  const auto pause = watchdog ? std::min(*watchdog / 2, tell_every) : tell_every;
  while (!stop.stopped()) {
    auto look = [this] { return around_.store.queued_runs(); };
    (void)co_await around_.sql.run(look);
    const auto message = (watchdog ? std::string("WATCHDOG=1\n") : std::string()) + news();
    if (!message.empty()) manager_->tell(message);
    (void)co_await around_.loop.sleep_for(pause, stop);
  }
}

}  // namespace batchd::daemon
