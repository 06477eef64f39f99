#pragma once
// A provider whose calls are timed, on the injected clock, by what they are and how they end. A call that we ended
// ourselves (cancelled) says nothing of the provider and is left out.

#include "doors/daemon/metrics.hpp"
#include "line/provider/provider.hpp"

namespace batchd::daemon {

class MeasuredProvider final : public provider::Provider {
 public:
  MeasuredProvider(provider::Provider& behind, std::string name, const Clock& clock, Metrics& metrics);

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
  template <typename Answer>
  async::Task<Answer> timed(const char* operation, async::Task<Answer> call);

  provider::Provider& behind_;
  std::string name_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace batchd::daemon
