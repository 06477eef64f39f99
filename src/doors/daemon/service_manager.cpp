#include "doors/daemon/service_manager.hpp"

#include <cstdlib>

#include <systemd/sd-daemon.h>

namespace batchd::daemon {
namespace {

class Systemd final : public ServiceManager {
 public:
  void tell(const std::string& message) override { (void)::sd_notify(0, message.c_str()); }

  std::optional<Duration> watchdog() const override {
    std::uint64_t limit_us = 0;
    if (::sd_watchdog_enabled(0, &limit_us) <= 0) return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::microseconds(limit_us));
  }
};

}  // namespace

std::unique_ptr<ServiceManager> find_service_manager() {
  const char* const socket = std::getenv("NOTIFY_SOCKET");
  if (socket == nullptr || *socket == '\0') return nullptr;
  return std::make_unique<Systemd>();
}

}  // namespace batchd::daemon
