#pragma once
// The two vocabularies between engine and runner: what happened, and what to do about it. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "rules/model/pause.hpp"
#include "rules/model/resolution.hpp"
#include "rules/model/run.hpp"

namespace batchd::engine {

// A batch that is known to exist. Where the provider's list does not show it, that something else is not listed either
// says nothing.
struct Witness {
  std::string batch_id;
  std::string input_file_id;
  Time since{};        // it exists since
  bool newer = false;  // than what is looked for: listed, it proves that the list has come so far
};

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
struct Waited {  // the time of an uploaded shard's next create has come
  std::uint32_t shard = 0;
};
struct Looked {
  std::uint32_t shard = 0;
  std::vector<model::RemoteBatch> found;  // batches of this shard, oldest first
  std::vector<Witness> asked = {};        // as the action had them
  std::vector<std::string> listed = {};   // those of them that the list shows
};
struct LookFailed {
  std::uint32_t shard = 0;
  Error error;  // kind `rejected`: this provider cannot be asked
};
struct Searched {  // the same beside the shard's own step
  std::uint32_t shard = 0;
  std::uint32_t serial = 0;
  std::vector<model::RemoteBatch> found;
  std::vector<Witness> asked = {};
  std::vector<std::string> listed = {};
};
struct SearchFailed {
  std::uint32_t shard = 0;
  std::uint32_t serial = 0;
  Error error;
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
  std::optional<std::uint64_t> lines = {};  // of both files; nothing: not counted
  std::uint64_t output_bytes = 0;
  std::uint64_t error_bytes = 0;
  std::string output_sha256 = {};
  std::string error_sha256 = {};
};
struct FetchFailed {
  std::uint32_t shard = 0;
  Error error;
};
struct Collected {  // one outcome per item is at hand; the runner commits them together with this event's decision
  std::uint32_t shard = 0;
  std::string outcome_file;
  model::Anomalies anomalies;
  model::FileMark outcome_mark = {};
  std::vector<model::BatchError> errors = {};  // of the shard's submission, with the items of their lines
};
struct CollectFailed {
  std::uint32_t shard = 0;
  Error error;  // kind `not_found`: the answers that were downloaded are gone
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
struct FilesRemoved {
  std::uint32_t shard = 0;
};
struct RemoveFailed {
  std::uint32_t shard = 0;
  Error error;
};
// What the account holds of the run. A batch that says of itself, or by its input file, of which shard it is.
struct MarkedBatch {
  std::uint32_t shard = 0;
  model::RemoteBatch batch;
  std::uint64_t input_bytes = 0;  // of its input file; 0: not known
};
struct Audited {
  std::vector<MarkedBatch> batches;
  std::vector<Witness> asked = {};
  std::vector<std::string> listed = {};
};
struct AuditFailed {
  Error error;  // kind `rejected` or `not_found`: this provider cannot be asked
};
// Items that failed for one reason, the last time in one shard: what is decided of one of them is decided of all.
struct FailureClass {
  std::uint32_t shard = 0;
  model::Reason reason = model::Reason::none;
  std::uint64_t items = 0;
};
struct Surveyed {
  std::vector<FailureClass> failures;
};
struct SurveyFailed {
  Error error;
};
// A retry shard is made; the runner commits its items together with this event's decision.
struct Gathered {
  model::Shard shard;               // without requests: there was nothing left to gather
  std::uint64_t last_sequence = 0;  // up to this item all of the sources were looked at
  bool exhausted = true;            // there are none behind it
};
struct GatherFailed {
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
struct CancelRequested {  // by a person, or by another run of the job that takes this one's place
  model::CancelScope scope = model::CancelScope::everything;
  bool operator==(const CancelRequested&) const = default;
};
struct Resolved {  // a person's `resolve`, or a batch that was adopted by hand
  std::uint32_t shard = 0;
  std::uint32_t submission = 0;  // that was in doubt; 0: the shard has no batch at all (`adopt` only)
  model::Settlement by = model::Settlement::fail;
  model::RemoteBatch batch = {};  // of `adopt`; at least its id
};
struct Paused {  // a pause holds for the run; another than before, or the first
  model::Pause pause;
};
struct Unpaused {};  // none does any more

using Event =
    std::variant<Resumed, Uploaded, UploadFailed, Created, CreateFailed, Waited, Looked, LookFailed, Searched,
                 SearchFailed, Polled, PollFailed, Fetched, FetchFailed, Collected, CollectFailed, BatchCancelled,
                 BatchCancelFailed, FilesRemoved, RemoveFailed, Audited, AuditFailed, Surveyed, SurveyFailed, Gathered,
                 GatherFailed, Counted, Reported, ReportFailed, CancelRequested, Resolved, Paused, Unpaused>;

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
struct Wait {  // until it may be created
  std::uint32_t shard = 0;
  Time at{};
};
struct Look {
  std::uint32_t shard = 0;
  Time since{};  // batches created after this server time can be meant
  Time at{};
  std::vector<Witness> witnesses = {};
};
struct Search {  // a Look beside the shard's own step: for a batch that was believed absent, and for twins
  std::uint32_t shard = 0;
  std::uint32_t serial = 0;  // of several for one shard the newest counts
  Time since{};
  Time at{};
  std::vector<Witness> witnesses = {};
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
struct RemoveFiles {  // of a shard whose outcomes are committed; beside everything
  std::uint32_t shard = 0;
  std::vector<std::string> file_ids;
  Time at{};
};
struct Audit {  // which batches of the run does the account hold?
  Time at{};
  std::vector<Witness> witnesses = {};
};
struct Survey {};        // what has failed, by class
struct Gather {          // of the sources' failed items behind `after_sequence` as many as one shard holds
  model::Shard becomes;  // n, attempt, unspent, lane, model, thinking
  struct Source {
    std::uint32_t shard = 0;
    model::ReasonSet reasons;
  };
  std::vector<Source> sources;  // by shard
  std::uint64_t after_sequence = 0;
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

using Action = std::variant<Upload, Create, Wait, Look, Search, Poll, Fetch, Collect, CancelBatch, RemoveFiles, Audit,
                            Survey, Gather, Count, Report, Finish, Halt>;

}  // namespace batchd::engine
