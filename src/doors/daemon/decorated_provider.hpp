#pragma once
// A provider whose calls all go through one function of `Self`:
//
//   template <typename Answer>
//   async::Task<Answer> through(const char* operation, async::Task<Answer> call);
//
// `call` has not begun; it begins when it is awaited, and may be dropped instead.

#include <utility>

#include "line/provider/provider.hpp"

namespace batchd::daemon {

template <typename Self>
class DecoratedProvider : public provider::Provider {
 public:
  explicit DecoratedProvider(provider::Provider& behind) : behind_(behind) {}

  async::Task<Result<provider::UploadAnswer>> upload(provider::UploadRequest request, async::StopToken stop) final {
    return self().through("upload", behind_.upload(std::move(request), stop));
  }
  async::Task<Result<model::RemoteBatch>> create(provider::CreateRequest request, async::StopToken stop) final {
    return self().through("create", behind_.create(std::move(request), stop));
  }
  async::Task<Result<provider::FindAnswer>> find(provider::FindRequest request, async::StopToken stop) final {
    return self().through("find", behind_.find(std::move(request), stop));
  }
  async::Task<Result<model::RemoteBatch>> poll(std::string batch_id, async::StopToken stop) final {
    return self().through("poll", behind_.poll(std::move(batch_id), stop));
  }
  async::Task<Result<provider::FetchAnswer>> fetch(std::string file_id, Path target, async::StopToken stop) final {
    return self().through("fetch", behind_.fetch(std::move(file_id), std::move(target), stop));
  }
  async::Task<Result<model::RemoteBatch>> cancel(std::string batch_id, async::StopToken stop) final {
    return self().through("cancel", behind_.cancel(std::move(batch_id), stop));
  }
  async::Task<Status> remove(std::string file_id, async::StopToken stop) final {
    return self().through("remove", behind_.remove(std::move(file_id), stop));
  }
  async::Task<Result<provider::BatchList>> list_batches(Time since, async::StopToken stop) final {
    return self().through("list_batches", behind_.list_batches(since, stop));
  }
  async::Task<Result<provider::FileList>> list_files(async::StopToken stop) final {
    return self().through("list_files", behind_.list_files(stop));
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }

  provider::Provider& behind_;
};

}  // namespace batchd::daemon
