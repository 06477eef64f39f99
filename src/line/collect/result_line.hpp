#pragma once
// One line of an output or error file, as providers write them: which request it belongs to, and whether it holds an
// answer or says why there is none.

#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/json/document.hpp"

namespace batchd::collect {

// A line, taken apart. All views are borrowed; each may be absent or of any kind.
struct ResultLine {
  std::string_view custom_id;
  json::View error;     // top level
  json::View response;  // {status_code, request_id, body}
  json::View body;

  // Nothing: not an object, or without a custom_id; nobody can say whose it is.
  static std::optional<ResultLine> from(json::View line);

  std::optional<std::int64_t> status() const;
  std::optional<std::string_view> request_id() const;
  // `error` is null, status_code is 200 and the body holds no error. Anything less is a failure, whatever the batch's
  // state or its counters say.
  bool holds_answer() const;
};

}  // namespace batchd::collect
