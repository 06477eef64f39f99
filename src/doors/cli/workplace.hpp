#pragma once
// Wiring: the only place that constructs the concrete store, provider and transport. One Workplace is one state
// folder with everything that works on it.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/runner/surroundings.hpp"
#include "core/store/store.hpp"
#include "doors/cli/options.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/log.hpp"
#include "ground/base/random.hpp"
#include "ground/http/transport.hpp"
#include "line/notify/post.hpp"
#include "line/provider/provider.hpp"
#include "rules/job/job.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::cli {

// <state_dir> for real runs, <state_dir>/simulated for rehearsed ones: a made-up answer is never reused as a real one.
Path state_folder_of(const job::Config& config, bool simulated);

class Workplace {
 public:
  // Makes the folder, refuses a network file system, opens (or migrates) the database.
  // `least`: what its log tells when neither -q nor -v is said.
  static Result<std::unique_ptr<Workplace>> open(const Path& state_folder, const GlobalOptions& global,
                                                 LogLevel least = LogLevel::warning);
  ~Workplace();

  async::Loop& loop() { return *loop_; }
  store::Store& store() { return *store_; }
  runner::Surroundings& surroundings() { return *surroundings_; }
  Log& log() { return *log_; }

  // How others are told what became of runs.
  const notify::Post& post();

  // A remote over sockets, the same one for the same name. The Workplace keeps what it needs.
  Result<provider::Provider*> connect(const model::ProviderSpec& spec);
  // The simulator in this process, in <state folder>/world. fallback_schema: the job's output schema, or "".
  Result<provider::Provider*> rehearse(model::ProviderSpec spec, const SimulatorArguments& simulator,
                                       std::string fallback_schema);

 private:
  Workplace() = default;
  provider::Provider* reach(const model::ProviderSpec& spec, std::unique_ptr<http::Transport> transport);
  struct World;  // the rehearsal's
  // Destroyed from the last to the first: tasks and lanes before the loop they post to.
  std::unique_ptr<Log> log_;
  Random random_ = Random::from_system();
  std::unique_ptr<async::Loop> loop_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<async::Lane> sql_;
  std::unique_ptr<async::WorkerPool> workers_;
  std::unique_ptr<World> world_;
  struct Reached {
    std::unique_ptr<http::Transport> transport;
    std::unique_ptr<provider::Provider> provider;
  };
  std::map<std::string, Reached> reached_;  // by the provider's name
  std::unique_ptr<http::Transport> web_;    // webhooks'
  std::unique_ptr<notify::Post> post_;
  std::unique_ptr<runner::Surroundings> surroundings_;
};

// A variable of this process's environment; nothing: it is not set.
std::optional<std::string> read_variable(const char* name);

// The provider as a rehearsal sees it: the same limits, no key, polls fast enough to watch.
model::ProviderSpec as_simulated(model::ProviderSpec spec);

}  // namespace batchd::cli
