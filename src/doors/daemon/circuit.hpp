#pragma once
// Does it make sense to knock at this account's door? A 5xx is no answer here: somebody is there, and cannot. PURE.
// Many runs share it, so that twenty jobs do not find out one by one, and over and over, that nobody answers.
//
//            failures_max in a row                     pause is over: one call goes out (half-open)
//   closed ------------------------> open --------------------------------------------> trying
//     ^                               ^                                                   |  |
//     |                               +------------ no answer: twice the pause -----------+  |
//     +------------------------------ any answer, also a refusal ----------------------------+

#include <optional>
#include <string>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace batchd::daemon {

class Circuit {
 public:
  static constexpr int failures_max = 5;
  static constexpr Duration pause_first = std::chrono::seconds(15);
  static constexpr Duration pause_max = std::chrono::minutes(5);

  // Nothing: a call may go out, and what came of it is to be told. Else it is open: when the next one may.
  std::optional<Time> open_until(Time now);
  // What came of a call; nothing: it succeeded. What never left the machine by our own fault says nothing of the door.
  void heard(const std::optional<Error>& error, Time now);

  bool is_open() const { return open_until_.has_value(); }
  const std::string& last_error() const { return last_error_; }

 private:
  void fail(Time now);

  int failures_ = 0;  // in a row
  Duration pause_{0};
  std::optional<Time> open_until_;    // nothing: closed, as circuits are when current flows
  std::optional<Time> trying_since_;  // one call is out
  std::string last_error_;
};

}  // namespace batchd::daemon
