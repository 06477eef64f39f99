#pragma once
// Failed items of several shards -> the files of one retry shard. Blocking; reads the store, writes only spool files:
// until the shard is committed they are nothing, and the next try overwrites them.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"
#include "core/store/store.hpp"
#include "ground/base/files.hpp"
#include "line/prepare/shard_files.hpp"

namespace batchd::runner {

struct GatherRequest {
  std::string run;
  Path state_folder;
  const std::map<std::uint32_t, model::Shard>& shards;  // all of the run
  const engine::Gather& gather;
  prepare::ShardLimits limits;
};

struct RetryBatch {
  model::Shard shard;              // without requests: nothing was left
  std::vector<model::Item> items;  // by sequence, with their places in its files
  std::uint64_t last_sequence = 0;
  bool exhausted = true;
};

// Memory is bounded by the shard. io: a spool file is gone or was changed.
Result<RetryBatch> gather(store::Store& reader, const GatherRequest& request);

}  // namespace batchd::runner
