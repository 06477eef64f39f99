#pragma once
// `batchd serve`: the jobs of a folder on their schedules, and an API that tells of them.

#include <optional>
#include <string>
#include <vector>

#include "doors/daemon/run_pool.hpp"
#include "doors/daemon/scheduler.hpp"
#include "doors/daemon/service_manager.hpp"
#include "line/notify/post.hpp"

namespace batchd::daemon {

struct Address {
  std::string host;
  std::uint16_t port = 0;
  Path socket;  // instead of host and port
};

// TCP speaks TLS with these.
struct Certificate {
  Path certificate_file;
  Path key_file;
};

struct Settings {
  Path jobs_folder;
  std::vector<Address> addresses;  // beside the socket
  std::vector<std::string> hosts;  // names by which it is reached
  std::optional<Certificate> certificate;
  bool behind_proxy = false;  // somebody else speaks TLS in front of it
  Path socket;                // always listened at: it also keeps a second daemon from this state
  Path spool_folder;          // for what clients send; exists
  std::string version;
  PoolOptions pool;
  SchedulerOptions scheduler;
  Duration tell_every = std::chrono::seconds(2);  // how often it is looked whom to tell
  ServiceManager* service_manager = nullptr;      // nothing: nobody started us as a service
};

// How it is told from outside: SIGTERM, SIGHUP.
struct Controls {
  async::StopToken stop;
  std::function<void()> look_now;  // set by run(): the folder of jobs has changed
};

// Where it can be reached by now, as an address a client takes.
using OnListening = std::function<void(const std::vector<std::string>& addresses)>;

// Until it is told to stop; batches that are at the provider go on there, and the next start takes them up. Errors:
// conflict (another daemon has this state), invalid (others could come in, and there is no TLS or no token), io.
async::Task<Status> serve(runner::Surroundings& around, const job::Config& config, job::Environment environment,
                          ReachProvider reach, const notify::Post& post, const Settings& settings, Controls& controls,
                          OnListening on_listening);

}  // namespace batchd::daemon
