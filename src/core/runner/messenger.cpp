#include "core/runner/messenger.hpp"

#include <algorithm>

#include "line/notify/target.hpp"

namespace batchd::runner {
namespace {

std::string shown_target(const model::Delivery& delivery) {
  const auto target = notify::target_from_text(delivery.target);
  return target ? notify::shown(*target) : "";
}

}  // namespace

Messenger::Messenger(Surroundings& around, const notify::Post& post, Duration look_every)
    : around_(around), post_(post), look_every_(look_every) {}

async::Task<void> Messenger::run(async::StopToken stop) {
  while (!stop.stopped()) {
    if (co_await tell_due(stop)) continue;
    const auto slept = co_await around_.loop.sleep_for(look_every_, stop);
    if (!slept) co_return;
  }
}

async::Task<void> Messenger::tell_within(Duration patience, async::StopToken stop) {
  const auto until = around_.loop.clock().now() + patience;
  while (!stop.stopped()) {
    if (co_await tell_due(stop)) continue;
    auto look = [&] { return around_.store.next_delivery_at(); };
    const auto next = co_await around_.sql.run(look);
    if (!next || !*next || **next > until) co_return;
    const auto slept = co_await around_.loop.sleep_until(**next, stop);
    if (!slept) co_return;
  }
}

async::Task<bool> Messenger::tell_due(async::StopToken stop) {
  const auto now = around_.loop.clock().now();
  auto look = [&] { return around_.store.due_deliveries(now, tries_at_once_max); };
  auto due = co_await around_.sql.run(look);
  if (!due) {
    around_.log.warning("cannot look whom to tell", {{"why", due.error().message}});
    co_return false;
  }
  if (due->empty()) co_return false;
  async::TaskGroup tries(around_.loop);
  bool any_begun = false;
  for (auto& delivery : *due)
    tries.spawn(try_one(std::move(delivery), stop, any_begun));
  co_await tries.join();
  co_return any_begun;
}

async::Task<void> Messenger::try_one(model::Delivery delivery, async::StopToken stop, bool& begun) {
  const auto lost_at = around_.loop.clock().now() + notify::try_patience;
  auto claim = [&] { return around_.store.claim_delivery(delivery, lost_at); };
  const auto claimed = co_await around_.sql.run(claim);
  if (!claimed) around_.log.warning("cannot begin to tell", {{"why", claimed.error().message}});
  if (!claimed || !*claimed) co_return;
  begun = true;
  ++delivery.attempts;
  auto tried = co_await notify::deliver(post_, delivery, stop);
  // Cut short by our own end, it says nothing of them: it is due again when this claim is lost.
  if (stop.stopped() && tried.state != model::DeliveryState::delivered) co_return;
  auto keep = [&] { return around_.store.note_delivery(tried); };
  if (const auto kept = co_await around_.sql.run(keep); !kept)
    around_.log.warning("cannot keep who was told", {{"why", kept.error().message}});
  const bool is_told = tried.state == model::DeliveryState::delivered;
  const auto level = is_told ? LogLevel::info : LogLevel::warning;
  around_.log.write(level, is_told ? "told" : "could not tell",
                    {{"run", tried.run},
                     {"event", tried.event},
                     {"to", shown_target(tried)},
                     {"how", tried.detail},
                     {"try", std::to_string(tried.attempts)},
                     {"message", tried.id}});
}

}  // namespace batchd::runner
