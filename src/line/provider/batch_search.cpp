#include "line/provider/batch_search.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::provider {

using model::RemoteBatch;

bool BatchSearch::is_ours(const RemoteBatch& batch) const {
  if (!request_.input_file_id.empty() && batch.input_file_id == request_.input_file_id) return true;
  const auto run = batch.metadata.find(std::string(model::metadata_run));
  const auto shard = batch.metadata.find(std::string(model::metadata_shard));
  return run != batch.metadata.end() && run->second == request_.run && shard != batch.metadata.end() &&
         shard->second == std::to_string(request_.shard);
}

bool BatchSearch::could_be_ours(const RemoteBatch& batch) const {
  const bool is_older = batch.created_at && *batch.created_at < request_.since;
  return batch.input_file_id.empty() && batch.metadata.empty() && !is_older;
}

// The page and, as the listing has been going back in time, everything after it is older than what is asked for. A
// listing in another order is read to its end.
bool BatchSearch::is_behind_us(const BatchPage& page) const {
  bool goes_back = false;
  for (const auto& batch : page.batches) {
    if (!batch.created_at || *batch.created_at >= request_.since) return false;
    goes_back = *batch.created_at < first_created_at_.value_or(*batch.created_at);
  }
  return goes_back;
}

BatchSearch::Next BatchSearch::take(const BatchPage& page) {
  ++pages_;
  for (const auto& batch : page.batches) {
    if (!first_created_at_) first_created_at_ = batch.created_at;
    if (could_be_ours(batch)) ++unclear_;
    for (const auto& witness : request_.witnesses)
      if (witness.batch_id == batch.id) witnesses_listed_.insert(batch.id);
    // A batch made while we read moves the pages: the same one may come twice.
    if (is_ours(batch) && found_ids_.insert(batch.id).second) found_.push_back(batch);
  }
  const bool is_behind = is_behind_us(page);
  if (!page.has_more || is_behind) return Next::finished;
  if (page.last_id.empty() || page.last_id == after_) {
    stuck_ = "its list of batches says there is more and does not go on";
    return Next::finished;
  }
  if (pages_ == pages_max) {
    stuck_ = fmt::format("its list of batches goes on after {} pages", pages_max);
    return Next::finished;
  }
  after_ = page.last_id;
  return Next::more;
}

Result<FindAnswer> BatchSearch::answer() const {
  if (!stuck_.empty()) return Error(ErrorKind::rejected, stuck_);
  if (found_.empty() && unclear_ > 0)
    return Error(
        ErrorKind::rejected,
        fmt::format("its list shows neither input file nor metadata of {} batches that could be ours", unclear_));
  // Listings are newest first: turned round, what has no time of its own stays between its neighbours.
  std::vector<RemoteBatch> oldest_first(found_.rbegin(), found_.rend());
  const auto is_older = [](const RemoteBatch& left, const RemoteBatch& right) {
    return left.created_at.value_or(Time::max()) < right.created_at.value_or(Time::max());
  };
  std::stable_sort(oldest_first.begin(), oldest_first.end(), is_older);
  return FindAnswer{std::move(oldest_first), {witnesses_listed_.begin(), witnesses_listed_.end()}};
}

}  // namespace batchd::provider
