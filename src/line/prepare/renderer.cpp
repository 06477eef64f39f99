// Rows -> judged and rendered requests. The order of the checks is the order in which a person would want to hear of
// them: is it JSON, has it an id, does it fit the schema, can it be rendered, is it too large, was the id seen before.
// The id comes last because a row that cannot be used must not stand in the way of one that can.

#include <fmt/format.h>

#include "line/prepare/grouping.hpp"
#include "line/prepare/id_table.hpp"
#include "line/prepare/prepare.hpp"
#include "line/prepare/rejected_rows.hpp"
#include "line/prepare/request_line.hpp"
#include "line/prepare/row_judge.hpp"
#include "line/prepare/row_lines.hpp"
#include "rules/template/template.hpp"

namespace batchd::prepare {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

// A row's number must fit into the id table; no row's number is above its line's.
Status check_count(const json::Line& line) {
  if (line.number <= IdTable::sequence_max) return {};
  return Error(ErrorKind::invalid, fmt::format("the input has more than {} lines", IdTable::sequence_max),
               "split it into several files, one run each");
}

// The smaller of two limits of which 0 means none.
std::uint64_t tighter(std::uint64_t one, std::uint64_t other) {
  if (one == 0 || other == 0) return std::max(one, other);
  return std::min(one, other);
}

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
  State(const model::JobSpec& given_job, const model::ProviderSpec& given_provider, RowJudge row_judge,
        tmpl::Template compiled, json::View request, json::LineReader line_reader, RejectedRows rejected_rows)
      : job(given_job),
        provider(given_provider),
        judge(std::move(row_judge)),
        request_template(std::move(compiled)),
        request_line(job.endpoint),
        grouping(request, job.endpoint),
        reader(std::move(line_reader)),
        rejected(std::move(rejected_rows)) {
    batch_bytes_max = std::min(job.batch.max_bytes.value_or(UINT64_MAX), provider.limits.max_bytes);
  }

  // What became of a row that can be used.
  struct Request {
    std::string_view id;
    std::uint32_t group = 0;
    std::uint64_t line_bytes = 0;
  };

  model::JobSpec job;
  model::ProviderSpec provider;
  RowJudge judge;
  tmpl::Template request_template;
  RequestLine request_line;
  Grouping grouping;
  json::LineReader reader;
  RejectedRows rejected;
  std::uint64_t batch_bytes_max;
  std::vector<model::InputFile> inputs;
  std::uint64_t rows_max = 0;
  HashTap tap;
  // The items' ids. With on_duplicate: last they are known before the first row is taken: looked_ahead.
  IdTable ids;
  bool looked_ahead = false;
  RowLines row_lines;
  Tally tally;
  std::vector<Complaint> complaints;
  bool at_end = false;

  Status look_ahead();
  Status fill(Block& block);
  Status take(const json::Line& line, Block& block);
  std::optional<Complaint> render(const json::Line& line, std::uint64_t sequence, std::string& bodies,
                                  Request& request);
  std::optional<Complaint> judge_size(std::uint64_t line_bytes) const;
  std::optional<Complaint> claim_id(std::string_view id, std::uint64_t sequence);
  Status reject(const json::Line& line, Complaint complaint);
  bool is_unchanged() const;
  Status end();
};

// on_duplicate: last has to know the end before the beginning: which rows can be used, and where each id stands for
// the last time among them.
Status Renderer::State::look_ahead() {
  looked_ahead = true;
  auto ahead = json::LineReader::open(job.input.path, job.input.max_row_bytes);
  if (!ahead) return ahead.error();
  std::uint64_t sequence = 0;
  std::string body;
  Request request;
  while (rows_max == 0 || sequence < rows_max) {
    auto line = ahead->next();
    if (!line) return line.error();
    if (line->at_end) break;
    if (!line->too_long && is_blank(line->text)) continue;
    if (auto counted = check_count(*line); !counted) return counted;
    row_lines.note(++sequence, line->number);
    body.clear();
    if (!render(*line, sequence, body, request)) ids.set(request.id, sequence);
  }
  return {};
}

Status Renderer::State::fill(Block& block) {
  const bool look_first = job.input.on_duplicate == model::OnDuplicate::last && !looked_ahead;
  if (look_first) {
    if (auto looked = look_ahead(); !looked) return looked;
  }
  while (!at_end && block.accepted.size() < block_rows_max &&
         block.bodies.size() + block.rows.size() < block_bytes_max) {
    if (rows_max > 0 && tally.rows == rows_max) return end();
    auto line = reader.next();
    if (!line) return line.error();
    tally.bytes_read = reader.bytes_read();
    if (line->at_end) return end();
    if (auto taken = take(*line, block); !taken) return taken;
  }
  return {};
}

