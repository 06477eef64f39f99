#include "core/runner/gathering.hpp"

#include <fmt/format.h>

#include "line/prepare/retry_shard.hpp"
#include "line/report/row_source.hpp"

namespace batchd::runner {
namespace {

constexpr std::uint32_t items_a_page = 4'096;

// Which failures of which shard are meant.
class Sources {
 public:
  explicit Sources(const std::vector<engine::Gather::Source>& sources) {
    for (const auto& source : sources)
      reasons_.emplace(source.shard, source.reasons);
  }
  bool hold(const store::ItemState& state) const {
    const auto found = reasons_.find(state.outcome_shard);
    return found != reasons_.end() && found->second.contains(state.reason);
  }

 private:
  std::map<std::uint32_t, model::ReasonSet> reasons_;
};

}  // namespace

Result<RetryBatch> gather(store::Store& reader, const GatherRequest& request) {
  const Sources sources(request.gather.sources);
  prepare::RetryShard::Options options;
  options.run = request.run;
  options.state_folder = request.state_folder;
  options.spool = "spool/" + request.run;
  options.shard = request.gather.becomes;
  options.limits = request.limits;
  auto writer = prepare::RetryShard::create(options);
  if (!writer) return writer.error();

  // Two readers: what one of them gave is valid until its next read.
  report::RowSources requests(request.state_folder);
  report::RowSources rows(request.state_folder);
  store::ItemFilter filter;
  filter.status = model::ItemStatus::failed;
  filter.limit = items_a_page;
  filter.after_sequence = request.gather.after_sequence;
  bool full = false;
  bool at_end = false;
  while (!full && !at_end) {
    const auto page = reader.items(request.run, filter);
    if (!page) return page.error();
    at_end = page->size() < items_a_page;
    for (const auto& state : *page) {
      if (sources.hold(state)) {
        const auto& item = state.item;
        const auto& first = request.shards.at(item.shard);
        const auto line = requests.read({first.requests_file, item.request_offset, item.request_length});
        if (!line) return line.error();
        const auto row = rows.read({first.rows_file, item.row_offset, item.row_length});
        if (!row) return row.error();
        const auto added = writer->add(item, *line, *row);
        if (!added) return added.error();
        full = !*added;
        if (full) break;
      }
      filter.after_sequence = state.item.sequence;
    }
  }
  auto finished = writer->finish();
  if (!finished) return finished.error();
  return RetryBatch{std::move(finished->shard), std::move(finished->items), filter.after_sequence, !full};
}

}  // namespace batchd::runner
