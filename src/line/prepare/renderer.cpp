// Rows -> judged and rendered requests. The order of the checks is the order in which a person would want to hear of
// them: is it JSON, has it an id, does it fit the schema, can it be rendered, is it too large, was the id seen before.
// The id comes last because a row that cannot be used must not stand in the way of one that can.

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "line/prepare/grouping.hpp"
#include "line/prepare/id_table.hpp"
#include "line/prepare/input_walk.hpp"
#include "line/prepare/prepare.hpp"
#include "line/prepare/rejected_rows.hpp"
#include "line/prepare/request_line.hpp"
#include "line/prepare/row_judge.hpp"
#include "line/prepare/row_lines.hpp"
#include "line/prepare/shape.hpp"
#include "line/prepare/verdict.hpp"
#include "rules/template/template.hpp"

namespace batchd::prepare {
namespace {

// The smaller of two limits of which 0 means none.
std::uint64_t tighter(std::uint64_t one, std::uint64_t other) {
  if (one == 0 || other == 0) return std::max(one, other);
  return std::min(one, other);
}

}  // namespace

struct Renderer::State {
  State(const model::JobSpec& given_job, const model::ProviderSpec& given_provider, InputFiles input_files,
        RowJudge row_judge, tmpl::Template compiled, json::View request, RejectedRows rejected_rows)
      : job(given_job),
        provider(given_provider),
        files(std::move(input_files)),
        judge(std::move(row_judge)),
        request_template(std::move(compiled)),
        request_line(job.endpoint),
        grouping(request, job.endpoint),
        rejected(std::move(rejected_rows)) {
    batch_bytes_max = std::min(job.batch.max_bytes.value_or(UINT64_MAX), provider.limits.max_bytes);
  }

  // What became of a row that can be used.
  struct Request {
    std::string_view id;
    std::string_view row;  // its JSON, of which the line may be more
    std::uint32_t group = 0;
    std::uint64_t line_bytes = 0;
  };

  model::JobSpec job;
  model::ProviderSpec provider;
  InputFiles files;
  RowJudge judge;
  tmpl::Template request_template;
  RequestLine request_line;
  Grouping grouping;
  RejectedRows rejected;
  std::uint64_t batch_bytes_max;
  std::uint64_t rows_max = 0;
  std::unique_ptr<InputWalk> walk;  // made by the first next()
  // The items' ids. With on_duplicate: last they are known before the first row is taken: looked_ahead.
  IdTable ids;
  bool looked_ahead = false;
  RowLines row_lines;
  Tally tally;
  std::vector<Complaint> complaints;
  std::string first_hint;  // what the first rejected rows make one think of the file
  bool at_end = false;

