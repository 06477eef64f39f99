#pragma once
// What the service manager is told, from the first READY=1 to STOPPING=1. Without a manager every call does nothing.
//
// That we live is told only while the loop's thread and the SQL thread both answer: a process that can neither decide
// nor remember had better be begun anew. An answer that is an error is one, too: a full disk is not mended by a restart
// (/readyz tells of it).
//
// On the loop's thread.

#include <functional>
#include <string>

#include "core/runner/surroundings.hpp"
#include "doors/daemon/service_manager.hpp"

namespace batchd::daemon {

class Herald {
 public:
  static constexpr Duration tell_every = std::chrono::seconds(10);  // at least; a watchdog may want it more often

  // `standing`: one line for people, asked whenever something is told. It lives as long as this.
  Herald(runner::Surroundings& around, ServiceManager* manager, std::function<std::string()> standing);

  void ready();      // it can be reached
  void reloading();  // by a person's word; until reloaded()
  void reloaded();   // nothing, when nothing was being reloaded
  void stopping();
  // Tells that we live, and how it stands when that has changed.
  async::Task<void> run(async::StopToken stop);

 private:
  std::string news();  // STATUS= and a line end when it is another than before; else ""

  runner::Surroundings& around_;
  ServiceManager* manager_;
  std::function<std::string()> standing_;
  std::string told_;
  bool is_reloading_ = false;
};

}  // namespace batchd::daemon
