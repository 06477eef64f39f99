#pragma once
// A file as it is taken in, and a batch's input as validation judges it: late, as the real one does it.

#include <cstdint>
#include <optional>
#include <string>

#include "doors/simulator/faults.hpp"
#include "doors/simulator/records.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

inline constexpr std::size_t check_errors_max = 100;  // told of one batch

struct Summary {
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;  // that are not empty
  std::string xxh3;
};
Result<Summary> summarise(const Path& content);

// Requests in which something is found although nothing is wrong with them, always the same.
struct FaultyLines {
  Share share;
  std::uint64_t seed = 0;
};

// `batch` says endpoint, dialect and fate; queue_exceeded: so many tokens may be enqueued, and this is more. An error
// is the disk's, never the input's.
Result<Check> check_input(const Path& content, const StoredFile& file, const Batch& batch,
                          std::optional<std::uint64_t> queue_exceeded = std::nullopt, const FaultyLines& faulty = {});

bool is_blank(std::string_view line);

}  // namespace batchd::simulator
