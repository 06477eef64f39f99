#pragma once
// Taking up a run with the job as it was frozen: shared by resume, retry, cancel and resolve.

#include <memory>
#include <optional>
#include <string>

#include "doors/cli/lookup.hpp"
#include "doors/cli/sessions.hpp"

namespace batchd::cli {

struct TakenUp {
  std::unique_ptr<Workplace> place;
  provider::Provider* provider = nullptr;
  Driven driven;
};
// The run's own state opened for writing, and the way to its provider. `asks_provider`: denied when there is no key.
Result<TakenUp> take_up(const GlobalOptions& global, const job::Config& config, const model::Run& run,
                        std::optional<Duration> give_up_after, bool asks_provider);

// To the end; shows it. The exit code.
int drive_on(TakenUp& taken, const GlobalOptions& global, const std::string& run);

// Shows how a final run ended. Its exit code.
int show_final(const GlobalOptions& global, FoundRun& found);

// Of a run that is `created`.
Error still_preparing(const model::Run& run);

}  // namespace batchd::cli
