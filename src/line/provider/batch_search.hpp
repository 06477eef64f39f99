#pragma once
// Internal to the room: which batches of a listing are ours, and when enough of it was read. PURE. A batch that is
// overlooked is submitted and paid for a second time, so whatever is in doubt is not "not there".

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "line/provider/batch_answer.hpp"
#include "line/provider/provider.hpp"

namespace batchd::provider {

class BatchSearch {
 public:
  static constexpr std::uint32_t pages_max = 200;  // 20,000 batches at 100 a page

  explicit BatchSearch(FindRequest request) : request_(std::move(request)) {}

  enum class Next {
    more,      // ask for the page after after()
    finished,  // answer() is the answer
  };
  Next take(const BatchPage& page);
  const std::string& after() const { return after_; }

  // Oldest first. rejected: the listing does not end, does not advance, or shows too little of its batches to tell.
  Result<FindAnswer> answer() const;

 private:
  bool is_ours(const model::RemoteBatch& batch) const;
  bool could_be_ours(const model::RemoteBatch& batch) const;
  bool is_behind_us(const BatchPage& page) const;

  FindRequest request_;
  std::vector<model::RemoteBatch> found_;  // in the listing's order
  std::set<std::string> found_ids_;
  std::set<std::string> witnesses_listed_;
  std::string after_;
  std::optional<Time> first_created_at_;  // of the whole listing
  std::uint32_t pages_ = 0;
  std::uint64_t unclear_ = 0;  // batches of that time that show neither their file nor metadata
  std::string stuck_;          // why the listing could not be read to its end
};

}  // namespace batchd::provider
