#pragma once
// A provider whose calls are timed, on the injected clock, by what they are and how they end. A call that we ended
// ourselves (cancelled) says nothing of the provider and is left out.

#include <algorithm>

#include "doors/daemon/decorated_provider.hpp"
#include "doors/daemon/metrics.hpp"

namespace batchd::daemon {

class MeasuredProvider final : public DecoratedProvider<MeasuredProvider> {
 public:
  MeasuredProvider(provider::Provider& behind, std::string name, const Clock& clock, Metrics& metrics)
      : DecoratedProvider(behind), name_(std::move(name)), clock_(clock), metrics_(metrics) {}

 private:
  friend class DecoratedProvider<MeasuredProvider>;
  template <typename Answer>
  async::Task<Answer> through(const char* operation, async::Task<Answer> call) {
    const auto begun = clock_.now();
    auto answer = co_await std::move(call);
    const auto error = answer ? std::nullopt : std::optional<Error>(answer.error());
    // The clock may have been set back meanwhile.
    const auto took = std::max(clock_.now() - begun, Duration(0));
    if (!error || error->kind != ErrorKind::cancelled) metrics_.note_call(name_, operation, error, took);
    co_return answer;
  }

  std::string name_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace batchd::daemon
