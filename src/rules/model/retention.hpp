#pragma once
// How long what finished runs were made of is kept, from their end on. Nothing: for good.

#include <optional>

#include "ground/base/clock.hpp"

namespace batchd::model {

struct Retention {
  std::optional<Duration> requests;  // the rendered requests and the rows they came from
  std::optional<Duration> answers;   // the provider's files, and the finished rows made of them
  std::optional<Duration> ledger;    // what the database knows of it
  bool keeps_all() const { return !requests && !answers && !ledger; }
};

}  // namespace batchd::model
