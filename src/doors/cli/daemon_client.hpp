#pragma once
// The daemon that owns a state directory, asked through its Unix socket: commands that change something leave it to
// the process that is at work there.

#include <memory>
#include <string>
#include <vector>

#include "doors/cli/lookup.hpp"
#include "doors/cli/options.hpp"
#include "ground/async/loop.hpp"
#include "ground/http/transport.hpp"

namespace batchd::cli {

class DaemonClient {
 public:
  // Nothing: no daemon listens there.
  static std::unique_ptr<DaemonClient> find(const Path& state_folder);

  // POST /api/v1/runs/<run>/<what>. A refusal comes with its kind, its words and its hint.
  Status ask(const std::string& run, const std::string& what);
  // Job files that it cannot use, with what is wrong with them.
  struct BrokenFile {
    std::string file;
    std::string job;  // "": it does not say
    std::vector<std::string> complaints;
    bool was_good = false;  // the job goes on as it was
  };
  Result<std::vector<BrokenFile>> broken_files();

 private:
  explicit DaemonClient(const Path& socket);
  Result<http::Response> send(http::Method method, const std::string& target);
  async::Loop loop_;
  std::unique_ptr<http::Transport> transport_;
};

// Shows what happens to a run that is another process's work, until it is over: its exit code. Whoever ends this ends
// nothing else.
int follow(const GlobalOptions& global, FoundRun& found);

// resume, retry and run, where a daemon is at work: asks it and follows. Nothing: there is none, do it here.
std::optional<int> leave_to_daemon(const GlobalOptions& global, FoundRun& found, const std::string& what);

}  // namespace batchd::cli
