#include "doors/cli/superseding.hpp"

#include <utility>

#include <fmt/format.h>

#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"

namespace batchd::cli {
namespace {

constexpr Duration owner_asked_every = std::chrono::seconds(2);

bool is_over(const runner::Ending& ending) { return !ending.interrupted && !ending.error; }

}  // namespace

std::optional<int> bring_to_end(const GlobalOptions& global, const job::Config& config, const model::Run& of,
                                std::optional<Duration> give_up_after) {
  auto taken = take_up(global, config, of, give_up_after, true);
  if (!taken) return show_error(global, taken.error());
  auto& place = *taken->place;
  const auto display = make_display(global, place.loop().clock());
  const auto signals = take_signals(place);
  bool told_of_owner = false;
  for (;;) {
    const auto run = place.store().run(of.id);
    if (!run) return show_error(global, run.error());
    if (model::is_final(run->state)) return std::nullopt;
    const auto ended = drive(place, *taken->provider, *display, *run, taken->driven, signals->stop);
    display->close();
    if (ended && is_over(*ended)) continue;
    if (ended) return show_unfinished(global, place.store(), *run, *ended, *signals);
    if (ended.error().kind != ErrorKind::conflict) return show_error(global, ended.error());
    if (!std::exchange(told_of_owner, true))
      say(global, LogLevel::info, fmt::format("Waiting: {}.", ended.error().message));
    if (!place.loop().run(place.loop().sleep_for(owner_asked_every, signals->stop)))
      return exit_signal_base + signals->first;
  }
}

}  // namespace batchd::cli
