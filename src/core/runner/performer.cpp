#include "core/runner/performer.hpp"

#include <fmt/format.h>

#include "core/runner/account_audit.hpp"
#include "core/runner/gathering.hpp"
#include "core/runner/stored_files.hpp"
#include "line/report/report.hpp"

namespace batchd::runner {

using engine::Event;

namespace {

std::string shard_file(std::string_view run, std::uint32_t shard, std::uint32_t submission, std::string_view what) {
  return fmt::format("answers/{}/{:04}-{}.{}.jsonl", run, shard, submission, what);
}

const model::Submission& newest_of(const engine::State& state, std::uint32_t shard) {
  return state.submissions.at({shard, state.shards.at(shard).submission});
}

// Stopped before it answered: the run goes on from what is committed, so nobody needs to hear of it.
bool only_stopped(const Error& error) { return error.kind == ErrorKind::cancelled; }

}  // namespace

async::Task<bool> Performer::wait_for_turn(Turns& turns, std::uint32_t shard, Time at) {
  if (const auto earlier = turns.find(shard); earlier != turns.end()) {
    const auto replaced = earlier->second;
    turns.erase(earlier);
    replaced.stop();
  }
  if (stop_.stopped()) co_return false;
  if (at <= around_.loop.clock().now()) co_return true;
  const async::StopToken turn;
  turns.insert_or_assign(shard, turn);
  const auto ended = stop_.on_stop([turn] { turn.stop(); });
  const auto slept = co_await around_.loop.sleep_until(at, turn);
  if (!slept.ok()) co_return false;
  turns.erase(shard);
  co_return true;
}

std::optional<model::Price> Performer::price_of(const std::string& model) const {
  for (const auto& price : assignment_.prices) {
    if (price.provider == assignment_.run.provider && price.model == model) return price;
  }
  return std::nullopt;
}

async::Task<std::optional<Event>> Performer::perform(const engine::Action& action, const engine::State& state) {
  co_return co_await std::visit(
      [&](const auto& step) -> Answer {
        using Step = std::decay_t<decltype(step)>;
        if constexpr (std::is_same_v<Step, engine::Finish> || std::is_same_v<Step, engine::Halt>) {
          check(false, "Finish and Halt are the driver's");
          co_return std::nullopt;
        } else {
          co_return co_await perform_step(step, state);
        }
      },
      action);
}

Performer::Answer Performer::perform_step(const engine::Upload& upload, const engine::State& state) {
  if (!co_await wait_for_turn(upload.shard, upload.at)) co_return std::nullopt;
  const auto& shard = state.shards.at(upload.shard);
  provider::UploadRequest request;
  request.file = around_.state_folder / shard.requests_file;
  // What is missing here would be missing in the results, and what was changed would be paid for.
  const model::FileMark written{shard.bytes, shard.requests_hash};
  const auto look = [&] { return check_stored(written, request.file); };
  if (auto intact = co_await around_.workers.run(look); !intact)
    co_return engine::UploadFailed{upload.shard, intact.error()};
  request.filename = filename_of(state.run.id, shard.n);
  request.on_progress = [this, n = shard.n, total = shard.bytes](std::uint64_t sent) {
    observer_.on_uploading(n, sent, total);
  };
  auto answer = co_await provider_.upload(std::move(request), stop_);
  if (answer) co_return engine::Uploaded{upload.shard, answer->file_id, answer->server_time};
  if (only_stopped(answer.error())) co_return std::nullopt;
  co_return engine::UploadFailed{upload.shard, answer.error()};
}

Performer::Answer Performer::perform_step(const engine::Create& create, const engine::State& state) {
  if (!co_await wait_for_turn(create.shard, create.at)) co_return std::nullopt;
  const auto& shard = state.shards.at(create.shard);
  std::uint64_t asked = 0;
  for (const auto& [n, one] : state.shards)
    asked += asked_first(one);
  provider::CreateRequest request;
  request.input_file_id = shard.input_file_id;
  request.endpoint = assignment_.job.endpoint;
  request.completion_window = assignment_.job.batch.completion_window;
  request.metadata = {{std::string(model::metadata_job), state.run.job},
                      {std::string(model::metadata_run), state.run.id},
                      {std::string(model::metadata_shard), std::to_string(create.shard)},
                      {std::string(model::metadata_submission), std::to_string(create.submission)},
                      {std::string(model::metadata_requests), shard.requests_hash},
                      {std::string(model::metadata_key), key_mark_of(state.run.key)},
                      {std::string(model::metadata_attempt), std::to_string(shard.attempt)},
                      {std::string(model::metadata_asked), std::to_string(asked)}};
  // A submission under way is waited for even when we are told to stop: cutting it off would leave a question.
  const async::StopToken never;
  auto answer = co_await provider_.create(std::move(request), never);
  if (answer) co_return engine::Created{create.shard, std::move(*answer)};
  co_return engine::CreateFailed{create.shard, answer.error()};
}

Performer::Answer Performer::perform_step(const engine::Wait& wait, const engine::State&) {
  const bool is_due = co_await wait_for_turn(wait.shard, wait.at);
  std::optional<Event> event;
  if (is_due) event = engine::Waited{wait.shard};
  co_return event;
}

namespace {

template <typename Step>
provider::FindRequest question_of(const Step& step, const engine::State& state) {
  provider::FindRequest request;
  request.input_file_id = state.shards.at(step.shard).input_file_id;
  request.run = state.run.id;
  request.shard = step.shard;
  request.since = step.since;
  for (const auto& witness : step.witnesses)
    request.witnesses.push_back({witness.batch_id, witness.input_file_id});
  return request;
}

std::vector<std::string> listed_of(const std::vector<engine::Witness>& witnesses,
                                   const std::vector<model::RemoteBatch>& batches) {
  std::vector<std::string> listed;
  for (const auto& witness : witnesses) {
    const auto is_this = [&](const model::RemoteBatch& batch) { return batch.id == witness.batch_id; };
    if (std::any_of(batches.begin(), batches.end(), is_this)) listed.push_back(witness.batch_id);
  }
  return listed;
}

}  // namespace

Performer::Answer Performer::perform_step(const engine::Search& search, const engine::State& state) {
  if (!co_await wait_for_turn(searching_, search.shard, search.at)) co_return std::nullopt;
  auto question = question_of(search, state);
  auto answer = co_await provider_.find(std::move(question), stop_);
  if (answer)
    co_return engine::Searched{search.shard, search.serial, std::move(answer->found), search.witnesses,
                               std::move(answer->listed)};
  if (only_stopped(answer.error())) co_return std::nullopt;
  co_return engine::SearchFailed{search.shard, search.serial, answer.error()};
}

Performer::Answer Performer::perform_step(const engine::Look& look, const engine::State& state) {
  if (!co_await wait_for_turn(look.shard, look.at)) co_return std::nullopt;
  auto question = question_of(look, state);
  auto answer = co_await provider_.find(std::move(question), stop_);
  if (answer) co_return engine::Looked{look.shard, std::move(answer->found), look.witnesses, std::move(answer->listed)};
  if (only_stopped(answer.error())) co_return std::nullopt;
  co_return engine::LookFailed{look.shard, answer.error()};
}

Performer::Answer Performer::perform_step(const engine::Poll& poll, const engine::State&) {
  if (!co_await wait_for_turn(poll.shard, poll.at)) co_return std::nullopt;
  auto answer = co_await provider_.poll(poll.batch_id, stop_);
  if (answer) co_return engine::Polled{poll.shard, std::move(*answer)};
  if (only_stopped(answer.error())) co_return std::nullopt;
  co_return engine::PollFailed{poll.shard, answer.error()};
}

async::Task<Result<Performer::OneFile>> Performer::fetch_one(std::string file_id, std::string relative) {
  if (file_id.empty()) co_return OneFile();
  auto fetched = co_await provider_.fetch(std::move(file_id), around_.state_folder / relative, stop_);
  if (!fetched) co_return fetched.error();
  co_return OneFile{relative, fetched->lines, fetched->bytes, fetched->sha256};
}

Performer::Answer Performer::perform_step(const engine::Fetch& fetch, const engine::State& state) {
  if (!co_await wait_for_turn(fetch.shard, fetch.at)) co_return std::nullopt;
  const auto& run = state.run.id;
  const auto n = state.shards.at(fetch.shard).submission;
  if (auto made = make_folders(around_.state_folder / "answers" / run); !made)
    co_return engine::FetchFailed{fetch.shard, made.error()};
  auto output = co_await fetch_one(fetch.output_file_id, shard_file(run, fetch.shard, n, "output"));
  if (!output) {
    if (only_stopped(output.error())) co_return std::nullopt;
    co_return engine::FetchFailed{fetch.shard, output.error()};
  }
  auto errors = co_await fetch_one(fetch.error_file_id, shard_file(run, fetch.shard, n, "errors"));
  if (!errors) {
    if (only_stopped(errors.error())) co_return std::nullopt;
    co_return engine::FetchFailed{fetch.shard, errors.error()};
  }
  co_return engine::Fetched{fetch.shard,   output->file,  errors->file,   output->lines + errors->lines,
                            output->bytes, errors->bytes, output->sha256, errors->sha256};
}

namespace {

// The lines of a shard's file are its items in their order.
std::vector<model::BatchError> with_items(std::vector<model::BatchError> errors,
                                          const std::vector<model::Item>& items) {
  for (auto& error : errors)
    if (error.line && *error.line >= 1 && *error.line <= items.size()) error.item = items[*error.line - 1].id;
  return errors;
}

}  // namespace

Performer::Answer Performer::perform_step(const engine::Collect& collect, const engine::State& state) {
  if (!co_await wait_for_turn(collect.shard, collect.at)) co_return std::nullopt;
  auto shard = state.shards.at(collect.shard);
  const auto submission = shard.submission > 0 ? newest_of(state, collect.shard) : model::Submission{};
  const auto run = state.run;
  if (auto made = make_folders(around_.state_folder / "answers" / run.id); !made)
    co_return engine::CollectFailed{collect.shard, made.error()};
  std::vector<model::Item> items;
  std::vector<model::EarlierUse> earlier;
  auto read = [&]() -> Status {
    auto of_shard = around_.store.items_of_shard(run.id, shard.n);
    if (!of_shard) return of_shard.error();
    auto used = around_.store.earlier_use(run.id, shard.n);
    if (!used) return used.error();
    items = std::move(*of_shard);
    earlier = std::move(*used);
    return {};
  };
  if (auto known = co_await around_.sql.run(read); !known)
    co_return engine::CollectFailed{collect.shard, known.error()};
  shard.outcome_file = shard_file(run.id, shard.n, shard.submission, "outcomes");
  const auto work = [&]() -> Result<std::pair<collect::Collected, model::FileMark>> {
    if (auto there = check_for_collecting(shard, around_.state_folder); !there) return there.error();
    collect::Request request{
        judge_, assignment_.job, run, shard, submission, items, price_of(shard.model), around_.state_folder};
    request.earlier = std::move(earlier);
    auto collected = collect::collect(request);
    if (!collected) return collected.error();
    auto mark = mark_of_stored(around_.state_folder / shard.outcome_file);
    if (!mark) return mark.error();
    return std::pair(std::move(*collected), std::move(*mark));
  };
  auto collected = co_await around_.workers.run(work);
  if (!collected) co_return engine::CollectFailed{collect.shard, collected.error()};
  auto& [read_off, mark] = *collected;
  outcomes_[shard.n] = std::move(read_off.outcomes);
  co_return engine::Collected{shard.n, shard.outcome_file, read_off.anomalies, std::move(mark),
                              with_items(submission.errors, items)};
}

std::vector<model::Outcome> Performer::take_outcomes(std::uint32_t shard) {
  auto taken = outcomes_.extract(shard);
  return taken.empty() ? std::vector<model::Outcome>() : std::move(taken.mapped());
}

Performer::Answer Performer::perform_step(const engine::CancelBatch& cancel, const engine::State&) {
  const auto waited = co_await around_.loop.sleep_until(cancel.at, stop_);
  if (!waited.ok()) co_return std::nullopt;
  auto answer = co_await provider_.cancel(cancel.batch_id, stop_);
  if (answer) co_return engine::BatchCancelled{cancel.shard, cancel.batch_id};
  if (only_stopped(answer.error())) co_return std::nullopt;
  co_return engine::BatchCancelFailed{cancel.shard, cancel.batch_id, answer.error()};
}

Performer::Answer Performer::perform_step(const engine::RemoveFiles& files, const engine::State&) {
  const auto waited = co_await around_.loop.sleep_until(files.at, stop_);
  if (!waited.ok()) co_return std::nullopt;
  std::optional<Event> event = engine::FilesRemoved{files.shard};
  for (const auto& file : files.file_ids) {
    const auto removed = co_await provider_.remove(file, stop_);
    if (removed.ok()) continue;
    event = engine::RemoveFailed{files.shard, removed.error()};
    if (only_stopped(removed.error())) event.reset();
    break;
  }
  co_return event;
}

Performer::Answer Performer::perform_step(const engine::Audit& audit, const engine::State& state) {
  const auto waited = co_await around_.loop.sleep_until(audit.at, stop_);
  if (!waited.ok()) co_return std::nullopt;
  const auto shards = state.shards;
  const auto run = state.run.id;
  const auto since = state.run.created_at - listed_for;
  const Error goes_on(ErrorKind::rejected, "its list goes on beyond what is read of it");
  const auto batches = co_await provider_.list_batches(since, stop_);
  if (!batches && only_stopped(batches.error())) co_return std::nullopt;
  if (!batches) co_return engine::AuditFailed{batches.error()};
  if (!batches->is_whole) co_return engine::AuditFailed{goes_on};
  provider::FileList files;
  if (any_without_mark(batches->batches)) {
    auto listed = co_await provider_.list_files(stop_);
    if (!listed && only_stopped(listed.error())) co_return std::nullopt;
    if (!listed) co_return engine::AuditFailed{listed.error()};
    if (!listed->is_whole) co_return engine::AuditFailed{goes_on};
    files = std::move(*listed);
  }
  engine::Audited audited;
  audited.batches = batches_of_run(run, shards, batches->batches, files.files);
  audited.asked = audit.witnesses;
  audited.listed = listed_of(audit.witnesses, batches->batches);
  co_return audited;
}

Performer::Answer Performer::perform_step(const engine::Survey&, const engine::State& state) {
  auto read = [&] { return around_.store.failures(state.run.id); };
  auto counts = co_await around_.sql.run(read);
  if (!counts) co_return engine::SurveyFailed{counts.error()};
  engine::Surveyed surveyed;
  for (const auto& count : *counts)
    surveyed.failures.push_back({count.shard, count.reason, count.items});
  co_return surveyed;
}

Performer::Answer Performer::perform_step(const engine::Gather& gather, const engine::State& state) {
  const auto& limits = assignment_.provider_spec.limits;
  const auto& wanted = assignment_.job.batch;
  const auto shards = state.shards;
  const GatherRequest request{state.run.id,
                              around_.state_folder,
                              shards,
                              gather,
                              {std::min(wanted.max_requests.value_or(limits.max_requests), limits.max_requests),
                               std::min(wanted.max_bytes.value_or(limits.max_bytes), limits.max_bytes)}};
  auto work = [&]() -> Result<RetryBatch> {
    auto reader = around_.open_reader();
    if (!reader) return reader.error();
    return runner::gather(**reader, request);
  };
  auto made = co_await around_.workers.run(work);
  if (!made) co_return engine::GatherFailed{made.error()};
  gathered_[made->shard.n] = std::move(made->items);
  co_return engine::Gathered{std::move(made->shard), made->last_sequence, made->exhausted};
}

std::vector<model::Item> Performer::take_gathered(std::uint32_t shard) {
  auto taken = gathered_.extract(shard);
  return taken.empty() ? std::vector<model::Item>() : std::move(taken.mapped());
}

Performer::Answer Performer::perform_step(const engine::Count&, const engine::State& state) {
  auto read = [&] { return around_.store.counts(state.run.id); };
  auto counts = co_await around_.sql.run(read);
  if (!counts) co_return engine::ReportFailed{counts.error()};
  co_return engine::Counted{*counts};
}

// No item has these answers among its attempts, but the bill has them.
void Performer::add_what_was_paid_in_vain(const std::vector<model::Submission>& submissions,
                                          const std::map<std::uint32_t, model::Shard>& shards,
                                          report::Sums& sums) const {
  for (const auto& twin : submissions) {
    if (model::paid_in_vain(twin) == 0 || !twin.usage.known) continue;
    sums.usage += twin.usage;
    const auto price = price_of(shards.at(twin.shard).model);
    if (price && sums.cost) *sums.cost += model::cost_of(twin.usage, *price);
  }
}

namespace {

// The report's own thread reads the store through its own view, in order of sequence.
struct RowReader {
  store::Store& reader;
  const std::map<std::uint32_t, model::Shard>& shards;
  std::string run;

