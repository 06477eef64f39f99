#include "line/prepare/retry_shard.hpp"

#include <fmt/format.h>

#include "line/prepare/request_line.hpp"

namespace batchd::prepare {

Result<RetryShard> RetryShard::create(Options options) {
  check(options.shard.attempt > 1, "what is asked again was asked before");
  auto files = ShardFiles::create(options.shard, options.state_folder, options.spool);
  if (!files) return files.error();
  return RetryShard(std::move(options), std::move(*files));
}

Result<bool> RetryShard::add(const model::Item& item, std::string_view request, std::string_view row) {
  const auto rest = behind_first_custom_id(request, options_.run, item.sequence);
  if (!rest) {
    return Error(ErrorKind::io,
                 fmt::format("the spooled request of item #{} is not the one that was written: {}/{:04}.requests.jsonl",
                             item.sequence, options_.spool, item.shard),
                 "`batchd verify` says which files of the state directory have changed");
  }
  line_.clear();
  append_custom_id(line_, options_.run, item.sequence, options_.shard.attempt);
  line_ += *rest;
  line_ += '\n';
  if (!files_.has_room(line_.size(), options_.limits)) return false;
  items_.push_back(item);
  if (auto added = files_.add(items_.back(), line_, row); !added) return added.error();
  return true;
}

Result<RetryShard::Finished> RetryShard::finish() {
  auto shard = files_.finish();
  if (!shard) return shard.error();
  if (auto synced = sync_spool(options_.state_folder, options_.spool); !synced) return synced.error();
  return Finished{std::move(*shard), std::move(items_)};
}

}  // namespace batchd::prepare