Status Renderer::State::take(const json::Line& line, Block& block) {
  if (!line.too_long && is_blank(line.text)) return {};
  if (auto counted = check_count(line); !counted) return counted;
  Block::Row row;
  row.sequence = ++tally.rows;
  row.line = line.number;
  row.body_offset = block.bodies.size();
  row_lines.note(row.sequence, row.line);
  Request request;
  auto complaint = render(line, row.sequence, block.bodies, request);
  if (!complaint) complaint = claim_id(request.id, row.sequence);
  if (complaint) {
    block.bodies.resize(row.body_offset);
    return reject(line, std::move(*complaint));
  }
  row.body_length = block.bodies.size() - row.body_offset;
  row.group = request.group;
  row.request_key = xxh3_128(std::string_view(block.bodies).substr(row.body_offset));
  row.id_offset = block.ids.size();
  row.id_length = request.id.size();
  block.ids += request.id;
  row.row_offset = block.rows.size();
  row.row_length = line.text.size();
  block.rows += line.text;
  block.accepted.push_back(row);
  ++tally.items;
  if (request.line_bytes > provider.limits.warn_line_bytes.value_or(UINT64_MAX)) ++tally.long_requests;
  return {};
}

// Appends the row's body. With a complaint, `bodies` may have grown all the same.
std::optional<Complaint> Renderer::State::render(const json::Line& line, std::uint64_t sequence, std::string& bodies,
                                                 Request& request) {
  if (line.too_long) {
    return Complaint{0, RowFault::too_large, "",
                     fmt::format("the row has {} bytes, at most {} are allowed (input.max_row_bytes)", line.size_bytes,
                                 job.input.max_row_bytes)};
  }
  RowJudge::Judged judged;
  if (auto complaint = judge.judge(line.text, judged)) return complaint;
  request.id = judged.id;
  const auto offset = bodies.size();
  if (auto rendered = request_template.render(judged.row, bodies); !rendered)
    return Complaint{0, RowFault::invalid_row, std::string(judged.id), rendered.error().message};
  const auto body = std::string_view(bodies).substr(offset);
  request.line_bytes = request_line.size_bytes(sequence, body.size());
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

std::optional<Complaint> Renderer::State::claim_id(std::string_view id, std::uint64_t sequence) {
  if (looked_ahead) {
    const auto last = ids.find(id);
    if (last == sequence) return std::nullopt;
    return Complaint{
        0, RowFault::duplicate_id, std::string(id),
        fmt::format("line {} has the same id, and the last one counts", row_lines.line_of(last.value_or(sequence)))};
  }
  const auto earlier = ids.find_or_insert(id, sequence);
  if (!earlier) return std::nullopt;
  return Complaint{0, RowFault::duplicate_id, std::string(id),
                   fmt::format("line {} has the same id", row_lines.line_of(*earlier))};
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

// By content when all of it was read; else by what the file system says, since the hash of a part tells nothing.
bool Renderer::State::is_unchanged() const {
  if (inputs.empty()) return true;
  if (rows_max == 0) return tap.digest() == inputs.front().hash;
  const auto now = identity_of(job.input.path);
  return now && is_same_file(inputs.front(), *now);
}

Status Renderer::State::end() {
  at_end = true;
  if (auto finished = rejected.finish(); !finished) return finished;
  if (is_unchanged()) return {};
  return Error(ErrorKind::invalid, fmt::format("{} changed while it was read", job.input.path_as_written),
               "nothing was sent; run again when the file is complete");
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
  state->rows_max = tighter(options.rows_max, job.input.limit.value_or(0));
  state->reader.set_tap(&state->tap);
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
  const auto& input = state_->job.input;
  const auto& tally = state_->tally;
  const auto count = [&](RowFault fault) { return tally.by_fault[static_cast<std::size_t>(fault)]; };
  const auto invalid = count(RowFault::invalid_row) + count(RowFault::too_large);
  const auto duplicate = count(RowFault::duplicate_id);
  const bool minds_invalid = invalid > 0 && input.on_invalid == model::OnInvalid::fail;
  const bool minds_duplicate = duplicate > 0 && input.on_duplicate == model::OnDuplicate::fail;
  const auto of_rows = fmt::format("of {} rows of {}", tally.rows, input.path_as_written);
  if (minds_invalid && minds_duplicate) {
    return Error(ErrorKind::invalid,
                 fmt::format("{} {} cannot be used and {} repeat an id; nothing was sent", invalid, of_rows, duplicate),
                 "mend them, or set input.on_invalid: skip and input.on_duplicate: first or last");
  }
  if (minds_invalid) {
    return Error(ErrorKind::invalid, fmt::format("{} {} cannot be used; nothing was sent", invalid, of_rows),
                 "mend them, or set input.on_invalid: skip to go on without them");
  }
  if (minds_duplicate) {
    return Error(ErrorKind::invalid, fmt::format("{} {} repeat an id; nothing was sent", duplicate, of_rows),
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
