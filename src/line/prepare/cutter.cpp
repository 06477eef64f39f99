// Rendered requests -> shard files.

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "ground/base/ulid.hpp"
#include "line/prepare/prepare.hpp"
#include "line/prepare/request_line.hpp"
#include "line/prepare/shard_files.hpp"

namespace batchd::prepare {

namespace {

// The rows of one group that an earlier run has answered.
struct ReusedShard {
  model::Shard shard;
  FileWriter rows;
  Xxh3Stream rows_hash;
};

}  // namespace

struct Cutter::State {
  explicit State(Options given) : options(std::move(given)), request_line(options.endpoint) {}

  Options options;
  RequestLine request_line;
  std::vector<std::optional<ShardFiles>> open;     // one a group
  std::vector<std::optional<ReusedShard>> reused;  // likewise
  std::vector<model::Shard> closed;
  std::uint32_t shards = 0;
  std::string line;

  model::Shard numbered(const Group& group);
  Result<ShardFiles> begin(const Group& group);
  Status close(std::optional<ShardFiles>& shard);
  Result<ReusedShard> begin_reused(const Group& group);
  Status close(ReusedShard& shard);
  Status add_reused(const Block& block, const Block::Row& row, const Group& group, std::vector<model::Item>& items);
  Status add(const Block& block, const Block::Row& row, const Group& group, std::vector<model::Item>& items);
};

model::Shard Cutter::State::numbered(const Group& group) {
  model::Shard shard;
  shard.n = ++shards;
  shard.model = group.model;
  shard.thinking = group.thinking;
  return shard;
}

Result<ShardFiles> Cutter::State::begin(const Group& group) {
  model::Shard shard = numbered(group);
  shard.lane = "batch";
  return ShardFiles::create(std::move(shard), options.state_folder, options.spool);
}

Status Cutter::State::close(std::optional<ShardFiles>& open_shard) {
  auto shard = open_shard->finish();
  if (!shard) return shard.error();
  closed.push_back(std::move(*shard));
  open_shard.reset();
  return {};
}

Status Cutter::State::add(const Block& block, const Block::Row& row, const Group& group,
                          std::vector<model::Item>& items) {
  if (open.size() <= row.group) open.resize(row.group + 1);
  auto& slot = open[row.group];

  line.clear();
  request_line.append(line, options.run, row.sequence,
                      std::string_view(block.bodies).substr(row.body_offset, row.body_length));
  line += '\n';

  if (slot && !slot->has_room(line.size(), {options.requests_max, options.bytes_max})) {
    if (auto ended = close(slot); !ended) return ended;
  }
  if (!slot) {
    auto begun = begin(group);
    if (!begun) return begun.error();
    slot.emplace(std::move(*begun));
  }
  auto& item = items.emplace_back();
  item.sequence = row.sequence;
  item.id.assign(block.ids, row.id_offset, row.id_length);
  item.request_key = row.request_key;
  return slot->add(item, line, std::string_view(block.rows).substr(row.row_offset, row.row_length));
}

Result<ReusedShard> Cutter::State::begin_reused(const Group& group) {
  check(!options.reused_outcomes.empty(), "reused rows have an outcome file");
  model::Shard shard = numbered(group);
  shard.lane = model::lane_reused;
  shard.attempt = 0;  // nobody was asked in this run
  shard.stage = model::ShardStage::collected;
  shard.outcome_file = options.reused_outcomes;
  shard.rows_file = fmt::format("{}/{:04}.rows.jsonl", options.spool, shard.n);
  auto rows = FileWriter::create(options.state_folder / shard.rows_file);
  if (!rows) return rows.error();
  return ReusedShard{std::move(shard), std::move(*rows), {}};
}

Status Cutter::State::close(ReusedShard& shard) {
  shard.shard.rows_mark = {shard.rows.offset(), to_hex(shard.rows_hash.digest())};
  closed.push_back(std::move(shard.shard));
  return shard.rows.finish();
}

Status Cutter::State::add_reused(const Block& block, const Block::Row& row, const Group& group,
                                 std::vector<model::Item>& items) {
  if (reused.size() <= row.group) reused.resize(row.group + 1);
  auto& slot = reused[row.group];
  if (!slot) {
    auto begun = begin_reused(group);
    if (!begun) return begun.error();
    slot.emplace(std::move(*begun));
    slot->shard.first_sequence = row.sequence;
  }
  model::Item item;
  item.sequence = row.sequence;
  item.id.assign(block.ids, row.id_offset, row.id_length);
  item.shard = slot->shard.n;
  item.row_offset = slot->rows.offset();
  item.row_length = row.row_length;
  item.request_key = row.request_key;
  items.push_back(std::move(item));
  slot->shard.last_sequence = row.sequence;
  ++slot->shard.requests;
  const auto input = std::string_view(block.rows).substr(row.row_offset, row.row_length);
  slot->rows_hash.add(input);
  slot->rows_hash.add("\n");
  if (auto written = slot->rows.write(input); !written) return written;
  return slot->rows.write("\n");
}

Result<Cutter> Cutter::create(Options options) {
  check(options.requests_max > 0, "a shard holds at least one request");
  check(is_ulid(options.run), "a run's id is a ULID");
  if (auto made = make_folders(options.state_folder / options.spool); !made) return made.error();
  return Cutter(std::make_unique<State>(std::move(options)));
}

Cutter::Cutter(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cutter::Cutter(Cutter&&) noexcept = default;
Cutter& Cutter::operator=(Cutter&&) noexcept = default;
Cutter::~Cutter() = default;

Status Cutter::add(const Block& block, std::vector<model::Item>& items) {
  for (const auto& row : block.accepted) {
    if (auto added = state_->add(block, row, block.groups[row.group], items); !added) return added;
  }
  return {};
}

Status Cutter::add(const Block& block, const std::vector<bool>& reused, std::vector<model::Item>& items,
                   std::vector<model::Item>& reused_items) {
  check(reused.size() == block.accepted.size(), "every row is reused or not");
  for (std::size_t i = 0; i < block.accepted.size(); ++i) {
    const auto& row = block.accepted[i];
    const auto& group = block.groups[row.group];
    auto added =
        reused[i] ? state_->add_reused(block, row, group, reused_items) : state_->add(block, row, group, items);
    if (!added) return added;
  }
  return {};
}

Result<std::vector<model::Shard>> Cutter::finish() {
  for (auto& shard : state_->open) {
    if (!shard) continue;
    if (auto closed = state_->close(shard); !closed) return closed.error();
  }
  for (auto& shard : state_->reused) {
    if (!shard) continue;
    if (auto closed = state_->close(*shard); !closed) return closed.error();
  }
  if (auto synced = sync_spool(state_->options.state_folder, state_->options.spool); !synced) return synced.error();
  std::sort(state_->closed.begin(), state_->closed.end(), [](const auto& a, const auto& b) { return a.n < b.n; });
  return std::move(state_->closed);
}

}  // namespace batchd::prepare
