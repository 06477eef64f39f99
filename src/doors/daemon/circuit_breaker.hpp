#pragma once
// A provider behind a circuit: while nobody answers at its account, calls fail at once and say when the next one goes
// out. To the engine that is a provider that is away, as it is without; nothing has left the machine, so a create that
// is turned away certainly did not happen.

#include "doors/daemon/circuit.hpp"
#include "line/provider/provider.hpp"

namespace batchd::daemon {

class CircuitBreaker final : public provider::Provider {
 public:
  CircuitBreaker(provider::Provider& behind, std::string name, const Clock& clock, Log& log);

  async::Task<Result<provider::UploadAnswer>> upload(provider::UploadRequest request, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> create(provider::CreateRequest request, async::StopToken stop) override;
  async::Task<Result<provider::FindAnswer>> find(provider::FindRequest request, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> poll(std::string batch_id, async::StopToken stop) override;
  async::Task<Result<provider::FetchAnswer>> fetch(std::string file_id, Path target, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> cancel(std::string batch_id, async::StopToken stop) override;
  async::Task<Status> remove(std::string file_id, async::StopToken stop) override;
  async::Task<Result<provider::BatchList>> list_batches(Time since, async::StopToken stop) override;
  async::Task<Result<provider::FileList>> list_files(async::StopToken stop) override;

 private:
  std::optional<Error> turned_away();  // nothing: go on
  void heard(const std::optional<Error>& error);
  template <typename Answer>
  Answer noted(Answer answer) {
    heard(answer ? std::nullopt : std::optional(answer.error()));
    return answer;
  }

  provider::Provider& behind_;
  std::string name_;
  const Clock& clock_;
  Log& log_;
  Circuit circuit_;
};

}  // namespace batchd::daemon
