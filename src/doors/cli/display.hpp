#pragma once
// What people see while a run goes on and when it has ended. Results go to files, progress to stderr; --json puts one
// object a line on stdout, each with `type` and `time`, the last one `summary` with the fields of report.json.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/runner/driver.hpp"
#include "core/runner/observer.hpp"
#include "core/runner/preparation.hpp"
#include "doors/cli/options.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

// A live panel on a terminal (redrawn at most ten times a second), else one plain line per change; --json: events;
// -q: nothing until the end.
class Display : public runner::Observer {
 public:
  ~Display() override = default;
  // Takes the panel away, so that what is printed next stands alone. Idempotent.
  virtual void close() = 0;
};
std::unique_ptr<Display> make_display(const GlobalOptions& global, const Clock& clock);

// A line on stderr: as it is, or behind `warning: `; under --log-format json as the log writes it, so that
// a program never meets a line of another kind there. -q leaves only errors.
void say(const GlobalOptions& global, LogLevel level, const std::string& text,
         const std::vector<LogField>& fields = {});
// `error: …` with its hint, to stderr (and as an object under --json). Returns the exit code of its kind.
int show_error(const GlobalOptions& global, const Error& error);
// Each complaint on a line of its own, errors first; under --json one object each.
void show_complaints(const GlobalOptions& global, const std::vector<job::Complaint>& complaints);
// A line for each of the first rows, "data/tickets.jsonl:17: item T-1: the row has no subject"; of those that say the
// same some, and how many more. `file`: where a complaint names none.
void show_rejected_rows(const GlobalOptions& global, LogLevel level, const std::string& file,
                        const std::vector<prepare::Complaint>& complaints, std::uint64_t rejected);
// The same as errors, under --json one object each, and what to do.
void show_refused_rows(const GlobalOptions& global, const runner::Refused& refused);
// This command's run is over and its record gone; `again`: what asks the same once more.
void show_pruned(const GlobalOptions& global, const model::PrunedRun& run, std::string_view again);
// The closing panel of a final run: counts, reasons, tokens, cost, duration, anomalies, where the files are. `again`:
// it was finished before this command. Reads <output>/report.json for what the run record does not hold.
void show_closing(const GlobalOptions& global, const model::Run& run, const model::Counts& counts, bool again);
// Interrupted or halted: where the run stands, how many batches go on costing and how to go on or cancel.
// `batches`: the ids of those that go on costing, as far as they are known.
void show_interrupted(const GlobalOptions& global, const model::Run& run, const runner::Ending& ending,
                      const std::vector<std::string>& batches);

}  // namespace batchd::cli
