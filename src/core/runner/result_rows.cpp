#include "core/runner/result_rows.hpp"

#include <algorithm>

namespace batchd::runner {
namespace {

class RowReader {
 public:
  RowReader(store::Store& store, std::string run, std::vector<model::Shard> shards, RowChoice choice)
      : store_(&store), run_(std::move(run)), shards_(std::move(shards)), choice_(choice) {}

  Result<std::vector<report::RowRef>> operator()(std::uint64_t after, std::uint32_t limit) const {
    store::ItemFilter filter;
    filter.status = choice_.status;
    filter.after_sequence = after;
    filter.limit = limit;
    auto items = store_->items(run_, filter);
    if (!items) return items.error();
    std::vector<report::RowRef> rows;
    rows.reserve(items->size());
    for (auto& state : *items) {
      report::RowRef row;
      row.sequence = state.item.sequence;
      row.status = state.status;
      row.row = {std::move(state.outcome_file), state.row_offset, state.row_length};
      if (choice_.with_answers && row.row) {
        auto answer = answer_of(state);
        if (!answer) return answer.error();
        row.answer = std::move(*answer);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Result<model::BlobRef> answer_of(const store::ItemState& state) const {
    auto attempts = store_->attempts(run_, state.item.sequence);
    if (!attempts) return attempts.error();
    for (const auto& [outcome, shard_number, submission] : *attempts) {
      if (outcome.attempt != state.attempts || outcome.answer_length == 0) continue;
      const auto shard =
          std::find_if(shards_.begin(), shards_.end(), [n = shard_number](const model::Shard& s) { return s.n == n; });
      if (shard == shards_.end()) break;
      return model::BlobRef{outcome.answer_in_error_file ? shard->error_file : shard->output_file,
                            outcome.answer_offset, outcome.answer_length};
    }
    return model::BlobRef{};
  }

  store::Store* store_;
  std::string run_;
  std::vector<model::Shard> shards_;
  RowChoice choice_;
};

}  // namespace

report::Rows result_rows(store::Store& store, std::string run, std::vector<model::Shard> shards, RowChoice choice) {
  return RowReader(store, std::move(run), std::move(shards), choice);
}

}  // namespace batchd::runner
