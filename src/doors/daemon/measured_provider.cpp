#include "doors/daemon/measured_provider.hpp"

#include <algorithm>
#include <utility>

namespace batchd::daemon {

using async::StopToken;
using async::Task;
using model::RemoteBatch;

MeasuredProvider::MeasuredProvider(provider::Provider& behind, std::string name, const Clock& clock, Metrics& metrics)
    : behind_(behind), name_(std::move(name)), clock_(clock), metrics_(metrics) {}

template <typename Answer>
Task<Answer> MeasuredProvider::timed(const char* operation, Task<Answer> call) {
  const auto begun = clock_.now();
  auto answer = co_await std::move(call);
  const auto error = answer ? std::nullopt : std::optional<Error>(answer.error());
  // The clock may have been set back meanwhile.
  const auto took = std::max(clock_.now() - begun, Duration(0));
  if (!error || error->kind != ErrorKind::cancelled) metrics_.note_call(name_, operation, error, took);
  co_return answer;
}

Task<Result<provider::UploadAnswer>> MeasuredProvider::upload(provider::UploadRequest request, StopToken stop) {
  return timed("upload", behind_.upload(std::move(request), stop));
}

Task<Result<RemoteBatch>> MeasuredProvider::create(provider::CreateRequest request, StopToken stop) {
  return timed("create", behind_.create(std::move(request), stop));
}

Task<Result<provider::FindAnswer>> MeasuredProvider::find(provider::FindRequest request, StopToken stop) {
  return timed("find", behind_.find(std::move(request), stop));
}

Task<Result<RemoteBatch>> MeasuredProvider::poll(std::string batch_id, StopToken stop) {
  return timed("poll", behind_.poll(std::move(batch_id), stop));
}

Task<Result<provider::FetchAnswer>> MeasuredProvider::fetch(std::string file_id, Path target, StopToken stop) {
  return timed("fetch", behind_.fetch(std::move(file_id), std::move(target), stop));
}

Task<Result<RemoteBatch>> MeasuredProvider::cancel(std::string batch_id, StopToken stop) {
  return timed("cancel", behind_.cancel(std::move(batch_id), stop));
}

Task<Status> MeasuredProvider::remove(std::string file_id, StopToken stop) {
  return timed("remove", behind_.remove(std::move(file_id), stop));
}

Task<Result<provider::BatchList>> MeasuredProvider::list_batches(Time since, StopToken stop) {
  return timed("list_batches", behind_.list_batches(since, stop));
}

Task<Result<provider::FileList>> MeasuredProvider::list_files(StopToken stop) {
  return timed("list_files", behind_.list_files(stop));
}

}  // namespace batchd::daemon