  Status begin();
  Result<InputWalk::Limits> limits_of_walk();
  Status look_ahead(InputWalk::Limits limits);
  Status fill(Block& block);
  Status take(const InputRow& row, Block& block);
  std::optional<Complaint> render(const InputRow& row, std::string& bodies, Request& request);
  std::optional<Complaint> judge_size(std::uint64_t line_bytes) const;
  std::optional<Complaint> claim_id(std::string_view id, const InputRow& row);
  std::string place_seen_from(const InputRow& row, std::uint64_t sequence) const;
  Status reject(const InputRow& row, Complaint complaint);
  void think_of_file(const InputRow& row, const Complaint& complaint);
  Status end();
};

// --sample counts the rows first: how long its stretches are depends on it.
Result<InputWalk::Limits> Renderer::State::limits_of_walk() {
  InputWalk::Limits limits;
  limits.rows_max = rows_max;
  if (!job.input.sample) return limits;
  InputWalk counting(job.input, files, limits);
  for (;;) {
    const auto row = counting.next();
    if (!row) return row.error();
    if (row->at_end) break;
  }
  limits.drawing.emplace(counting.rows(), *job.input.sample);
  return limits;
}

// on_duplicate: last has to know the end before the beginning: which rows can be used, and where each id stands for
// the last time among them.
Status Renderer::State::look_ahead(InputWalk::Limits limits) {
  looked_ahead = true;
  InputWalk ahead(job.input, files, std::move(limits));
  std::string body;
  Request request;
  for (;;) {
    const auto row = ahead.next();
    if (!row) return row.error();
    if (row->at_end) return {};
    row_lines.note(row->sequence, {row->file, row->line});
    body.clear();
    if (!render(*row, body, request)) ids.set(request.id, row->sequence);
  }
}

Status Renderer::State::begin() {
  auto limits = limits_of_walk();
  if (!limits) return limits.error();
  if (job.input.on_duplicate == model::OnDuplicate::last) {
    if (auto looked = look_ahead(*limits); !looked) return looked;
  }
  limits->checks_content = true;
  walk = std::make_unique<InputWalk>(job.input, files, std::move(*limits));
  return {};
}

Status Renderer::State::fill(Block& block) {
  if (!walk) {
    if (auto begun = begin(); !begun) return begun;
  }
  while (!at_end && block.accepted.size() < block_rows_max &&
         block.bodies.size() + block.rows.size() < block_bytes_max) {
    const auto row = walk->next();
    if (!row) return row.error();
    tally.bytes_read = walk->stored_bytes_read();
    if (row->at_end) return end();
    if (auto taken = take(*row, block); !taken) return taken;
  }
  return {};
}

Status Renderer::State::take(const InputRow& input_row, Block& block) {
  ++tally.rows;
  Block::Row row;
  row.sequence = input_row.sequence;
  row.line = input_row.line;
  row.body_offset = block.bodies.size();
  row_lines.note(row.sequence, {input_row.file, input_row.line});
  Request request;
  auto complaint = render(input_row, block.bodies, request);
  if (!complaint) complaint = claim_id(request.id, input_row);
  if (complaint) {
    block.bodies.resize(row.body_offset);
    return reject(input_row, std::move(*complaint));
  }
  row.body_length = block.bodies.size() - row.body_offset;
  row.group = request.group;
  row.request_key = xxh3_128(std::string_view(block.bodies).substr(row.body_offset));
  row.id_offset = block.ids.size();
  row.id_length = request.id.size();
  block.ids += request.id;
  row.row_offset = block.rows.size();
  row.row_length = request.row.size();
  block.rows += request.row;
  block.accepted.push_back(row);
  ++tally.items;
  if (request.line_bytes > provider.limits.warn_line_bytes.value_or(UINT64_MAX)) ++tally.long_requests;
  return {};
}

// Appends the row's body. With a complaint, `bodies` may have grown all the same.
std::optional<Complaint> Renderer::State::render(const InputRow& row, std::string& bodies, Request& request) {
  if (row.too_long) {
    return Complaint{0, RowFault::too_large, "",
                     fmt::format("the row has {} bytes, at most {} are allowed (input.max_row_bytes)", row.size_bytes,
                                 job.input.max_row_bytes)};
  }
  if (!row.fault.empty()) return Complaint{0, RowFault::invalid_row, "", std::string(row.fault)};
  RowJudge::Judged judged;
  if (auto complaint = judge.judge(row.text, judged)) return complaint;
  request.id = judged.id;
  request.row = job.input.row_pointer.empty() ? row.text : judged.row.source_text();
  const auto offset = bodies.size();
  if (auto rendered = request_template.render(judged.row, bodies); !rendered)
    return Complaint{0, RowFault::invalid_row, std::string(judged.id), rendered.error().message};
  const auto body = std::string_view(bodies).substr(offset);
  request.line_bytes = request_line.size_bytes(row.sequence, body.size());
  if (auto complaint = judge_size(request.line_bytes)) {
    complaint->id = judged.id;
    return complaint;
  }
  const auto group = grouping.group_of(body);
  if (!group) return Complaint{0, RowFault::invalid_row, std::string(judged.id), group.error().message};
  request.group = *group;
  return std::nullopt;
}

std::optional<Complaint> Renderer::State::judge_size(std::uint64_t line_bytes) const {
  if (provider.limits.max_line_bytes && line_bytes > *provider.limits.max_line_bytes) {
    return Complaint{0, RowFault::too_large, "",
                     fmt::format("its request line has {} bytes, {} takes at most {}", line_bytes, provider.name,
                                 *provider.limits.max_line_bytes)};
  }
  if (line_bytes + 1 > batch_bytes_max) {  // a line alone in its file still has its end
    return Complaint{0, RowFault::too_large, "",
                     fmt::format("its request line has {} bytes with its end, a whole batch file at most {}",
                                 line_bytes + 1, batch_bytes_max)};
  }
  return std::nullopt;
}

// Of another row of the input, as one says it beside this one.
std::string Renderer::State::place_seen_from(const InputRow& row, std::uint64_t sequence) const {
  const auto place = row_lines.place_of(sequence);
  return place.file == row.file ? fmt::format("line {}", place.line)
                                : fmt::format("{}:{}", files.name(place.file), place.line);
}

std::optional<Complaint> Renderer::State::claim_id(std::string_view id, const InputRow& row) {
  if (looked_ahead) {
    const auto last = ids.find(id);
    if (last == row.sequence) return std::nullopt;
    return Complaint{
        0, RowFault::duplicate_id, std::string(id),
        fmt::format("{} has the same id, and the last one counts", place_seen_from(row, last.value_or(row.sequence)))};
  }
  const auto earlier = ids.find_or_insert(id, row.sequence);
  if (!earlier) return std::nullopt;
  return Complaint{0, RowFault::duplicate_id, std::string(id),
                   fmt::format("{} has the same id", place_seen_from(row, *earlier))};
}

void Renderer::State::think_of_file(const InputRow& row, const Complaint& complaint) {
  const auto& name = files.name(row.file);
  const bool is_first = tally.rows == 1 && !row.too_long;
  if (is_first) first_hint = hint_of_shape(name, job.input.format, beginning_of(row.raw, glimpse_bytes_max));
  if (first_hint.empty() && complaint.message.find("is not UTF-8") != std::string::npos)
    first_hint = how_to_recode(name);
}

Status Renderer::State::reject(const InputRow& row, Complaint complaint) {
  think_of_file(row, complaint);
  complaint.file = files.name(row.file);
  complaint.line = row.line;
  ++tally.rejected;
  ++tally.by_fault[static_cast<std::size_t>(complaint.fault)];
  auto written = rejected.add(complaint, row.too_long ? std::nullopt : std::optional(row.raw));
  if (complaints.size() < complaints_max) complaints.push_back(std::move(complaint));
  return written;
}

Status Renderer::State::end() {
  at_end = true;
  // A file that is something else altogether is told once.
  const bool is_known = !first_hint.empty() && complaints.size() > 1;
  if (is_known && tally.rejected == tally.rows && tally.by_fault[0] == tally.rows) complaints.resize(1);
  if (auto finished = rejected.finish(); !finished) return finished;
  return walk->check_unchanged();
}

Result<Renderer> Renderer::open(const model::JobSpec& job, const model::ProviderSpec& provider,
                                std::vector<model::InputFile> inputs, Options options) {
  auto judge = RowJudge::create(job.input, job.endpoint);
  if (!judge) return judge.error();
  auto request_text = effective_request(job, provider);
  if (!request_text) return request_text.error();
  json::Document document;
  const auto request = document.parse(*request_text);
  if (!request) return request.error().within("request");
  auto compiled = tmpl::Template::compile(*request);
  if (!compiled) return compiled.error().within("request");
  auto files = InputFiles::of(job.input, std::move(inputs));
  if (!files) return files.error();
  const auto wanted = wanted_columns(job.input, compiled->required_variables());
  if (auto checked = check_headers(job.input, *files, wanted); !checked) return checked.error();
  auto rejected = RejectedRows::create(options.rejected_file);
  if (!rejected) return rejected.error();
  auto state = std::make_unique<State>(job, provider, std::move(*files), std::move(*judge), std::move(*compiled),
                                       *request, std::move(*rejected));
  state->rows_max = tighter(options.rows_max, job.input.limit.value_or(0));
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
  auto filled = state_->fill(block);
  block.groups = state_->grouping.groups();
  block.at_end = state_->at_end;
  return filled;
}

const std::vector<Group>& Renderer::groups() const { return state_->grouping.groups(); }
const Tally& Renderer::tally() const { return state_->tally; }
const std::vector<Complaint>& Renderer::complaints() const { return state_->complaints; }
std::vector<model::IdKey> Renderer::take_ids() { return state_->ids.take_sorted(); }

Status Renderer::verdict() const {
  auto verdict = verdict_of(state_->job.input, state_->tally);
  const auto& hint = state_->first_hint;
  const bool is_about_rows = state_->job.input.on_invalid == model::OnInvalid::fail || state_->tally.items == 0;
  if (verdict || hint.empty() || !is_about_rows) return verdict;
  Error error = verdict.error();
  error.hint = hint;
  return error;
}

}  // namespace batchd::prepare
