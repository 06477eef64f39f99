#pragma once
// rejected.jsonl: the rows that never became items, as they came: {file, line, id, reason, error, raw}.

#include <optional>
#include <string_view>

#include "ground/base/files.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::prepare {

class RejectedRows {
 public:
  // An empty path: nothing is written.
  static Result<RejectedRows> create(const Path& path);
  // raw: the row's bytes; nothing for a line that was too long to be held. What is not UTF-8 in it becomes U+FFFD.
  Status add(const Complaint& complaint, std::optional<std::string_view> raw);
  Status finish();

 private:
  std::optional<FileWriter> writer_;
  std::string line_;
};

}  // namespace batchd::prepare
