#pragma once
// Rows out of files that are not read from front to back: collect writes them in sorted stretches, so results in order
// walk several places of a file forward, each a little, and shards of several models take turns. Every place walked
// has a window of its own, which grows while reads follow each other; a jump reads little, so that a file in random
// order costs one small read a row and not a window each.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "rules/model/item.hpp"

namespace batchd::report {

class RowSource {
 public:
  static constexpr std::size_t windows_max = 64;        // places walked at a time; beyond, the oldest is forgotten
  static constexpr std::size_t window_bytes_min = 512;  // or the row, when that is longer
  static constexpr std::size_t window_bytes_max = 64 * 1024;
  static constexpr std::uint64_t gap_bytes_max = 64 * 1024;  // a longer step forward is a jump

  static Result<RowSource> open(const Path& file);
  // Valid until the next call. A stretch beyond the file's end is ErrorKind::io.
  Result<std::string_view> read(std::uint64_t offset, std::uint64_t length);
  std::uint64_t reads() const { return reads_; }  // of the file

 private:
  RowSource(File file, std::uint64_t size_bytes) : file_(std::move(file)), size_bytes_(size_bytes) {}
  struct Window {
    std::string bytes;
    std::uint64_t offset = 0;
    std::size_t reach_bytes = 0;
    std::uint64_t last_used = 0;
    std::uint64_t end() const { return offset + bytes.size(); }
  };
  Window* holding(std::uint64_t offset, std::uint64_t length);
  Window& window_for(std::uint64_t offset);

  File file_;
  std::uint64_t size_bytes_;
  std::vector<Window> windows_;
  std::uint64_t clock_ = 0;
  std::uint64_t reads_ = 0;
};

// The files of one state folder, opened when first asked for.
class RowSources {
 public:
  // A run takes turns between its models, at most 16, and rounds of retries.
  static constexpr std::size_t open_files_max = 32;

  explicit RowSources(Path state_folder) : state_folder_(std::move(state_folder)) {}
  // Valid until the next call.
  Result<std::string_view> read(const model::BlobRef& blob);
  std::size_t open_files() const { return sources_.size(); }

 private:
  struct Open {
    RowSource source;
    std::uint64_t last_used = 0;
  };
  Result<Open*> open(const std::string& file);

  Path state_folder_;
  std::unordered_map<std::string, std::unique_ptr<Open>> sources_;
  std::uint64_t clock_ = 0;
};

}  // namespace batchd::report
