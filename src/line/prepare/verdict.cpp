#include "line/prepare/verdict.hpp"

#include <fmt/format.h>

namespace batchd::prepare {

std::string_view name_of(RowFault fault) {
  switch (fault) {
    case RowFault::invalid_row:
      return "invalid_row";
    case RowFault::duplicate_id:
      return "duplicate_id";
    case RowFault::too_large:
      return "too_large";
  }
  return "";
}

Status verdict_of(const model::InputSpec& input, const Tally& tally) {
  const auto name = input.name();
  const auto count = [&](RowFault fault) { return tally.by_fault[static_cast<std::size_t>(fault)]; };
  const auto invalid = count(RowFault::invalid_row) + count(RowFault::too_large);
  const auto duplicate = count(RowFault::duplicate_id);
  const bool minds_invalid = invalid > 0 && input.on_invalid == model::OnInvalid::fail;
  const bool minds_duplicate = duplicate > 0 && input.on_duplicate == model::OnDuplicate::fail;
  const auto of_rows = fmt::format("of {} rows of {}", tally.rows, name);
  if (minds_invalid && minds_duplicate) {
    return Error(ErrorKind::invalid,
                 fmt::format("{} {} cannot be used and {} repeat an id; nothing was sent", invalid, of_rows, duplicate),
                 "mend them, or set input.on_invalid: skip and input.on_duplicate: first or last");
  }
  if (minds_invalid) {
    return Error(ErrorKind::invalid, fmt::format("{} {} cannot be used; nothing was sent", invalid, of_rows),
                 "mend them, or set input.on_invalid: skip to go on without them");
  }
  if (minds_duplicate) {
    return Error(ErrorKind::invalid, fmt::format("{} {} repeat an id; nothing was sent", duplicate, of_rows),
                 "make the ids unique, or set input.on_duplicate: first or last");
  }
  if (tally.items == 0 && input.on_empty == model::OnEmpty::fail) {
    return Error(ErrorKind::invalid,
                 tally.rows == 0 ? fmt::format("{} has no rows", name)
                                 : fmt::format("none of the {} rows of {} can be used", tally.rows, name),
                 "if that is fine, set input.on_empty: succeed");
  }
  return {};
}

}  // namespace batchd::prepare
