#pragma once
// The two vocabularies between engine and runner: what happened, and what to do about it. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "rules/model/run.hpp"

namespace batchd::engine {

// -- events: what happened ---------------------------------------------------------------------------------------

struct Resumed {};  // the first event of every process
struct Uploaded {
  std::uint32_t shard = 0;
  std::string file_id;
  std::optional<Time> server_time;  // the provider's clock when it answered
};
struct UploadFailed {
  std::uint32_t shard = 0;
  Error error;
};
struct Created {
  std::uint32_t shard = 0;
  model::RemoteBatch batch;
};
struct CreateFailed {
  std::uint32_t shard = 0;
  Error error;  // kind `unknown`: the batch may exist. Any other kind: it certainly does not
};
struct Looked {
  std::uint32_t shard = 0;
  std::vector<model::RemoteBatch> found;  // batches of this shard, oldest first
};
struct LookFailed {
  std::uint32_t shard = 0;
  Error error;  // kind `rejected`: this provider cannot be asked
};
struct Polled {
  std::uint32_t shard = 0;
  model::RemoteBatch batch;
};
struct PollFailed {
  std::uint32_t shard = 0;
  Error error;
};
struct Fetched {
  std::uint32_t shard = 0;
  std::string output_file;  // relative to the state directory; "" when the batch had none
  std::string error_file;
};
struct FetchFailed {
  std::uint32_t shard = 0;
  Error error;
};
struct Collected {  // one outcome per item is at hand; the runner commits them together with this event's decision
  std::uint32_t shard = 0;
  std::string outcome_file;
  model::Anomalies anomalies;
};
struct CollectFailed {
  std::uint32_t shard = 0;
  Error error;
};
struct BatchCancelled {  // the provider took the cancel
  std::uint32_t shard = 0;
  std::string batch_id;
};
struct BatchCancelFailed {
  std::uint32_t shard = 0;
  std::string batch_id;
  Error error;
};
struct Counted {
  model::Counts counts;
};
struct Reported {  // the files stand under their final names and say this
  model::RunState state = model::RunState::succeeded;
};
struct ReportFailed {
  Error error;
};
struct CancelRequested {};  // a person's `cancel`

using Event = std::variant<Resumed, Uploaded, UploadFailed, Created, CreateFailed, Looked, LookFailed, Polled,
                           PollFailed, Fetched, FetchFailed, Collected, CollectFailed, BatchCancelled,
                           BatchCancelFailed, Counted, Reported, ReportFailed, CancelRequested>;

// -- actions: what to do, and when (`at`: not before). One await each --------------------------------------------

struct Upload {
  std::uint32_t shard = 0;
  Time at{};
};
struct Create {
  std::uint32_t shard = 0;
  std::uint32_t submission = 0;
  Time at{};
};
struct Look {
  std::uint32_t shard = 0;
  Time since{};  // batches created after this server time can be meant
  Time at{};
};
struct Poll {
  std::uint32_t shard = 0;
  std::string batch_id;
  Time at{};
};
struct Fetch {
  std::uint32_t shard = 0;
  std::string output_file_id;  // "" when there is none
  std::string error_file_id;
  Time at{};
};
struct Collect {
  std::uint32_t shard = 0;
  Time at{};
};
struct CancelBatch {  // beside the shard's own step, never instead of it
  std::uint32_t shard = 0;
  std::string batch_id;
  Time at{};
};
struct Count {};
struct Report {
  model::RunState state = model::RunState::succeeded;  // what the files will say
};
struct Finish {  // the run is final
  int exit_code = 0;
};
struct Halt {  // this process ends, the run is as it was and can be resumed
  int exit_code = 1;
  Error error;
};

using Action = std::variant<Upload, Create, Look, Poll, Fetch, Collect, CancelBatch, Count, Report, Finish, Halt>;

}  // namespace batchd::engine
