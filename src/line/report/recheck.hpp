#pragma once
// The finished rows held against what is known of their items, and results.jsonl against the rows: the other way round
// from writing it. Reads; changes nothing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ground/base/files.hpp"
#include "line/report/report.hpp"

namespace batchd::report {

struct CheckedItem {
  RowRef ref;
  std::string id;
  model::Reason reason = model::Reason::none;
};

class RowCheck {
 public:
  // results: of a finished run, else nothing. not_found: it is not there.
  static Result<RowCheck> open(const Path& state_folder, const std::optional<Path>& results);
  RowCheck(RowCheck&&) noexcept;
  ~RowCheck();

  // In order of sequence, every item of the run. What is wrong with it, as a sentence; "" nothing is. An Error: the
  // files cannot be read on.
  Result<std::string> take(const CheckedItem& item);
  // After the last item: lines of results.jsonl that belong to none.
  Result<std::uint64_t> surplus_lines();
  std::uint64_t result_lines() const;

 private:
  struct State;
  explicit RowCheck(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace batchd::report
