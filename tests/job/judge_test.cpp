#include <doctest/doctest.h>

#include "job/fixture.hpp"

using batchd::job::test::Fixture;
using batchd::job::test::sound_job;

TEST_CASE("a sound job has no complaints") { CHECK(Fixture().complaints(sound_job) == ""); }

TEST_CASE("an unknown key is named with its place and the key that was meant") {
  CHECK(Fixture().complaints_with("promt_version: 3\n") ==
        "job.yaml:13:1: unknown key \"promt_version\"; did you mean \"prompt_version\"?");
  CHECK(Fixture().complaints_with("batch: {max_request: 3}\n") ==
        "job.yaml:13:9: batch: unknown key \"max_request\"; did you mean \"max_requests\"?");
  CHECK(Fixture().complaints_with("colour: blue\n") == "job.yaml:13:1: unknown key \"colour\"");
  CHECK(Fixture().complaints_with("recover: {escalate: [{model: m, after: 1, aftr: 2}]}\n") ==
        "job.yaml:13:43: recover.escalate.0: unknown key \"aftr\"; did you mean \"after\"?");
}

TEST_CASE("a key at the top that belongs further down is shown its home") {
  CHECK(Fixture().complaints_with("max_requests: 3\n") ==
        "job.yaml:13:1: unknown key \"max_requests\"; did you mean \"batch.max_requests\"?");
}

TEST_CASE("a missing key is named at the map that lacks it") {
  CHECK(Fixture().complaints_with_line(1, "description: x") == "job.yaml:1:1: the key \"name\" is missing");
  CHECK(Fixture().complaints_with_line(5, "  on_empty: fail") == "job.yaml:3:1: input: the key \"id\" is missing");
}

TEST_CASE("a value of the wrong kind is told what is wanted") {
  CHECK(Fixture().complaints_with("min_success:\n") ==
        "job.yaml:13:1: min_success: there is no value; write a number, or remove the key");
  CHECK(Fixture().complaints_with("min_success: most\n") == "job.yaml:13:14: min_success: \"most\" is not a number");
  CHECK(Fixture().complaints_with("reuse: yes\n") == "job.yaml:13:8: reuse: \"yes\" is not true or false; write true");
  CHECK(Fixture().complaints_with("batch: 5\n") == "job.yaml:13:8: batch: 5 is not a map");
  CHECK(Fixture().complaints_with("labels: {a: [1]}\n") ==
        "job.yaml:13:13: labels.a: a list is not text, a number or true or false");
  CHECK(Fixture().complaints_with("description: 5\n") ==
        "job.yaml:13:14: description: 5 is not text; put it in quotes");
  CHECK(Fixture().complaints_with_line(1, "name: 2024") == "job.yaml:1:7: name: 2024 is not text; put it in quotes");
  CHECK(Fixture().complaints("- a\n") == "job.yaml:1:1: the file holds a list, not keys and their values");
}

TEST_CASE("a word that is not in the list gets the list and a guess") {
  CHECK(Fixture().complaints_with_line(5, "  id: x\n  on_invalid: skp") ==
        "job.yaml:6:15: input.on_invalid: \"skp\" is not fail or skip; did you mean \"skip\"?");
  CHECK(Fixture().complaints_with_line(5, "  id: x\n  on_duplicate: 1") ==
        "job.yaml:6:17: input.on_duplicate: 1 is not fail, first or last");
}

TEST_CASE("a text that does not fit its pattern gets the pattern's meaning, not the pattern") {
  CHECK(Fixture().complaints_with("batch: {max_bytes: 200}\n") ==
        "job.yaml:13:20: batch.max_bytes: 200 does not fit: a size is a whole number and one unit: 12B, 500kB, 6MB, "
        "1GB or 1GiB");
  CHECK(Fixture()
            .complaints_with("batch: {max_bytes: 200 MB}\n")
            .starts_with("job.yaml:13:20: batch.max_bytes: \"200 MB\" does not fit: a size"));
  CHECK(Fixture().complaints_with_line(1, "name: my job") ==
        "job.yaml:1:7: name: \"my job\" does not fit: a name begins with a letter or digit and goes on with letters, "
        "digits, \".\", \"_\" or \"-\", at most 100");
}

TEST_CASE("a number outside its range is told the end of the range") {
  CHECK(Fixture().complaints_with("min_success: 1.5\n") == "job.yaml:13:14: min_success: 1.5 is more than 1");
  CHECK(Fixture().complaints_with("recover: {attempts: 0}\n") == "job.yaml:13:21: recover.attempts: 0 is less than 1");
  CHECK(Fixture().complaints_with_line(4, "  path: \"\"") == "job.yaml:4:9: input.path: there is no text");
}

TEST_CASE("everything is said at once, in the order of the file, each thing once") {
  CHECK(Fixture().complaints(R"(nmae: tickets
provider: dashscope-int
input: {path: a.jsonl.gz, id: a, on_empty: no}
request: {messages: "{{x"}
output: {path: out, take: body}
batch: {completion_window: 5x}
)") == "job.yaml:1:1: unknown key \"nmae\"; did you mean \"name\"?\n"
       "job.yaml:1:1: the key \"name\" is missing\n"
       "job.yaml:2:11: provider: there is no provider \"dashscope-int\"; did you mean \"dashscope-intl\"?\n"
       "job.yaml:3:44: input.on_empty: \"no\" is not fail or succeed\n"
       "job.yaml:4:1: request: the key \"model\" is missing\n"
       "job.yaml:4:21: request.messages: the tag \"{{x\" is never closed by \"}}\"\n"
       "job.yaml:6:28: batch.completion_window: \"5x\" does not fit: a completion window is a whole number of hours "
       "or days, such as 24h or 14d");
}

TEST_CASE("columns count characters, and a byte-order mark is none") {
  CHECK(Fixture().complaints_with("labels: {\"größe 🙂\": 1, b: [1]}\n") ==
        "job.yaml:13:27: labels.b: a list is not text, a number or true or false");
  CHECK(Fixture().complaints("\xEF\xBB\xBF" + Fixture::with_line(1, "name: a b")).starts_with("job.yaml:1:7: name:"));
}

TEST_CASE("complaints have a limit, and what is left out is counted") {
  std::string many;
  for (int n = 0; n < 150; ++n)
    many += "name: again\n";
  const std::string text = Fixture().complaints_with(many);
  CHECK(text.ends_with("\njob.yaml: 50 more complaints are not shown"));
}

TEST_CASE("what a variable holds is not repeated") {
  Fixture fixture;
  fixture.environment["SECRET"] = "sk-very-secret";
  CHECK(fixture.complaints_with("reuse: ${SECRET}\nbatch: {max_bytes: \"${SECRET}\"}\n").find("sk-very") ==
        std::string::npos);
  CHECK(fixture.complaints_with("reuse: ${SECRET}\n") ==
        "job.yaml:13:8: reuse: the value of a variable is not true or false");
}
