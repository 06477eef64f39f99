#pragma once
// A provider behind a circuit: while nobody answers at its account, calls fail at once and say when the next one goes
// out. To the engine that is a provider that is away, as it is without; nothing has left the machine, so a create that
// is turned away certainly did not happen.

#include "doors/daemon/circuit.hpp"
#include "doors/daemon/decorated_provider.hpp"

namespace batchd::daemon {

class CircuitBreaker final : public DecoratedProvider<CircuitBreaker> {
 public:
  CircuitBreaker(provider::Provider& behind, std::string name, const Clock& clock, Log& log);

 private:
  friend class DecoratedProvider<CircuitBreaker>;
  template <typename Answer>
  async::Task<Answer> through(const char*, async::Task<Answer> call) {
    if (auto away = turned_away()) co_return std::move(*away);
    auto answer = co_await std::move(call);
    heard(answer ? std::nullopt : std::optional<Error>(answer.error()));
    co_return answer;
  }

  std::optional<Error> turned_away();  // nothing: go on
  void heard(const std::optional<Error>& error);

  std::string name_;
  const Clock& clock_;
  Log& log_;
  Circuit circuit_;
};

}  // namespace batchd::daemon
