#pragma once
// Client and world in one process under a turned clock: a whole run, from rows to results, without a socket.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/runner/driver.hpp"
#include "core/runner/preparation.hpp"
#include "ground/base/files.hpp"
#include "rehearsal/killing_store.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::rehearsal {

// The way to the provider is gone for a while: nothing is known of its address, or whatever is sent gets no answer.
struct Outage {
  Duration from{0};  // after the scene began
  Duration to{0};
  bool is_before_the_wire = true;  // we know that nothing was sent
};

// Somebody sets the machine's clock. The provider's goes on as it did.
struct ClockJump {
  Duration after{0};  // the scene began
  Duration by{0};     // below 0: back
};

struct Scene {
  Path folder;  // state, world, input and output lie below it
  model::Profile profile = model::Profile::openai;
  std::uint32_t rows = 30;
  std::uint32_t rows_per_shard = 10;
  std::uint64_t seed = 7;
  std::vector<std::pair<std::string, std::string>> faults;
  bool delete_remote_files = false;
  bool reuse = false;
  std::uint32_t attempts = 1;                     // recover.attempts
  std::string key;                                // --key; "": the job's own
  std::vector<std::uint32_t> order;               // the rows of the input by their numbers; empty: 1 to `rows`
  std::vector<std::uint32_t> changed;             // numbers of rows whose text is another one
  bool schema_is_stricter = false;                // than that of other nights; the same answers fit
  std::optional<Error> blocked;                   // why nothing may be sent
  std::optional<model::Settlement> settlement;    // what a person says of each shard in doubt, before the run goes on
  std::map<std::uint32_t, std::string> to_adopt;  // by shard: the batches that a person found for them
  std::uint64_t kill_at = 0;                      // the step that is the last; 0: none
  double min_success = 0;
  Duration give_up_after = std::chrono::hours(24);
  std::optional<Duration> leave_after;   // Ctrl-C after so long
  std::optional<Duration> cancel_after;  // `batchd cancel` of another process
  std::vector<Outage> outages;
  std::vector<ClockJump> clock_jumps;
  Duration clock_ahead{0};  // of our clock when the scene begins: `begin` is what it says
  Time begin = from_unix_seconds(1'790'000'000);
};

// Writes the input and the folders.
void build(const Scene& scene);
model::JobSpec job_of(const Scene& scene);

struct Played {
  runner::Ending ending;
  std::optional<Error> error;  // of find_or_prepare
  std::string waits_for;       // the run that is being asked the same
  std::string run;
  std::uint64_t steps = 0;  // committed or sent
  Time ended{};             // by our clock
  // As the command would end.
  int exit_code() const;
};
// One process's life: the command from its beginning. Does not return when it is killed.
Played play(const Scene& scene);
// The same in a child process: its exit code, or minus the signal that ended it.
int play_in_child(const Scene& scene);

Path output_folder(const Scene& scene);  // simulated/latest
Path journal(const Scene& scene);

}  // namespace batchd::rehearsal
