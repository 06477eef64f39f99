// Rows -> judged and rendered requests. The order of the checks is the order in which a person would want to hear of
// them: is it JSON, has it an id, does it fit the schema, was the id seen before, can it be rendered, is it too large.

#include <fmt/format.h>

#include "line/prepare/grouping.hpp"
#include "line/prepare/id_table.hpp"
#include "line/prepare/prepare.hpp"
#include "line/prepare/rejected_rows.hpp"
#include "line/prepare/row_judge.hpp"
#include "rules/template/template.hpp"

namespace batchd::prepare {
namespace {

// What stands around a body in its request line: the longest custom_id, the keys, the url.
constexpr std::uint64_t line_overhead_bytes = 160;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

class HashTap final : public json::LineReader::Tap {
 public:
  void on_bytes(std::string_view bytes) override { stream_.add(bytes); }
  Hash128 digest() const { return stream_.digest(); }

 private:
  Xxh3Stream stream_;
};

}  // namespace

std::string_view name_of(RowFault fault) {
  switch (fault) {
    case RowFault::invalid_row:
      return "invalid_row";
    case RowFault::duplicate_id:
      return "duplicate_id";
    case RowFault::too_large:
      return "too_large";
  }
  return "";
}

struct Renderer::State {
  State(const model::JobSpec& given_job, const model::ProviderSpec& provider, RowJudge row_judge,
        tmpl::Template compiled, json::View request, json::LineReader line_reader, RejectedRows rejected_rows)
      : job(given_job),
        judge(std::move(row_judge)),
        request_template(std::move(compiled)),
        grouping(request),
        reader(std::move(line_reader)),
        rejected(std::move(rejected_rows)) {
    request_line_bytes_max = std::min(provider.limits.max_line_bytes.value_or(UINT64_MAX),
                                      job.batch.max_bytes.value_or(provider.limits.max_bytes));
  }

  model::JobSpec job;
  RowJudge judge;
  tmpl::Template request_template;
  Grouping grouping;
  json::LineReader reader;
  RejectedRows rejected;
  std::uint64_t request_line_bytes_max;
  std::vector<model::InputFile> inputs;
  std::uint64_t rows_max = 0;
  HashTap tap;
  IdTable ids;        // accepted ones
  IdTable last_rows;  // on_duplicate: last: where each id stands for the last time
  Tally tally;
  std::vector<Complaint> complaints;
  bool at_end = false;