  Result<std::vector<report::RowRef>> operator()(std::uint64_t after, std::uint32_t limit) const {
    store::ItemFilter filter;
    filter.after_sequence = after;
    filter.limit = limit;
    auto items = reader.items(run, filter);
    if (!items) return items.error();
    std::vector<report::RowRef> rows;
    rows.reserve(items->size());
    for (auto& state : *items) {
      const auto& item = state.item;
      report::RowRef row;
      row.sequence = item.sequence;
      row.status = state.status;
      row.row = {std::move(state.outcome_file), state.row_offset, state.row_length};
      if (state.status != model::ItemStatus::succeeded)  // nobody asks for the others'
        row.input = {shards.at(item.shard).rows_file, item.row_offset, item.row_length};
      rows.push_back(std::move(row));
    }
    return rows;
  }
};

}  // namespace

Performer::Answer Performer::perform_step(const engine::Report& report, const engine::State& state) {
  const auto run = state.run;
  const auto shard_map = state.shards;
  const auto submission_map = state.submissions;
  const auto finished_at = around_.loop.clock().now();
  auto work = [&]() -> Result<report::Written> {
    auto reader = around_.open_reader();
    if (!reader) return reader.error();
    auto counts = (*reader)->counts(run.id);
    if (!counts) return counts.error();
    auto sums = (*reader)->usage(run.id);
    if (!sums) return sums.error();
    std::vector<model::Shard> shards;
    for (const auto& [n, shard] : shard_map)
      shards.push_back(shard);
    std::vector<model::Submission> submissions;
    for (const auto& [key, submission] : submission_map)
      submissions.push_back(submission);
    report::Sums shown;
    shown.usage = sums->usage;
    shown.attempts = sums->attempts;
    shown.answers_without_usage = sums->attempts_without_usage;
    for (const auto& shard : shards) {
      const auto price = price_of(shard.model);
      if (!price) continue;
      shown.cost = sums->cost;
      shown.currency = price->currency;
    }
    add_what_was_paid_in_vain(submissions, shard_map, shown);
    report::Request request{assignment_.job,
                            run,
                            report.state,
                            shards,
                            submissions,
                            *counts,
                            shown,
                            around_.state_folder,
                            around_.state_folder / "spool" / run.id / "rejected.jsonl",
                            BATCHD_VERSION,
                            finished_at,
                            RowReader{**reader, shard_map, run.id}};
    return report::write(request);
  };
  auto written = co_await around_.workers.run(work);
  if (!written) co_return engine::ReportFailed{written.error()};
  if (assignment_.job.reuse) {
    auto remember = [&] { return around_.store.remember_answers(run.id); };
    if (auto kept = co_await around_.sql.run(remember); !kept) co_return engine::ReportFailed{kept.error()};
  }
  observer_.on_reported(run, written->folder, written->summary);
  co_return engine::Reported{report.state};
}

}  // namespace batchd::runner
