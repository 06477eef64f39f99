#include <string>

#include <doctest/doctest.h>

#include "schedule/due.hpp"

namespace batchd::schedule {
namespace {

constexpr auto monday = "2026-06-01T00:00:00Z";  // a Monday, and the first of a month

std::string first(std::string_view text) { return due_in_utc(text, "UTC", monday, 1).front(); }

TEST_CASE("a pattern keeps its text, and blanks around and between its fields do not matter") {
  CHECK(pattern(" 30\t1  * * * ").text() == " 30\t1  * * * ");
  CHECK(first(" 30\t1  * * * ") == "2026-06-01T01:30");
}

TEST_CASE("each field is a list of numbers, ranges and steps") {
  CHECK(due_in_utc("5,10-12,50-59/4 0 * * *", "UTC", monday, 8) ==
        Texts{"2026-06-01T00:05", "2026-06-01T00:10", "2026-06-01T00:11", "2026-06-01T00:12", "2026-06-01T00:50",
              "2026-06-01T00:54", "2026-06-01T00:58", "2026-06-02T00:05"});
  CHECK(due_in_utc("*/25 3 * * *", "UTC", monday, 4) ==
        Texts{"2026-06-01T03:00", "2026-06-01T03:25", "2026-06-01T03:50", "2026-06-02T03:00"});
  CHECK(due_in_utc("0 0 */15 * *", "UTC", monday, 4) ==
        Texts{"2026-06-16T00:00", "2026-07-01T00:00", "2026-07-16T00:00", "2026-07-31T00:00"});
  CHECK(due_in_utc("0 0 1 */5 *", "UTC", monday, 3) ==
        Texts{"2026-11-01T00:00", "2027-01-01T00:00", "2027-06-01T00:00"});
  CHECK(due_in_utc("007 0 * * *", "UTC", monday, 1) == Texts{"2026-06-01T00:07"});
}

TEST_CASE("months and days of the week have names, in any letters") {
  CHECK(first("0 0 1 jan *") == "2027-01-01T00:00");
  CHECK(first("0 0 1 DEC *") == "2026-12-01T00:00");
  CHECK(due_in_utc("0 0 * * Tue-thu,SAT", "UTC", monday, 5) ==
        Texts{"2026-06-02T00:00", "2026-06-03T00:00", "2026-06-04T00:00", "2026-06-06T00:00", "2026-06-09T00:00"});
  CHECK(first("0 0 1 Feb-apr *") == "2027-02-01T00:00");
}

TEST_CASE("0 and 7 are Sunday, and a range may end on it") {
  for (const auto text : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 7-7", "0 0 * * sun-sun", "0 0 * * 0,7"})
    CHECK(due_in_utc(text, "UTC", monday, 2) == Texts{"2026-06-07T00:00", "2026-06-14T00:00"});
  for (const auto text : {"0 0 * * fri-sun", "0 0 * * 5-7", "0 0 * * 0,5,6"})
    CHECK(due_in_utc(text, "UTC", monday, 4) ==
          Texts{"2026-06-05T00:00", "2026-06-06T00:00", "2026-06-07T00:00", "2026-06-12T00:00"});
  CHECK(due_in_utc("0 0 * * 0-7", "UTC", monday, 2) == Texts{"2026-06-02T00:00", "2026-06-03T00:00"});
  // A step over the week counts seven days, not eight.
  CHECK(due_in_utc("0 0 * * */6", "UTC", monday, 3) ==
        Texts{"2026-06-06T00:00", "2026-06-07T00:00", "2026-06-13T00:00"});
}

TEST_CASE("the nicknames stand for their patterns") {
  CHECK(first("@hourly") == "2026-06-01T01:00");
  CHECK(first("@daily") == "2026-06-02T00:00");
  CHECK(first("@midnight") == "2026-06-02T00:00");
  CHECK(first("@weekly") == "2026-06-07T00:00");
  CHECK(first("@monthly") == "2026-07-01T00:00");
  CHECK(first("@yearly") == "2027-01-01T00:00");
  CHECK(first(" @Annually ") == "2027-01-01T00:00");
}

TEST_CASE("@reboot is refused: it is no time") {
  CHECK(fault_of("@reboot") ==
        "@reboot is no time: nothing here is due because a machine was started | "
        "Write a time, 30 1 * * *; what was missed meanwhile is made up for by catch_up.");
}

TEST_CASE("an unknown nickname is refused with what was probably meant") {
  CHECK(fault_of("@dayly") ==
        "\"@dayly\" is no known time; did you mean \"@daily\"? | "
        "There are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually.");
  CHECK(fault_of("@").starts_with("\"@\" is no known time | "));
}

TEST_CASE("anything but five fields is refused") {
  const std::string hint =
      " | Write minute, hour, day of the month, month, day of the week: 30 1 * * * is half past one every night.";
  CHECK(fault_of("") == "the time is empty" + hint);
  CHECK(fault_of(" \t ") == "the time is empty" + hint);
  CHECK(fault_of("5") == "\"5\" has 1 field, not five" + hint);
  CHECK(fault_of("30 1 * *") == "\"30 1 * *\" has 4 fields, not five" + hint);
  CHECK(fault_of("0 30 1 * * *") == "\"0 30 1 * * *\" has 6 fields: seconds and years are not spoken here" + hint);
  CHECK(fault_of("0 30 1 * * * 2026").starts_with("\"0 30 1 * * * 2026\" has 7 fields: seconds and years"));
  CHECK(fault_of("1 2 3 4 5 6 7 8").starts_with("\"1 2 3 4 5 6 7 8\" has 8 fields, not five"));
  CHECK(fault_of(std::string(1001, '*')) == "the time is longer than 1000 bytes");
}

TEST_CASE("a value outside its field is refused by the field's name") {
  CHECK(fault_of("60 1 * * *") == "minute: 60 is none of 0 to 59 | The first one is written 0.");
  CHECK(fault_of("0 24 * * *") == "hour: 24 is none of 0 to 23 | The first one is written 0.");
  CHECK(fault_of("0 0 0 * *") == "day of the month: 0 is none of 1 to 31");
  CHECK(fault_of("0 0 32 * *") == "day of the month: 32 is none of 1 to 31");
  CHECK(fault_of("0 0 1 13 *") == "month: 13 is none of 1 to 12");
  CHECK(fault_of("0 0 1 0 *") == "month: 0 is none of 1 to 12");
  CHECK(fault_of("0 0 * * 8") == "day of the week: 8 is none of 0 to 7");
  CHECK(fault_of("0 99999999999 * * *") == "hour: 99999999999 is none of 0 to 23");
  CHECK(fault_of("1-70 0 * * *") == "minute: 70 is none of 0 to 59");
}

TEST_CASE("what is neither a number nor a name is refused with what was probably meant") {
  const std::string months = " | The names are jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec.";
  const std::string weekdays = " | The names are sun, mon, tue, wed, thu, fri, sat.";
  CHECK(fault_of("x 0 * * *") == "minute: \"x\" is no number");
  CHECK(fault_of("0 mon * * *") == "hour: \"mon\" is no number");
  CHECK(fault_of("0 0 1 jna *") == "month: \"jna\" is neither a number nor a name; did you mean \"jan\"?" + months);
  CHECK(fault_of("0 0 1 April *") == "month: \"April\" is neither a number nor a name; did you mean \"apr\"?" + months);
  CHECK(fault_of("0 0 * * monday") ==
        "day of the week: \"monday\" is neither a number nor a name; did you mean \"mon\"?" + weekdays);
  CHECK(fault_of("0 0 * * xyz") == "day of the week: \"xyz\" is neither a number nor a name" + weekdays);
  CHECK(fault_of("1.5 0 * * *") == "minute: \"1.5\" is no number");
  CHECK(fault_of("+5 0 * * *") == "minute: \"+5\" is no number");
  CHECK(fault_of("1\n2 0 * * *") == "minute: \"1 2\" is no number");
  CHECK(fault_of("\xFF 0 * * *") == "minute: \"\uFFFD\" is no number");
  CHECK(fault_of(std::string(50, 'x') + " 0 * * *") == "minute: \"" + std::string(40, 'x') + "…\" is no number");
}

TEST_CASE("lists, ranges and steps that are none are refused") {
  CHECK(fault_of("1,,2 0 * * *") == "minute: the list \"1,,2\" has an empty element");
  CHECK(fault_of(", 0 * * *") == "minute: the list \",\" has an empty element");
  CHECK(fault_of("-5 0 * * *") == "minute: a range lacks one of its ends | Write it as 1-5.");
  CHECK(fault_of("5- 0 * * *") == "minute: a range lacks one of its ends | Write it as 1-5.");
  CHECK(fault_of("1-2-3 0 * * *") == "minute: \"2-3\" is no number");
  CHECK(fault_of("** 0 * * *") == "minute: \"**\" is neither * nor a number");
  CHECK(fault_of("*-5 0 * * *") == "minute: \"*\" stands alone or before a step, as in */5");
  CHECK(fault_of("*5 0 * * *") == "minute: \"*5\" is neither * nor a number");
  CHECK(fault_of("*/ 0 * * *") == "minute: the step in \"*/\" is no number");
  CHECK(fault_of("*/x 0 * * *") == "minute: the step in \"*/x\" is no number");
  CHECK(fault_of("*/2/3 0 * * *") == "minute: the step in \"*/2/3\" is no number");
  CHECK(fault_of("*/0 0 * * *") == "minute: the step in \"*/0\" is 0 | A step is at least 1.");
  CHECK(fault_of("/5 0 * * *") == "minute: a range lacks one of its ends | Write it as 1-5.");
}

TEST_CASE("a step needs a range: 5/10 means different things in different dialects") {
  CHECK(fault_of("5/10 * * * *") ==
        "minute: the step in \"5/10\" has no range to step through | Write 5-59/10, or */10.");
  CHECK(fault_of("5/x\x01 * * * *") == "minute: the step in \"5/x \" is no number");
}

TEST_CASE("a step longer than its field is refused: */90 is not every 90 minutes") {
  CHECK(fault_of("*/90 * * * *") ==
        "minute: the step in \"*/90\" is longer than the whole field, 0 to 59 | "
        "A step begins anew with every field: nothing here is due every so often beyond that.");
  CHECK(fault_of("*/59 * * * *").empty());
}

TEST_CASE("a range that goes backwards is refused with both parts of it") {
  CHECK(fault_of("0 22-2 * * *") == "hour: the range \"22-2\" goes backwards | Write 22-23,0-2.");
  CHECK(fault_of("0 0 * nov-feb *") == "month: the range \"nov-feb\" goes backwards | Write 11-12,1-2.");
  CHECK(fault_of("0 0 * * fri-mon") == "day of the week: the range \"fri-mon\" goes backwards | Write 5-6,0-1.");
  CHECK(fault_of("0 0 * * 7-0") == "day of the week: the range \"7-0\" goes backwards | Write 6,0.");
  CHECK(fault_of("59-0 0 * * *") == "minute: the range \"59-0\" goes backwards | Write 59,0.");
}

TEST_CASE("the words of other dialects are refused with what they mean there") {
  const std::string hint = ", is not spoken here | Write the days themselves: 1, 22-28, mon-fri.";
  CHECK(fault_of("0 0 ? * mon") ==
        "day of the month: \"?\" is another dialect's word for no restriction | Write * instead.");
  CHECK(fault_of("0 0 L * *") == "day of the month: \"L\", the last one in other dialects" + hint);
  CHECK(fault_of("0 0 L-3 * *") == "day of the month: \"L\", the last one in other dialects" + hint);
  CHECK(fault_of("0 0 LW * *") == "day of the month: \"LW\", the last one in other dialects" + hint);
  CHECK(fault_of("0 0 15W * *") == "day of the month: \"15W\", the working day nearest to it in other dialects" + hint);
  CHECK(fault_of("0 0 * * 5L") ==
        "day of the week: \"5L\", the last of that weekday in the month in other dialects" + hint);
  CHECK(fault_of("0 0 * * friL") ==
        "day of the week: \"friL\", the last of that weekday in the month in other dialects" + hint);
  CHECK(fault_of("0 0 * * mon#1") ==
        "day of the week: \"mon#1\", the n-th of that weekday in the month in other dialects" + hint);
}

TEST_CASE("a pattern that can never be is refused") {
  const std::string hint = " | The last day of a month is not spoken here; the first of the next one is: 0 0 1 * *.";
  CHECK(fault_of("0 0 30 2 *") == "day of the month: 30 never comes: the months named have at most 29 days" + hint);
  CHECK(fault_of("0 0 31 2,4,6,9,11 *") ==
        "day of the month: 31 never comes: the months named have at most 30 days" + hint);
  CHECK(fault_of("0 0 30 2 */2") == "day of the month: 30 never comes: the months named have at most 29 days" + hint);
  CHECK(fault_of("0 0 29 2 *").empty());
  CHECK(fault_of("0 0 28-31 2 *").empty());
  CHECK(fault_of("0 0 31 2,3 *").empty());
}

TEST_CASE("30 February or a Monday can be: the Monday does") {
  CHECK(due_in_utc("0 0 30 2 mon", "UTC", monday, 2) == Texts{"2027-02-01T00:00", "2027-02-08T00:00"});
}

}  // namespace
}  // namespace batchd::schedule
