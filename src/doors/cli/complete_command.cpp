// __complete: what the shells' completion scripts cannot know, one candidate a line with a tab and a remark behind it.
// Nobody waits for it and nobody reads a complaint of it: whatever is wrong, it says less.

#include <iostream>
#include <set>

#include <fmt/format.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/lookup.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint32_t runs_offered = 50;

// --config and --state-dir as they stand on the line being typed.
GlobalOptions with_words(GlobalOptions global, const std::vector<std::string>& words) {
  const auto take = [&](std::string_view name, std::size_t i, std::optional<Path>& value) {
    if (words[i] == name && i + 1 < words.size()) {
      const bool apart = words[i + 1] == "=" && i + 2 < words.size();  // bash takes --config=FILE for three words
      value = std::filesystem::absolute(words[apart ? i + 2 : i + 1]);
    } else if (words[i].starts_with(std::string(name) + "=")) {
      value = std::filesystem::absolute(words[i].substr(name.size() + 1));
    }
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    take("--config", i, global.config);
    take("--state-dir", i, global.state_dir);
  }
  return global;
}

}  // namespace

int complete_command(const GlobalOptions& global, const CompleteOptions& options) {
  const auto config = load_config_here(with_words(global, options.words));
  if (!config) return exit_ok;
  auto states = open_states(*config);
  if (!states) return exit_ok;
  const auto now = SystemClock().now();
  std::set<std::string> jobs;
  std::string ids;
  for (auto& state : *states) {
    const auto runs = state.store->runs("", runs_offered);
    if (!runs) continue;
    for (const auto& run : *runs) {
      const auto said = fmt::format("{}, {}", name_of(run.state), format_ago(run.created_at, now));
      if (jobs.insert(run.job).second) std::cout << fmt::format("{}\t{}\n", run.job, said);
      ids += fmt::format("{}\t{} {}\n", short_id(*states, run.id), run.job, said);
    }
  }
  if (options.what == "runs") std::cout << ids;
  return exit_ok;
}

}  // namespace batchd::cli
