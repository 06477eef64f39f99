#pragma once
// While a pause holds for a run nothing new of it is submitted; what is at the provider goes on and is collected.

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "rules/model/run.hpp"

namespace batchd::model {

enum class PauseOf : std::uint8_t {
  run,       // this one
  job,       // its runs, later ones too
  provider,  // all runs that ask it
};
std::string_view name_of(PauseOf of);

struct Pause {
  PauseOf of = PauseOf::run;
  std::string name;  // the run's id, the job's or the provider's name
  Time since{};
  bool operator==(const Pause&) const = default;
};

bool holds(const Pause& pause, const Run& run);

// As `batchd pause` and `batchd unpause` take it: "tickets", "--provider acme".
std::string argument_of(const Pause& pause);

}  // namespace batchd::model
