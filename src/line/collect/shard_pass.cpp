#include "line/collect/shard_pass.hpp"

#include <algorithm>

#include "line/collect/answer.hpp"
#include "line/collect/verdict.hpp"

namespace batchd::collect {
namespace {

using model::EndKind;
using model::Reason;

// Providers' lines are taken as they are: a key written twice in an envelope must not cost an answer, nor half a
// character the knowledge whose line it is. In what is judged it counts (verdict.cpp).
constexpr json::ParseOptions lenient{.duplicate_keys_are_errors = false, .mends_lone_surrogates = true};

bool all_name_a_line(const std::vector<model::BatchError>& errors) {
  return !errors.empty() && std::all_of(errors.begin(), errors.end(), [](const auto& error) { return error.line; });
}

// What becomes of an item that no line speaks of.
Failure failure_without_line(const model::Shard& shard, const model::Submission& submission) {
  if (shard.end == EndKind::not_sent) return {Reason::cancelled, "the run was cancelled before this item was sent"};
  // Nothing is wrong with the request, and nobody answered it: a person's `retry` may ask it again.
  if (shard.end == EndKind::given_up) return {Reason::cancelled, shard.error + "; it was given up unanswered"};
  if (shard.end == EndKind::refused)
    return shard.error.empty() && !submission.errors.empty() ? failure_of(submission.errors)
                                                             : failure_of_refusal(shard.error);
  switch (submission.state) {
    case model::BatchState::expired:
      return {Reason::expired, "the batch's completion window ended before this request was done"};
    case model::BatchState::cancelled:
      return {Reason::cancelled, "the batch was cancelled before this request was done"};
    case model::BatchState::failed:
      return all_name_a_line(submission.errors) ? failure_beside(submission.errors) : failure_of(submission.errors);
    default:
      return {Reason::missing, "the batch completed, and neither of its files holds a line for this request"};
  }
}

bool ended_normally(const model::Shard& shard, const model::Submission& submission) {
  return shard.end == EndKind::batch && submission.state == model::BatchState::completed;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

ShardPass::ShardPass(const Request& request, FileWriter& writer, IncludedFields included)
    : request_(request),
      included_(std::move(included)),
      row_writer_(request.job, request.run, request.shard, request.submission.batch_id),
      rows_(writer, collected_.outcomes) {
  check(request.earlier.empty() || request.earlier.size() == request.items.size(), "every item's use is known");
  sequences_.reserve(request.items.size());
  collected_.outcomes.reserve(request.items.size());
  for (const model::Item& item : request.items) {
    check(sequences_.empty() || sequences_.back() < item.sequence, "a shard's items come by sequence");
    sequences_.push_back(item.sequence);
    model::Outcome outcome;
    outcome.sequence = item.sequence;
    outcome.attempt = request.shard.attempt;
    collected_.outcomes.push_back(outcome);
  }
  heard_.assign(sequences_.size(), Heard::nothing);
  if (request.shard.end != EndKind::batch || request.submission.state != model::BatchState::failed) return;
  // The lines of the file are the items in their order.
  for (const model::BatchError& error : request.submission.errors)
    if (error.line) faults_of_lines_.emplace(*error.line, failure_of_line(error));
}

Result<std::unique_ptr<ShardPass>> ShardPass::begin(const Request& request, FileWriter& writer) {
  auto included = IncludedFields::open(request.job.output.include, request.state_folder / request.shard.rows_file);
  if (!included) return included.error();
  return std::unique_ptr<ShardPass>(new ShardPass(request, writer, std::move(*included)));
}

Status ShardPass::read(const Path& file, bool is_error_file) {
  auto opened = File::open_to_read(file);
  if (!opened) return opened.error();
  (is_error_file ? error_file_ : output_file_) = std::move(*opened);
  auto reader = json::LineReader::open(file, request_.line_bytes_max);
  if (!reader) return reader.error();
  for (;;) {
    auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) return {};
    if (auto taken = on_line(*line, is_error_file); !taken) return taken;
  }
}

Status ShardPass::on_line(const json::Line& line, bool is_error_file) {
  if (line.too_long) {
    ++collected_.anomalies.undecodable_lines;
    return {};
  }
  if (is_blank(line.text)) return {};
  const auto root = line_document_.parse_padded(line.text, lenient);
  const auto result = root ? ResultLine::from(*root) : std::nullopt;
  if (!result) {
    ++collected_.anomalies.undecodable_lines;
    return {};
  }
  const auto item = item_of(result->custom_id);
  if (!item) {
    ++collected_.anomalies.unknown_results;
    return {};
  }

  const bool is_answer = result->holds_answer();
  Heard& heard = heard_[*item];
  if (heard != Heard::nothing) ++collected_.anomalies.duplicate_results;
  if (heard == Heard::answer || (heard == Heard::failure && !is_answer)) return {};
  heard = is_answer ? Heard::answer : Heard::failure;

  model::Outcome& outcome = collected_.outcomes[*item];
  outcome.answer_offset = line.offset;
  outcome.answer_length = line.size_bytes;
  outcome.answer_in_error_file = is_error_file;
  return is_answer ? on_answer(*item, *result) : Status{};
}

// Position in the file means nothing: only a custom_id of this run, this attempt and this shard does.
std::optional<std::size_t> ShardPass::item_of(std::string_view custom_id) {
  const auto id = model::custom_id_from_text(custom_id);
  if (!id || id->attempt != request_.shard.attempt || id->run != request_.run.id) return std::nullopt;
  if (sequences_.empty() || id->sequence < sequences_.front()) return std::nullopt;
  // Sequences ascend, so an item lies no further in than its distance from the first; without gaps, just there.
  const std::uint64_t distance = id->sequence - sequences_.front();
  const auto last = static_cast<std::size_t>(std::min<std::uint64_t>(distance, sequences_.size() - 1));
  if (sequences_[last] == id->sequence) return last;
  const auto end = sequences_.begin() + static_cast<std::ptrdiff_t>(last);
  const auto found = std::lower_bound(sequences_.begin(), end, id->sequence);
  if (found == end || *found != id->sequence) return std::nullopt;
  return static_cast<std::size_t>(found - sequences_.begin());
}

Status ShardPass::on_answer(std::size_t item, const ResultLine& line) {
  const Judge::Program& program = request_.judge.program();
  const Answer answer = answer_of(line.body, program.shape, program.take, scratch_);
  const Verdict verdict = judge(program, answer, content_document_);
  if (verdict.unwrapped) ++collected_.anomalies.unwrapped;

  model::Outcome& outcome = collected_.outcomes[item];
  outcome.status = verdict.accepted() ? model::ItemStatus::succeeded : model::ItemStatus::failed;
  outcome.reason = verdict.reason;
  outcome.usage = usage_of(line.body);
  if (request_.price && outcome.usage.known) outcome.cost = model::cost_of(outcome.usage, *request_.price);

  Row row;
  row.value = verdict.value;
  row.text = verdict.text;
  row.error = verdict.error;
  row.model = line.body.find("model").as_string().value_or(request_.shard.model);
  row.finish_reason = answer.finish_reason;
  row.request_id = line.request_id();
  return write_row(item, row);
}

Status ShardPass::settle() {
  for (std::size_t item = 0; item < heard_.size(); ++item) {
    Status settled;
    if (heard_[item] == Heard::failure)
      settled = settle_failure(item);
    else if (heard_[item] == Heard::nothing)
      settled = settle_unheard(item);
    if (!settled) return settled;
  }
  return rows_.flush();
}

// The line is read again: held until now it would have cost memory, written when it came by it would lie dead in the
// file once an answer followed.
Status ShardPass::settle_failure(std::size_t item) {
  model::Outcome& outcome = collected_.outcomes[item];
  const File& file = outcome.answer_in_error_file ? error_file_ : output_file_;
  if (auto read = file.read_at(outcome.answer_offset, outcome.answer_length, scratch_); !read) return read;
  const auto root = line_document_.parse(scratch_, lenient);
  const auto line = root ? ResultLine::from(*root) : std::nullopt;
  if (!line) return Error{ErrorKind::io, file.path().string() + " changed while it was read"};

  const Failure failure = failure_of(*line);
  outcome.reason = failure.reason;
  outcome.usage = usage_of(line->body);
  Row row;
  row.error = failure.message;
  row.model = line->body.find("model").as_string().value_or(request_.shard.model);
  row.request_id = line->request_id();
  return settle(item, row);
}

Status ShardPass::settle_unheard(std::size_t item) {
  if (!without_line_) without_line_ = failure_without_line(request_.shard, request_.submission);
  if (ended_normally(request_.shard, request_.submission)) ++collected_.anomalies.missing_results;
  const auto own = faults_of_lines_.find(item + 1);
  const Failure& failure = own == faults_of_lines_.end() ? *without_line_ : own->second;
  collected_.outcomes[item].reason = failure.reason;
  Row row;
  row.error = failure.message;
  row.model = request_.shard.model;
  return settle(item, row);
}

// What was not answered is not charged (providers.md 1.6).
Status ShardPass::settle(std::size_t item, const Row& row) {
  collected_.outcomes[item].usage.known = true;
  if (request_.price) collected_.outcomes[item].cost = model::Money{};
  return write_row(item, row);
}

Collected ShardPass::take() { return std::move(collected_); }

// The outcome is of this attempt alone, its row tells of the item.
model::Outcome ShardPass::with_earlier(std::size_t item) const {
  auto outcome = collected_.outcomes[item];
  if (request_.earlier.empty()) return outcome;
  const auto& before = request_.earlier[item];
  const bool is_known = outcome.usage.known && before.usage.known;
  outcome.usage += before.usage;
  outcome.usage.known = is_known;
  if (outcome.cost && before.cost)
    *outcome.cost += *before.cost;
  else
    outcome.cost.reset();
  return outcome;
}

Status ShardPass::write_row(std::size_t item, Row row) {
  row.id = request_.items[item].id;
  auto included = included_.of(request_.items[item]);
  if (!included) return included.error();
  row.included = *included;

  row_writer_.append(rows_.row(), row, with_earlier(item));
  return rows_.end_row(item);
}

}  // namespace batchd::collect
