#pragma once
// Internal to the room: what an answer's JSON says, in our nouns. PURE. One reader for all dialects: the differences
// between providers' objects (providers.md 1.6, 2, 3.1, 3.2) do not contradict each other, so each is simply
// understood. Every fault is ErrorKind::protocol.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"
#include "rules/model/batch.hpp"

namespace batchd::provider {

inline constexpr std::uint64_t answer_bytes_max = 16 * 1024 * 1024;  // of every answer but a file's content
inline constexpr std::uint32_t answer_depth_max = 128;
inline constexpr std::size_t batch_errors_max = 1'000;  // of errors.data[]; more say nothing new

struct FileAnswer {
  std::string id;
  std::string state;    // "processed", "uploaded", …; may be empty
  std::string details;  // what went wrong with it
};
// Bare, or wrapped in "data".
Result<FileAnswer> read_file_answer(std::string_view body);

// Bare, or wrapped in "job", "batch" or "data". An id is demanded; a state may be missing (validating, state_text "").
Result<model::RemoteBatch> read_batch_answer(std::string_view body);

struct BatchPage {
  std::vector<model::RemoteBatch> batches;  // in the provider's order
  bool has_more = false;
  std::string last_id;  // where the next page begins
};
// {"data": […], "has_more", "last_id"} or a bare array (which is all there is). Where has_more is not said, a full
// page has more.
Result<BatchPage> read_batch_page(std::string_view body, std::size_t page_size);

struct FilePage {
  std::vector<model::RemoteFile> files;  // in the provider's order
  bool has_more = false;
  std::string last_id;
};
// The same of files.
Result<FilePage> read_file_page(std::string_view body, std::size_t page_size);

}  // namespace batchd::provider
