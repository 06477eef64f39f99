#pragma once
// The runs that go on in this process, side by side, each driven to its end. One that gives up (the provider is away,
// a disk is full, a person is asked) is taken up again after a while, for as long as this process lives.
//
// On the loop's thread.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/runner/driver.hpp"
#include "core/runner/preparation.hpp"
#include "core/runner/surroundings.hpp"
#include "rules/job/job.hpp"

namespace batchd::daemon {

// The way to a provider; the same one every time for the same name: its calls share their limits. Errors: denied (no
// key), invalid.
using ReachProvider = std::function<Result<provider::Provider*>(const model::ProviderSpec& spec)>;

// Asked before something new is begun: may the account hold batches of the job that this state does not know?
struct BeginQuestion {
  const model::JobSpec& job;
  provider::Provider& provider;
  const model::ProviderSpec& spec;
  std::string key;          // of the run
  std::optional<Time> due;  // when, of a run that is called by its due time
  bool is_new = false;      // whoever wants it has seen what the account holds: it is begun, and that is kept in mind
  async::StopToken stop;
};
using MayBegin = std::function<async::Task<Status>(BeginQuestion question)>;

struct PoolOptions {
  Duration again_first = std::chrono::minutes(1);  // after a run gave up; doubling
  Duration again_max = std::chrono::hours(1);
  Duration watch_every = std::chrono::seconds(2);
  std::uint32_t runs_max = 200;  // side by side; more are refused
  MayBegin may_begin = {};       // nothing: nobody is asked
};

class RunPool {
 public:
  RunPool(runner::Surroundings& around, const job::Config& config, ReachProvider reach, runner::Observer& observer,
          PoolOptions options = {});
  ~RunPool();  // stop() and drained() first

  struct Beginning {
    model::JobSpec job;
    std::string key;
    std::string run_id;   // that a new run is to have
    bool is_new = false;  // whoever wants it has seen what the account holds
    // Once: when there is a record of the run (its id), or when there will be none and why.
    std::function<async::Task<void>(Result<std::string> run)> on_begun;
  };
  // conflict when runs_max go on.
  Status begin(Beginning beginning);
  // Takes up an unfinished run. `today`: the job as it is now, where there is one; what may change on the way is taken
  // from it. Nothing happens when it goes on here already.
  void take_up(const model::Run& run, std::optional<model::JobSpec> today);

  bool has(std::string_view run) const;
  std::uint32_t active_of(std::string_view job) const;  // with those that are being prepared
  std::vector<std::string> runs_of(std::string_view job) const;
  std::size_t active() const;
  std::vector<std::string> runs() const;  // their ids
  // Why a run gave up, while it waits to be taken up again.
  std::optional<Error> trouble_of(std::string_view run) const;
  // Called whenever a run has gone from here: there is room for another.
  void on_ended(std::function<void()> ended) { ended_ = std::move(ended); }
  // Ends the waiting of one that gave up: something has changed.
  void nudge(std::string_view run);

  void stop();                  // what is begun at the provider goes on there
  async::Task<void> drained();  // after stop()

 private:
  struct Active;
  async::Task<void> live(std::shared_ptr<Active> active, std::optional<Beginning> beginning);
  async::Task<Result<runner::Start>> prepare(Active& active, const Beginning& beginning);
  async::Task<void> drive_to_end(Active& active);
  async::Task<Result<runner::Ending>> drive_once(Active& active);
  async::Task<Status> wait_for_run(std::string run);
  async::Task<void> keep_trouble(std::string run, Error why);
  async::Task<void> give_back(std::string run);  // its ownership, if it is over
  // Runs whose batches stand in one queue get equal parts of what the config lets be in flight (max_in_flight_tokens);
  // as one comes or goes, the others' parts change.
  void share_out(const std::string& queue);

  runner::Surroundings& around_;
  const job::Config& config_;
  ReachProvider reach_;
  runner::Observer& observer_;
  PoolOptions options_;
  async::StopToken stop_;
  async::TaskGroup tasks_;
  std::map<std::string, std::shared_ptr<Active>> active_;  // by run id
  std::function<void()> ended_;
};

}  // namespace batchd::daemon
