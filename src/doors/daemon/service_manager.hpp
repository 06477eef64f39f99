#pragma once
// Who started this process as a service, if anybody did (systemd): it wants to be told when the service is ready, how
// it stands and when it stops, and, where it keeps a watchdog, that it lives.

#include <memory>
#include <optional>
#include <string>

#include "ground/base/clock.hpp"

namespace batchd::daemon {

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  // Lines of NAME=value, as sd_notify(3) lists them. Waits for nobody; one who cannot be told is no failure of ours.
  virtual void tell(const std::string& message) = 0;
  // It ends this process when it hears no WATCHDOG=1 for so long; nothing: it keeps no watchdog.
  virtual std::optional<Duration> watchdog() const = 0;
};

// Whom NOTIFY_SOCKET and WATCHDOG_USEC in the environment name; nothing: nobody wants to know.
std::unique_ptr<ServiceManager> find_service_manager();

}  // namespace batchd::daemon
