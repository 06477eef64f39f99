#pragma once
// A shard while it is filled: two files of the same lines in the same order, what is sent and the input rows it came
// from. `<spool>/NNNN.requests.jsonl` and `NNNN.rows.jsonl`; what a killed process left under these names is
// overwritten.

#include <cstdint>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/result.hpp"
#include "rules/model/run.hpp"

namespace batchd::prepare {

struct ShardLimits {
  std::uint64_t requests_max = 0;
  std::uint64_t bytes_max = 0;  // of the requests file, line ends included
};

class ShardFiles {
 public:
  // `shard` says what it is (n, attempt, model, …); its files, their sizes and hashes and its range are found here.
  static Result<ShardFiles> create(model::Shard shard, const Path& state_folder, std::string_view spool);

  const model::Shard& shard() const { return shard_; }
  // Whether a line of so many bytes, its end included, may follow. An empty shard takes any.
  bool has_room(std::uint64_t line_bytes, const ShardLimits& limits) const {
    return shard_.requests == 0 ||
           (shard_.requests < limits.requests_max && requests_.offset() + line_bytes <= limits.bytes_max);
  }
  // The request with its line end, the row without. Where they came to lie is written into the item.
  Status add(model::Item& item, std::string_view request_line, std::string_view row);
  // Both files are on the disk; their names are once sync_spool() returns.
  Result<model::Shard> finish();

 private:
  ShardFiles(model::Shard shard, FileWriter requests, FileWriter rows)
      : shard_(std::move(shard)), requests_(std::move(requests)), rows_(std::move(rows)) {}
  model::Shard shard_;
  FileWriter requests_;
  FileWriter rows_;
  Xxh3Stream hash_;
  Xxh3Stream rows_hash_;
};

// The names of a spool's files, and of the folders that may have been made for them, are as durable as their bytes
// before anything speaks of them.
Status sync_spool(const Path& state_folder, std::string_view spool);

}  // namespace batchd::prepare
