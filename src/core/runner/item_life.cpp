#include "core/runner/item_life.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace batchd::runner {
namespace {

const model::Shard* shard_of(const std::vector<model::Shard>& shards, std::uint32_t n) {
  const auto found = std::find_if(shards.begin(), shards.end(), [&](const auto& shard) { return shard.n == n; });
  return found == shards.end() ? nullptr : &*found;
}

LifeAttempt attempt_of(const store::AttemptRecord& record, const std::vector<model::Shard>& shards) {
  LifeAttempt attempt;
  attempt.record = record;
  const auto& outcome = record.outcome;
  const auto* asked = shard_of(shards, record.shard);
  if (!asked) return attempt;
  if (outcome.answer_length > 0)
    attempt.answer = {outcome.answer_in_error_file ? asked->error_file : asked->output_file, outcome.answer_offset,
                      outcome.answer_length};
  if (outcome.row_length > 0) attempt.result = {asked->outcome_file, outcome.row_offset, outcome.row_length};
  return attempt;
}

}  // namespace

Result<store::ItemState> find_item(store::Store& store, std::string_view run, std::string_view name) {
  if (name.starts_with('#')) {
    std::uint64_t sequence = 0;
    const auto digits = name.substr(1);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    if (fault != std::errc() || end != digits.data() + digits.size() || digits.empty())
      return Error(ErrorKind::invalid, fmt::format("\"{}\" is not a row number", name), "write #17 for the 17th row");
    return store.item(run, sequence);
  }
  if (const auto custom = model::custom_id_from_text(name); custom && custom->run == run)
    return store.item(run, custom->sequence);
  return store.item_by_id(run, name);
}

Result<ItemLife> life_of(store::Store& store, std::string_view run, store::ItemState state) {
  const auto shards = store.shards(run);
  if (!shards) return shards.error();
  const auto attempts = store.attempts(run, state.item.sequence);
  if (!attempts) return attempts.error();
  const auto* shard = shard_of(*shards, state.item.shard);
  if (!shard)
    return Error(ErrorKind::conflict, fmt::format("run {} is still being prepared", run),
                 "look again when its rows have been read");
  ItemLife life;
  const auto& item = state.item;
  life.row = {shard->rows_file, item.row_offset, item.row_length};
  if (!model::is_reused(*shard)) life.request = {shard->requests_file, item.request_offset, item.request_length};
  for (const auto& record : *attempts)
    life.attempts.push_back(attempt_of(record, *shards));
  if (!state.outcome_file.empty()) life.result = {state.outcome_file, state.row_offset, state.row_length};
  life.state = std::move(state);
  return life;
}

Result<std::string> read_blob(const Path& state_folder, const model::BlobRef& blob, std::uint64_t bytes_max) {
  auto opened = File::open_to_read(state_folder / blob.file);
  if (!opened) return opened.error();
  std::string bytes;
  if (auto read = opened->read_at(blob.offset, std::min(blob.length, bytes_max), bytes); !read) return read.error();
  return bytes;
}

}  // namespace batchd::runner
