#pragma once
// The due times of a pattern in a zone, one after the other. Inside this room only.

#include <chrono>
#include <optional>

#include "rules/schedule/fields.hpp"
#include "rules/schedule/stretch.hpp"

namespace batchd::schedule {

// Due times lie in [earliest, latest).
inline constexpr std::chrono::sys_seconds earliest =
    std::chrono::sys_days(std::chrono::year(1900) / std::chrono::January / 1);
inline constexpr std::chrono::sys_seconds latest =
    std::chrono::sys_days(std::chrono::year(2038) / std::chrono::January / 1);

class Walk {
 public:
  // Both must outlive the walk.
  Walk(const Fields& fields, const ZoneData& zone, std::chrono::sys_seconds after);

  // The next due time, later than the one before; nothing when there is no more.
  std::optional<std::chrono::sys_seconds> next();

 private:
  void enter(Stretch stretch);

  const Fields& fields_;
  const ZoneData& zone_;
  const std::chrono::sys_seconds after_;
  Stretch stretch_;
  std::chrono::local_seconds from_;   // where in the stretch the search goes on
  std::chrono::local_seconds shown_;  // the clocks have shown every time before this, or jumped over it
  bool is_due_at_begin_ = false;      // a fixed time was jumped over
};

}  // namespace batchd::schedule
