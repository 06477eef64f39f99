// What may be done to a run.

#include <fmt/format.h>

#include "core/runner/pruning.hpp"
#include "core/runner/run_facts.hpp"
#include "doors/daemon/api.hpp"
#include "doors/daemon/api_wishes.hpp"
#include "doors/daemon/problem.hpp"
#include "line/report/standing.hpp"

namespace batchd::daemon {
namespace {

std::string over(const model::Run& run, std::string_view verb) {
  return fmt::format("run {} is over ({}): there is nothing to {}", run.id, name_of(run.state), verb);
}

// Of those that have failed.
std::uint64_t items_for(const std::vector<store::FailureCount>& failures, model::ReasonSet reasons) {
  std::uint64_t items = 0;
  for (const auto& failure : failures)
    if (reasons.contains(failure.reason)) items += failure.items;
  return items;
}

std::string told_of_retry(const model::Run& run, std::uint64_t items, model::ReasonSet reasons) {
  std::string names;
  for (int i = 1; i < model::reason_count; ++i)
    if (const auto reason = static_cast<model::Reason>(i); reasons.contains(reason))
      names += fmt::format("{}{}", names.empty() ? "" : ", ", name_of(reason));
  if (items > 0)
    return fmt::format("{} asked once more", items == 1 ? "1 item is" : fmt::format("{} items are", items));
  return fmt::format("nothing of run {} is to be asked again: no item has failed for {}", run.id, names);
}

}  // namespace

Api::Answer Api::cancel(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state)) co_return co_await run_answer(200, call, run->id, over(*run, "cancel"));
  const auto now = around_.loop.clock().now();
  auto ask = [&]() -> Status {
    auto asked = around_.store.request_cancel(run->id, model::CancelScope::everything, now);
    if (!asked || !call.visitor.is_by_token || run->cancel_requested_at) return asked;
    model::Changes changes;
    changes.happenings.push_back(runner::cancel_asked_by(call.visitor.who, now));
    return around_.store.apply(run->id, changes);
  };
  if (auto asked = co_await on_sql(ask); !asked) co_return problem(asked.error());
  pool_.take_up(*run, std::nullopt);  // or wakes it, where it waits for better days
  co_return co_await run_answer(202, call, run->id);
}

Api::Answer Api::resume(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state)) co_return co_await run_answer(200, call, run->id, over(*run, "go on with"));
  if (run->state == model::RunState::created)
    co_return problem(409, fmt::format("run {} is still being prepared", run->id));
  const auto owner = report::owner_of(*run);
  if (owner && owner->liveness == Liveness::alive && owner->process != around_.process)
    co_return problem(409, fmt::format("process {} is working on run {}", owner->process.pid, run->id));
  const auto* watched = folder_.find(run->job);
  pool_.take_up(*run, watched ? watched->job : std::nullopt);  // or wakes it, where it waits for better days
  co_return co_await run_answer(202, call, run->id);
}

Api::Answer Api::retry(const Call& call) {
  const auto asked_for = wanted_reasons(call.request);
  if (!asked_for) co_return problem(asked_for.error());
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  if (!model::is_final(run->state))
    co_return problem(409, fmt::format("run {} is {}", run->id, name_of(run->state)), "retry it when it is over");
  const auto reasons = *asked_for;
  std::uint64_t items = 0;
  const auto now = around_.loop.clock().now();
  auto ask = [&]() -> Status {
    const auto failures = around_.store.failures(run->id);
    if (!failures) return failures.error();
    items = items_for(*failures, reasons);
    if (items == 0) return {};
    if (auto there = runner::check_for_retrying(around_.store, around_.state_folder, run->id); !there) return there;
    if (auto owned = runner::own(around_.store, *run, around_.process, now); !owned) return owned;
    return around_.store.request_retry(run->id, reasons);
  };
  if (auto asked = co_await on_sql(ask); !asked) co_return problem(asked.error());
  if (items > 0) {
    const auto* watched = folder_.find(run->job);
    pool_.take_up(*run, watched ? watched->job : std::nullopt);
  }
  co_return co_await run_answer(items > 0 ? 202 : 200, call, run->id, told_of_retry(*run, items, reasons));
}

Api::Answer Api::pause(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  if (model::is_final(run->state))
    co_return problem(409,
                      fmt::format("run {} is over ({}): there is nothing to hold back", run->id, name_of(run->state)));
  const model::Pause pause{model::PauseOf::run, run->id, around_.loop.clock().now()};
  auto keep = [&] { return around_.store.pause(pause); };
  if (auto kept = co_await on_sql(keep); !kept) co_return problem(kept.error());
  co_return co_await run_answer(200, call, run->id);
}

Api::Answer Api::unpause(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  auto keep = [&] { return around_.store.unpause(model::PauseOf::run, run->id); };
  if (auto kept = co_await on_sql(keep); !kept) co_return problem(kept.error());
  co_return co_await run_answer(200, call, run->id);
}

}  // namespace batchd::daemon
