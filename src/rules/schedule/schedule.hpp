#pragma once
// When a job is due: cron text → pattern; pattern × zone × moment → the next moment. Pure: no clock; of the system only
// the time zone database is read, once (a newer one wants a new start of the program).
//
// Daylight saving, as Vixie's cron has it:
//   a fixed time      (neither minute nor hour begins with `*`) is due at the first moment the zone's clocks show it or
//                     a later time. So one that a forward jump skips is due right after the jump, several skipped by
//                     one jump are due once, and one that the clocks show twice is due the first time
//   any other pattern follows the clocks: a skipped time is not due, one shown twice is due twice
// That holds for every jump: of seconds, of half an hour, of a whole day (where Vixie's cron takes more than three
// hours for a clock that was set, we know what it was).

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace batchd::schedule {

struct Fields;    // opaque
struct ZoneData;  // opaque

// A value: copies share what was parsed.
class Pattern {
 public:
  // Five fields, separated by blanks: minute hour day-of-month month day-of-week. Each is a list of `*`, `a`, `a-b`,
  // `*/n` and `a-b/n`; months and days of the week also by name (jan, MON); 0 and 7 are Sunday, and a range may end on
  // sun. Or one of @hourly @daily @midnight @weekly @monthly @yearly @annually.
  // When both days are restricted, either of them will do; a field that begins with `*` counts as unrestricted, and
  // then a day must fit both.
  // ErrorKind::invalid: the field and what is wrong with it; also for a pattern that can never be (30 February).
  static Result<Pattern> parse(std::string_view text);

  const std::string& text() const { return text_; }  // as it was written
  const Fields& fields() const { return *fields_; }  // for this room

 private:
  Pattern(std::string text, const Fields& fields);
  std::string text_;
  std::shared_ptr<const Fields> fields_;
};

// A value, too.
class Zone {
 public:
  // By its IANA name. ErrorKind::invalid: there is none of that name; io: the system has no usable time zone database.
  // "UTC" needs no database.
  static Result<Zone> find(std::string_view iana_name);

  const std::string& name() const;
  const ZoneData& data() const { return *data_; }  // for this room

 private:
  explicit Zone(std::shared_ptr<const ZoneData> data) : data_(std::move(data)) {}
  std::shared_ptr<const ZoneData> data_;
};

// The first time after `after` at which the pattern is due in the zone. Nothing: none before the end of 2037 (UTC),
// after which Debian's date library knows no daylight saving and would answer wrongly. Before 1900 nothing is due.
std::optional<Time> next(const Pattern& pattern, const Zone& zone, Time after);

// All due times in (after, until], oldest first, at most `max` of them: the newest ones when there are more. How long
// ago `after` is costs next to nothing.
std::vector<Time> due_between(const Pattern& pattern, const Zone& zone, Time after, Time until, std::size_t max);

// The zone's clocks at that time; after 2037 without daylight saving.
std::string local_date(const Zone& zone, Time time);  // "2026-11-29"
std::string local_text(const Zone& zone, Time time);  // "2026-11-29 01:30 CET", for people

}  // namespace batchd::schedule
