#pragma once
// Internal to the room: the Provider over HTTP. Each call is: dialect makes the request, http/backoff sends it at the
// account's pace, dialect and refusal read what came.

#include <memory>
#include <string>

#include "line/provider/api_key.hpp"
#include "line/provider/dialect.hpp"
#include "line/provider/paced_transport.hpp"
#include "line/provider/provider.hpp"
#include "line/provider/refusal.hpp"

namespace batchd::provider {

class RemoteProvider final : public Provider {
 public:
  // While a body moves: slower than this is given up.
  static constexpr std::uint64_t low_speed_bytes_per_second = 1'000;
  // A server may chew on half a gigabyte before it answers: a second longer than idle_timeout for each of these.
  static constexpr std::uint64_t upload_digested_bytes_per_second = 2'000'000;

  RemoteProvider(const model::ProviderSpec& spec, Surroundings surroundings);

  async::Task<Result<UploadAnswer>> upload(UploadRequest request, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> create(CreateRequest request, async::StopToken stop) override;
  async::Task<Result<FindAnswer>> find(FindRequest request, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> poll(std::string batch_id, async::StopToken stop) override;
  async::Task<Result<FetchAnswer>> fetch(std::string file_id, Path target, async::StopToken stop) override;
  async::Task<Result<model::RemoteBatch>> cancel(std::string batch_id, async::StopToken stop) override;
  async::Task<Status> remove(std::string file_id, async::StopToken stop) override;
  async::Task<Result<BatchList>> list_batches(Time since, async::StopToken stop) override;
  async::Task<Result<FileList>> list_files(async::StopToken stop) override;

 private:
  Asked asked(Asked::What what, std::string subject) const;
  http::SendOptions options(async::StopToken stop) const;  // of a small, safe call
  // Only a 2xx comes back as a Response. What is given must live until the task has ended; `asked` learns the key.
  async::Task<Result<http::Response>> exchange(Asked& asked, PacedTransport& through, http::Request& request,
                                               const http::SendOptions& options);
  async::Task<Result<FetchAnswer>> keep(const Asked& asked, const http::Response& response, Path partial, Path target);
  void log_created(const Asked& asked, const CreateRequest& request, const model::RemoteBatch& batch,
                   const http::Response& response) const;
  Result<FindAnswer> believed(const Asked& asked, Result<FindAnswer> answer, Time since) const;

  model::ProviderSpec spec_;
  Surroundings around_;
  std::unique_ptr<Dialect> dialect_;
  ApiKey key_;
  PacedTransport uploads_;
  PacedTransport creates_;
  PacedTransport looks_;
  PacedTransport lists_;
  PacedTransport files_;
  async::Lane disk_;  // hashing and fdatasync of result files
};

}  // namespace batchd::provider
