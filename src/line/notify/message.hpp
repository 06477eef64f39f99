#pragma once
// What is told: one sentence for people and the figures for programs. Never a row's text.

#include <string>
#include <string_view>
#include <vector>

#include "rules/model/item.hpp"
#include "rules/model/notice.hpp"
#include "rules/model/run.hpp"

namespace batchd::notify {

inline constexpr std::string_view event_succeeded = "run.succeeded";
inline constexpr std::string_view event_failed = "run.failed";
inline constexpr std::string_view event_stopped = "run.stopped";
inline constexpr std::string_view event_gave_up = "run.gave_up";
inline constexpr std::string_view event_needs_decision = "run.needs_decision";
inline constexpr std::string_view event_not_begun = "run.not_begun";

// What happened, and to what.
struct Occasion {
  model::NotifyOn on = model::NotifyOn::failure;
  std::string event;       // "run.failed"
  std::string occurrence;  // what tells this time from another one of the same run: is told once
  std::string why;         // where something went wrong, with what to do about it
};

struct Message {
  const Occasion& occasion;
  const model::Run& run;
  const model::Counts& counts;
  Time at{};
  std::string folder = {};  // where its results lie, or will; "": it has none
};

// "tickets failed: 42 of 10,000 items did not succeed (schema_mismatch 40, missing 2)."
std::string sentence_of(const Message& message);

// {"type","timestamp","text","data":{"run","job","key","state","exit_code","provider","items","counts","reasons",
// "folder","why"}}: type, timestamp and data as Standard Webhooks has them; text is what chat programs show.
std::string to_json(const Message& message);

// One for each of the job's targets that wants to hear of it. Their ids are made of the run, the event, the occurrence
// and the target: the same however often it is asked.
std::vector<model::Delivery> deliveries_for(const std::vector<model::NotifyTarget>& targets, const Message& message);

}  // namespace batchd::notify
