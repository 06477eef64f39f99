#include "rules/job/variables.hpp"

#include <doctest/doctest.h>

using namespace batchd::job;

namespace {

std::optional<std::string> lookup(std::string_view name) {
  if (name == "REGION") return "intl";
  if (name == "EMPTY") return "";
  if (name == "LATIN_1") return "caf\xE9";
  return std::nullopt;
}

std::string expanded(std::string_view text) { return expand_variables(text, lookup).text; }
std::string fault(std::string_view text) { return expand_variables(text, lookup).fault; }

}  // namespace

TEST_CASE("a variable is replaced, a default stands in for one that is unset or empty") {
  CHECK(expanded("a ${REGION} b") == "a intl b");
  CHECK(expanded("${REGION}${REGION}") == "intlintl");
  CHECK(expanded("[${EMPTY}]") == "[]");
  CHECK(expanded("${EMPTY:-x}${NOPE:-y:-z}${REGION:-w}${NOPE:-}") == "xy:-zintl");
}

TEST_CASE("$${ is a literal, and a dollar before anything else is a dollar") {
  CHECK(expanded("$${REGION} $$ $5 $ $") == "${REGION} $$ $5 $ $");
  CHECK_FALSE(expand_variables("$${REGION}", lookup).used_a_variable);
  CHECK(expand_variables("${REGION}", lookup).used_a_variable);
}

TEST_CASE("an unset variable without a default, a wrong name and an open brace are faults") {
  CHECK(fault("x${NOPE}") == "the environment variable NOPE is not set; set it, or write ${NOPE:-default}");
  CHECK(fault("${1X}") == "\"${1X}\" names no variable; write ${NAME}, ${NAME:-default}, or $${ for a literal");
  CHECK(fault("${}").starts_with("\"${}\" names no variable"));
  CHECK(fault("a ${REGION") == "a \"${\" without its \"}\"; a literal one is written $${");
}

TEST_CASE("a value that is not UTF-8 does not get in") {
  CHECK(fault("${LATIN_1}") == "the environment variable LATIN_1 is not UTF-8");
}

TEST_CASE("${run.date} is the run's date where it may stand, and no secret") {
  const Expansion dated = expand_variables("in/${run.date}/${run.date}.jsonl", lookup, "2026-11-23");
  CHECK(dated.text == "in/2026-11-23/2026-11-23.jsonl");
  CHECK(dated.used_run_date);
  CHECK_FALSE(dated.used_a_variable);
  CHECK(expand_variables("$${run.date}", lookup, "2026-11-23").text == "${run.date}");
}

TEST_CASE("${run.date} elsewhere, and what no run has, are faults") {
  CHECK(fault("out/${run.date}") == "\"${run.date}\" stands only in a job's input.path and output.path");
  CHECK(expand_variables("${run.dat}", lookup, "2026-11-23").fault ==
        "there is no \"${run.dat}\"; did you mean \"${run.date}\"?");
  CHECK(fault("${run.key}") == "there is no \"${run.key}\"; of a run there is only ${run.date}");
}