  Status look_ahead();
  Status take(const json::Line& line, Block& block);
  Status accept(const json::Line& line, std::uint64_t sequence, const RowJudge::Judged& judged, Block& block);
  Status reject(const json::Line& line, Complaint complaint);
  std::optional<Complaint> claim_id(std::string_view id, std::uint64_t sequence);
  Status end();
};

// on_duplicate: last has to know the end before the beginning.
Status Renderer::State::look_ahead() {
  auto ahead = json::LineReader::open(job.input.path, job.input.max_row_bytes);
  if (!ahead) return ahead.error();
  std::uint64_t sequence = 0;
  for (;;) {
    auto line = ahead->next();
    if (!line) return line.error();
    if (line->at_end || (rows_max > 0 && sequence == rows_max)) return {};
    if (!line->too_long && is_blank(line->text)) continue;
    ++sequence;
    if (line->too_long) continue;
    if (const auto id = judge.id_of(line->text)) last_rows.set(*id, sequence);
  }
}

Status Renderer::State::take(const json::Line& line, Block& block) {
  if (!line.too_long && is_blank(line.text)) return {};
  const auto sequence = ++tally.rows;
  if (sequence > IdTable::sequence_max)
    return Error(ErrorKind::invalid, fmt::format("the input has more than {} rows", IdTable::sequence_max));
  if (line.too_long) {
    const auto message = fmt::format("the row has {} bytes, at most {} are allowed (input.max_row_bytes)",
                                     line.size_bytes, job.input.max_row_bytes);
    return reject(line, {line.number, RowFault::too_large, "", message});
  }
  RowJudge::Judged judged;
  if (auto complaint = judge.judge(line.text, judged)) return reject(line, std::move(*complaint));
  if (auto complaint = claim_id(judged.id, sequence)) return reject(line, std::move(*complaint));
  return accept(line, sequence, judged, block);
}

std::optional<Complaint> Renderer::State::claim_id(std::string_view id, std::uint64_t sequence) {
  if (job.input.on_duplicate == model::OnDuplicate::last) {
    const auto last = last_rows.find(id);
    if (last && *last != sequence) {
      return Complaint{0, RowFault::duplicate_id, std::string(id),
                       fmt::format("row {} has the same id, and the last one counts", *last)};
    }
  }
  const auto earlier = ids.find_or_insert(id, sequence);
  if (!earlier) return std::nullopt;
  return Complaint{0, RowFault::duplicate_id, std::string(id), fmt::format("row {} has the same id", *earlier)};
}

Status Renderer::State::accept(const json::Line& line, std::uint64_t sequence, const RowJudge::Judged& judged,
                               Block& block) {
  Block::Row row;
  row.sequence = sequence;
  row.line = line.number;
  row.body_offset = block.bodies.size();
  if (auto rendered = request_template.render(judged.row, block.bodies); !rendered)
    return reject(line, {0, RowFault::invalid_row, std::string(judged.id), rendered.error().message});
  row.body_length = block.bodies.size() - row.body_offset;
  const auto body = std::string_view(block.bodies).substr(row.body_offset);
  const auto group = grouping.group_of(body);
  const bool too_large = body.size() + line_overhead_bytes > request_line_bytes_max;
  if (!group || too_large) {
    Complaint complaint{0, RowFault::invalid_row, std::string(judged.id), ""};
    if (too_large) {
      complaint.fault = RowFault::too_large;
      complaint.message = fmt::format("its request has {} bytes, a request line of this provider at most {}",
                                      body.size(), request_line_bytes_max);
    } else {
      complaint.message = group.error().message;
    }
    block.bodies.resize(row.body_offset);
    return reject(line, std::move(complaint));
  }
  row.group = *group;
  row.request_key = xxh3_128(body);
  row.id_offset = block.ids.size();
  row.id_length = judged.id.size();
  block.ids += judged.id;
  row.row_offset = block.rows.size();
  row.row_length = line.text.size();
  block.rows += line.text;
  block.accepted.push_back(row);
  ++tally.items;
  return {};
}

Status Renderer::State::reject(const json::Line& line, Complaint complaint) {
  complaint.line = line.number;
  ++tally.rejected;
  ++tally.by_fault[static_cast<std::size_t>(complaint.fault)];
  const auto raw = line.too_long ? std::nullopt : std::optional(line.text);
  auto written = rejected.add(job.input.path_as_written, complaint, raw);
  if (complaints.size() < complaints_max) complaints.push_back(std::move(complaint));
  return written;
}

Status Renderer::State::end() {
  at_end = true;
  if (auto finished = rejected.finish(); !finished) return finished;
  const bool all_read = rows_max == 0;
  if (all_read && !inputs.empty() && tap.digest() != inputs.front().hash) {
    return Error(ErrorKind::invalid, fmt::format("{} changed while it was read", job.input.path_as_written),
                 "nothing was sent; run again when the file is complete");
  }
  return {};
}

Result<Renderer> Renderer::open(const model::JobSpec& job, const model::ProviderSpec& provider,
                                std::vector<model::InputFile> inputs, Options options) {
  auto judge = RowJudge::create(job.input);
  if (!judge) return judge.error();
  auto request_text = effective_request(job, provider);
  if (!request_text) return request_text.error();
  json::Document document;
  const auto request = document.parse(*request_text);
  if (!request) return request.error().within("request");
  auto compiled = tmpl::Template::compile(*request);
  if (!compiled) return compiled.error().within("request");
  auto reader = json::LineReader::open(job.input.path, job.input.max_row_bytes);
  if (!reader) return reader.error();
  auto rejected = RejectedRows::create(options.rejected_file);
  if (!rejected) return rejected.error();
  auto state = std::make_unique<State>(job, provider, std::move(*judge), std::move(*compiled), *request,
                                       std::move(*reader), std::move(*rejected));
  state->inputs = std::move(inputs);
  state->rows_max = options.rows_max > 0 ? options.rows_max : job.input.limit.value_or(0);
  state->reader.set_tap(&state->tap);
  if (job.input.on_duplicate == model::OnDuplicate::last) {
    if (auto looked = state->look_ahead(); !looked) return looked.error();
  }
  return Renderer(std::move(state));
}

Renderer::Renderer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;
Renderer::~Renderer() = default;

Status Renderer::next(Block& block) {
  block.rows.clear();
  block.bodies.clear();
  block.ids.clear();
  block.accepted.clear();
  block.at_end = false;
  while (block.accepted.size() < block_rows_max && block.bodies.size() + block.rows.size() < block_bytes_max) {
    const bool enough = state_->rows_max > 0 && state_->tally.rows == state_->rows_max;
    auto line = enough ? Result<json::Line>(json::Line{}) : state_->reader.next();
    if (!line) return line.error();
    state_->tally.bytes_read = state_->reader.bytes_read();
    if (enough || line->at_end) {
      block.at_end = true;
      return state_->end();
    }
    if (auto taken = state_->take(*line, block); !taken) return taken;
  }
  return {};
}

const std::vector<Group>& Renderer::groups() const { return state_->grouping.groups(); }
const Tally& Renderer::tally() const { return state_->tally; }
const std::vector<Complaint>& Renderer::complaints() const { return state_->complaints; }
std::vector<model::IdKey> Renderer::take_ids() { return state_->ids.take_sorted(); }

Status Renderer::verdict() const {
  const auto& input = state_->job.input;
  const auto& tally = state_->tally;
  const auto count = [&](RowFault fault) { return tally.by_fault[static_cast<std::size_t>(fault)]; };
  const auto invalid = count(RowFault::invalid_row) + count(RowFault::too_large);
  const auto duplicate = count(RowFault::duplicate_id);
  if (invalid > 0 && input.on_invalid == model::OnInvalid::fail) {
    return Error(
        ErrorKind::invalid,
        fmt::format("{} of {} rows of {} cannot be used; nothing was sent", invalid, tally.rows, input.path_as_written),
        "mend them, or set input.on_invalid: skip to go on without them");
  }
  if (duplicate > 0 && input.on_duplicate == model::OnDuplicate::fail) {
    return Error(
        ErrorKind::invalid,
        fmt::format("{} of {} rows of {} repeat an id; nothing was sent", duplicate, tally.rows, input.path_as_written),
        "make the ids unique, or set input.on_duplicate: first or last");
  }
  if (tally.items == 0 && input.on_empty == model::OnEmpty::fail) {
    return Error(ErrorKind::invalid,
                 tally.rows == 0
                     ? fmt::format("{} has no rows", input.path_as_written)
                     : fmt::format("none of the {} rows of {} can be used", tally.rows, input.path_as_written),
                 "if that is fine, set input.on_empty: succeed");
  }
  return {};
}

}  // namespace batchd::prepare
