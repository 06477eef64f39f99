#include "line/provider/remote_provider.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/hash.hpp"
#include "ground/base/units.hpp"
#include "ground/http/backoff.hpp"
#include "line/provider/batch_search.hpp"
#include "line/provider/one_line.hpp"
#include "line/provider/redirect.hpp"
#include "line/provider/wrong_address.hpp"

namespace batchd::provider {
namespace {

using model::RemoteBatch;
using What = Asked::What;

// Durable under its final name, or not there at all. Blocking.
Result<FetchAnswer> hash_and_keep(const Path& partial, const Path& target, std::uint64_t bytes_received) {
  auto file = File::open_to_read(partial);
  if (!file) return file.error();
  FetchAnswer answer;
  Sha256Stream hash;
  std::string buffer(FileWriter::buffer_bytes, '\0');
  bool within_line = false;
  for (;;) {
    const auto read = file->read(buffer.data(), buffer.size());
    if (!read) return read.error();
    if (*read == 0) break;
    const auto piece = std::string_view(buffer).substr(0, *read);
    hash.add(piece);
    answer.bytes += *read;
    for (const char c : piece) {
      answer.lines += c == '\n' && within_line;
      within_line = c != '\n' && (within_line || c != '\r');
    }
  }
  if (answer.bytes != bytes_received)
    return Error(ErrorKind::io,
                 fmt::format("{} has {} bytes, but {} were received", partial.string(), answer.bytes, bytes_received));
  if (auto synced = file->sync(); !synced) return synced.error();
  if (auto renamed = rename_durably(partial, target); !renamed) return renamed.error();
  answer.lines += within_line;
  answer.sha256 = hash.digest_hex();
  return answer;
}

Error local_fault(Error error) {
  error.kind = ErrorKind::io;  // "not found" is a word of the remote side's
  error.nothing_sent = true;
  return error;
}

}  // namespace

RemoteProvider::RemoteProvider(const model::ProviderSpec& spec, Surroundings surroundings)
    : spec_(spec),
      around_(surroundings),
      dialect_(make_dialect(spec)),
      key_(spec, around_.read_variable),
      uploads_(around_.loop, around_.transport, dialect_->call_limits().upload),
      creates_(around_.loop, around_.transport, dialect_->call_limits().create),
      looks_(around_.loop, around_.transport, dialect_->call_limits().look),
      lists_(around_.loop, around_.transport, dialect_->call_limits().list),
      files_(around_.loop, around_.transport, dialect_->call_limits().file),
      disk_(around_.loop, "provider-disk") {}

Asked RemoteProvider::asked(What what, std::string subject) const {
  Asked asked;
  asked.what = what;
  asked.subject = std::move(subject);
  asked.provider = spec_.name;
  asked.base_url = spec_.base_url;
  asked.key_source = key_source(spec_);
  return asked;
}

http::SendOptions RemoteProvider::options(async::StopToken stop) const {
  http::SendOptions options;
  options.repeatable = true;
  options.connect_timeout = spec_.http.connect_timeout;
  options.idle_timeout = spec_.http.idle_timeout;
  options.body_bytes_max = answer_bytes_max;
  options.stop = std::move(stop);
  return options;
}

async::Task<Result<http::Response>> RemoteProvider::exchange(Asked& asked, PacedTransport& through,
                                                             http::Request& request, const http::SendOptions& options) {
  const auto key = key_.read();
  if (!key) {
    Error error = key.error();
    error.nothing_sent = true;
    co_return error;
  }
  if (!spec_.simulated) asked.secret = *key;
  if (!key->empty()) request.headers.set("Authorization", "Bearer " + *key);

  http::BackoffOptions backoff;
  backoff.attempts_max = std::max(1u, spec_.http.attempts);
  backoff.repeat_for = spec_.http.repeat_for;
  const std::function<void(const http::Repeat&)> on_repeat = [&](const http::Repeat& repeat) {
    around_.log.info("a call to the provider is repeated",
                     {{"provider", spec_.name},
                      {"call", std::string(name_of(asked.what))},
                      {"attempt", fmt::format("{}/{}", repeat.attempts, repeat.attempts_max)},
                      {"wait_ms", std::to_string(repeat.wait.count())},
                      {"why", one_line(without_secret(repeat.why, asked.secret), message_bytes_max)}});
  };
  auto answer =
      co_await http::send_with_backoff(around_.loop, through, around_.random, request, options, backoff, on_repeat);
  for (int n = 0; n < redirects_max && answer && follow(asked, *answer, request); ++n)
    answer =
        co_await http::send_with_backoff(around_.loop, through, around_.random, request, options, backoff, on_repeat);
  if (!answer) co_return no_answer(asked, answer.error());
  const bool is_address = asked.subject.find('/') != std::string::npos;  // it may be a signed one: a secret
  around_.log.debug("a call was answered", {{"provider", spec_.name},
                                            {"call", std::string(name_of(asked.what))},
                                            {"about", is_address ? "" : one_line(asked.subject, message_bytes_max)},
                                            {"status", std::to_string(answer->status)},
                                            {"request_id", request_id_of(asked, *answer)}});
  if (!answer->is_success()) co_return refusal(asked, *answer, *dialect_, around_.loop.clock().now());
  co_return answer;
}

async::Task<Result<UploadAnswer>> RemoteProvider::upload(UploadRequest request, async::StopToken stop) {
  const auto identity = identity_of(request.file);
  if (!identity) co_return local_fault(identity.error());
  auto ask = asked(What::upload, request.filename);
  auto message = dialect_->upload(request.file, request.filename);
  auto how = options(stop);
  how.low_speed_bytes_per_second = low_speed_bytes_per_second;
  how.idle_timeout += std::chrono::seconds(identity->size_bytes / upload_digested_bytes_per_second);
  if (request.on_progress)
    how.on_progress = [&request, size = identity->size_bytes](const http::Progress& progress) {
      if (progress.received_bytes > 0) return;                   // the answer's progress is not the file's
      request.on_progress(std::min(progress.sent_bytes, size));  // nor is the form around it
    };
  const auto response = co_await exchange(ask, uploads_, message, how);
  if (!response) co_return response.error();
  auto file = read_file_answer(response->body);
  if (!file) co_return not_understood(ask, *response, file.error());
  if (file->state == "error" || file->state == "failed")
    co_return Error(ErrorKind::rejected,
                    fmt::format("{} took {} in and calls it \"{}\": {}", spec_.name, request.filename, file->state,
                                file->details.empty() ? "no reason given" : file->details));
  UploadAnswer answer;
  answer.file_id = std::move(file->id);
  if (const auto date = response->headers.find("Date")) answer.server_time = parse_http_date(*date);
  co_return answer;
}

async::Task<Result<RemoteBatch>> RemoteProvider::create(CreateRequest request, async::StopToken stop) {
  auto ask = asked(What::create, request.input_file_id);
  auto message = dialect_->create(request);
  auto how = options(stop);
  how.repeatable = false;  // it spends
  const auto response = co_await exchange(ask, creates_, message, how);
  if (!response) co_return response.error();
  auto batch = read_batch_answer(response->body);
  if (!batch) co_return not_understood(ask, *response, batch.error());
  log_created(ask, request, *batch, *response);
  co_return batch;
}

// What a person needs who asks the provider about it.
void RemoteProvider::log_created(const Asked& asked, const CreateRequest& request, const RemoteBatch& batch,
                                 const http::Response& response) const {
  std::vector<LogField> fields{{"provider", spec_.name}};
  const std::pair<const char*, std::string_view> marks[] = {
      {"run", model::metadata_run}, {"shard", model::metadata_shard}, {"submission", model::metadata_submission}};
  for (const auto& [key, mark] : marks)
    if (const auto found = request.metadata.find(std::string(mark)); found != request.metadata.end())
      fields.push_back({key, found->second});
  fields.push_back({"batch", batch.id});
  if (auto id = request_id_of(asked, response); !id.empty()) fields.push_back({"request_id", std::move(id)});
  around_.log.info("the provider has made a batch", fields);
}

async::Task<Result<FindAnswer>> RemoteProvider::find(FindRequest request, async::StopToken stop) {
  auto ask = asked(What::list, {});
  const auto how = options(stop);
  const Time since = request.since;
  ListQuery query;
  if (!request.input_file_id.empty()) {
    query.input_file_ids = {request.input_file_id};
    for (const auto& witness : request.witnesses)
      if (query.input_file_ids.size() <= FindRequest::witnesses_max)
        query.input_file_ids.push_back(witness.input_file_id);
  }
  BatchSearch search(std::move(request));
  for (auto next = BatchSearch::Next::more; next == BatchSearch::Next::more;) {
    query.after = search.after();
    auto message = dialect_->list(query);
    const auto response = co_await exchange(ask, lists_, message, how);
    if (!response) co_return response.error();
    const auto page = read_batch_page(response->body, Dialect::page_size);
    if (!page) co_return not_understood(ask, *response, page.error());
    next = search.take(*page);
  }
  co_return believed(ask, search.answer(), since);
}

Result<FindAnswer> RemoteProvider::believed(const Asked& asked, Result<FindAnswer> answer, Time since) const {
  if (!answer) return answer.error().within(asked.provider + " cannot be asked for a lost batch");
  const auto listed_for = dialect_->listed_for();
  if (!answer->found.empty() || !listed_for || around_.loop.clock().now() - since < *listed_for) return answer;
  return Error(
      ErrorKind::rejected,
      fmt::format("{} cannot be asked for a lost batch: it lists those of the last {} only, and this one would "
                  "be from {}",
                  asked.provider, format_duration(*listed_for), format_utc(since)));
}

async::Task<Result<RemoteBatch>> RemoteProvider::poll(std::string batch_id, async::StopToken stop) {
  auto ask = asked(What::poll, batch_id);
  auto message = dialect_->poll(batch_id);
  const auto how = options(stop);
  const auto response = co_await exchange(ask, looks_, message, how);
  if (!response) co_return response.error();
  auto batch = read_batch_answer(response->body);
  if (!batch) co_return not_understood(ask, *response, batch.error());
  if (batch->id != batch_id)
    co_return not_understood(ask, *response, Error(ErrorKind::protocol, "it answers for " + one_line(batch->id, 80)));
  if (batch->state_text.empty())
    co_return not_understood(ask, *response, Error(ErrorKind::protocol, "the answer names no status"));
  co_return batch;
}

async::Task<Result<RemoteBatch>> RemoteProvider::cancel(std::string batch_id, async::StopToken stop) {
  auto ask = asked(What::cancel, batch_id);
  auto message = dialect_->cancel(batch_id);
  const auto how = options(stop);
  const auto response = co_await exchange(ask, looks_, message, how);
  if (!response) co_return response.error();
  auto batch = read_batch_answer(response->body);
  if (batch) co_return batch;
  if (is_web_page(*response)) co_return not_understood(ask, *response, batch.error());
  // The wish was accepted, whatever the words; the next poll tells the rest.
  RemoteBatch accepted;
  accepted.id = batch_id;
  accepted.state = model::BatchState::cancelling;
  co_return accepted;
}

async::Task<Result<FetchAnswer>> RemoteProvider::fetch(std::string file_id, Path target, async::StopToken stop) {
  auto ask = asked(What::fetch, file_id);
  auto message = dialect_->content(file_id);
  if (!message) co_return message.error();
  Path partial = target;
  partial += ".partial";
  auto how = options(stop);
  how.download_to = partial;
  how.low_speed_bytes_per_second = low_speed_bytes_per_second;
  const auto response = co_await exchange(ask, files_, *message, how);
  if (!response) co_return response.error();
  co_return co_await keep(ask, *response, std::move(partial), std::move(target));
}

async::Task<Result<FetchAnswer>> RemoteProvider::keep(const Asked& asked, const http::Response& response, Path partial,
                                                      Path target) {
  if (is_web_page(response)) {
    (void)remove_file(partial);
    co_return not_understood(asked, response, Error(ErrorKind::protocol, "a web page is no result file"));
  }
  const auto work = [&] { return hash_and_keep(partial, target, response.body_bytes); };
  auto kept = co_await disk_.run(work);
  if (!kept) {
    (void)remove_file(partial);
    co_return local_fault(kept.error());
  }
  co_return kept;
}

async::Task<Status> RemoteProvider::remove(std::string file_id, async::StopToken stop) {
  auto ask = asked(What::remove, file_id);
  auto message = dialect_->remove(file_id);
  const auto how = options(stop);
  const auto response = co_await exchange(ask, files_, message, how);
  if (!response && response.error().kind != ErrorKind::not_found) co_return response.error();
  if (response && is_web_page(*response))
    co_return not_understood(ask, *response, Error(ErrorKind::protocol, "a web page deletes nothing"));
  co_return Status();
}

std::unique_ptr<Provider> make_provider(const model::ProviderSpec& spec, Surroundings surroundings) {
  return std::make_unique<RemoteProvider>(spec, surroundings);
}

}  // namespace batchd::provider
