#pragma once
// Failed items once more: their requests as they were spooled, under the custom_ids of their next attempt, as one more
// shard. Only the custom_id differs: what is asked is the same, byte for byte.

#include <string>
#include <string_view>
#include <vector>

#include "line/prepare/shard_files.hpp"
#include "rules/model/item.hpp"

namespace batchd::prepare {

class RetryShard {
 public:
  struct Options {
    std::string run;     // its ULID
    Path state_folder;   // BlobRefs are relative to it
    std::string spool;   // "spool/<run>"
    model::Shard shard;  // n, attempt, unspent, lane, model and thinking; the rest is found here
    ShardLimits limits;
  };
  static Result<RetryShard> create(Options options);

  // `item` as it was first prepared, its line in the shard that first held it, its input row. Items come by sequence.
  // false: the shard is full, the item is not in it. io: the line is not the item's request.
  Result<bool> add(const model::Item& item, std::string_view request, std::string_view row);

  struct Finished {
    model::Shard shard;
    std::vector<model::Item> items;  // with their places in the shard's files
  };
  // The files and their names are on the disk. Afterwards it is used up.
  Result<Finished> finish();

 private:
  RetryShard(Options options, ShardFiles files) : options_(std::move(options)), files_(std::move(files)) {}
  Options options_;
  ShardFiles files_;
  std::vector<model::Item> items_;
  std::string line_;
};

}  // namespace batchd::prepare
