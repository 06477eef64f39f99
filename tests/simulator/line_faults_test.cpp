// Result files and what the model says in them.
#include <set>

#include <doctest/doctest.h>

#include "simulator/fault_runs.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

constexpr std::string_view message = "/response/body/choices/0/message";

std::set<std::string> ids_in(const std::vector<std::string>& lines) {
  std::set<std::string> ids;
  for (const auto& line : lines)
    ids.insert(at(line, "/custom_id"));
  return ids;
}

const std::string text_wanted =
    R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object",)"
    R"("required":["summary"],"additionalProperties":false,"properties":{"summary":{"type":"string","maxLength":90}}}}})";

}  // namespace

TEST_CASE("beside a line stands one that nobody asked for") {
  const Run run(FaultList{{"unknown_ids", "1"}});
  CHECK(run.output.size() == 20);
  CHECK(ids_in(run.output).size() == 20);
  CHECK(at(run.output[0], "/custom_id").starts_with("nobody-"));
  CHECK(at(run.output[0], "/response/status_code") == "200");
  CHECK(at(run.output[1], "/custom_id") == "i-0");
  CHECK(run.batch.at("/request_counts/completed") == "10");
}

TEST_CASE("half a character makes an answer that no strict reader takes") {
  const Run run(FaultList{{"lone_surrogates", "1"}});
  REQUIRE(run.output.size() == 10);
  CHECK(run.output[0].find(R"("content":"\ud83d{)") != std::string::npos);
}

TEST_CASE("lines lack what some leave out") {
  const Run run(FaultList{{"bare_lines", "1"}});
  REQUIRE(run.output.size() == 10);
  for (const auto pointer : {"/id", "/error", "/response/request_id"})
    CHECK(at(run.output[0], pointer) == "(absent)");
  CHECK(at(run.output[0], "/custom_id") == "i-0");
  CHECK(at(run.output[0], said).starts_with("{"));
}

TEST_CASE("DashScope's failures say error_code and error_message") {
  const Run run(FaultList{{"error_lines", "1"}, {"error_code_names", "1"}}, dashscope, 40);
  REQUIRE(run.errors.size() > 0);
  for (const auto& line : run.errors) {
    CHECK(at(line, "/error/code") == "(absent)");
    CHECK(at(line, "/error/error_code") != "(absent)");
    CHECK(at(line, "/error/error_message") != "(absent)");
  }
}

TEST_CASE("a failure hides behind status_code 200, another behind 0") {
  const Run hidden(FaultList{{"error_lines", "1"}, {"hidden_errors", "1"}});
  REQUIRE(hidden.output.size() == 10);
  CHECK(hidden.errors.empty());
  CHECK(at(hidden.output[0], "/response/status_code") == "200");
  CHECK(at(hidden.output[0], "/response/body/error/message") != "(absent)");
  CHECK(hidden.batch.at("/request_counts/failed") == "10");
  const Run zero(FaultList{{"zero_status", "1"}});
  REQUIRE(zero.output.size() == 10);
  CHECK(at(zero.output[0], "/response/status_code") == "0");
  CHECK(at(zero.output[0], "/response/body") == "null");
  CHECK(zero.batch.at("/request_counts/completed") == "10");
  CHECK(zero.batch.at("/request_counts/failed") == "0");
}

TEST_CASE("a line is longer than anybody expects, and still JSON that fits") {
  const Run run(FaultList{{"huge_lines", "1"}, {"huge_bytes", "300kB"}}, openai, 2);
  REQUIRE(run.output.size() == 2);
  CHECK(run.output[0].size() > 300'000);
  CHECK(at(at(run.output[0], said), "/a") != "(not JSON)");
  CHECK(at(run.output[0], finish_reason) == "stop");
  CHECK(at(run.output[0], "/response/body/usage/completion_tokens").size() < 4);
}

TEST_CASE("odd Unicode stands in texts that still fit their schema") {
  const Run run(FaultList{{"odd_unicode", "1"}}, openai, some_requests(5, text_wanted));
  REQUIRE(run.output.size() == 5);
  for (const auto& line : run.output) {
    const auto summary = at(at(line, said), "/summary");
    CHECK(summary.front() == '\0');
    CHECK(summary.find("\xE2\x80\xAE") != std::string::npos);
    CHECK(summary.find("\xEF\xBF\xBF") != std::string::npos);
  }
}

TEST_CASE("an answer is empty, filtered, double, or reasoned about first") {
  CHECK(at(Run(FaultList{{"empty", "1"}}).output[0], said).empty());
  const Run filtered(FaultList{{"content_filter", "1"}});
  CHECK(at(filtered.output[0], finish_reason) == "content_filter");
  const auto twice = at(Run(FaultList{{"two_answers", "1"}}).output[0], said);
  CHECK(twice.find(R"({"a":)") != twice.rfind(R"({"a":)"));
  const auto reasoned = Run(FaultList{{"reasoning", "1"}}, dashscope).output[0];
  CHECK(at(reasoned, std::string(message) + "/reasoning_content").starts_with("Let me see."));
  CHECK(at(reasoned, "/response/body/usage/completion_tokens_details/reasoning_tokens") != "0");
  CHECK(at(reasoned, said).starts_with("{"));
}

TEST_CASE("usage that is not told is in the answer nowhere") {
  const Run run(FaultList{{"no_usage", "1"}});
  REQUIRE(run.output.size() == 10);
  CHECK(at(run.output[0], "/response/body/usage") == "(absent)");
  CHECK(at(run.output[0], said).starts_with("{"));
}

TEST_CASE("a stubborn request breaks the schema however often it is asked, until the error is quoted") {
  Rehearsal world(FaultList{{"stubborn_mismatch", "1"}});
  const auto ask = [&](const std::string& more_messages) {
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":"How many lamps?"})" + more_messages +
                             "]" + json_wanted + "}";
    return world.post("/v1/chat/completions", body).at("/choices/0/message/content");
  };
  const auto bad = ask("");
  CHECK(bad == "{}");
  CHECK(ask("") == "{}");
  const std::string shown = R"(,{"role":"assistant","content":"{}"})";
  CHECK(ask(shown + R"(,{"role":"user","content":"Try again."})") == "{}");
  CHECK(ask(R"(,{"role":"user","content":"\"a\" is required."})") == "{}");
  const auto healed = ask(shown + R"(,{"role":"user","content":"It must have the property \"a\"."})");
  CHECK(at(healed, "/a") != "(absent)");
  CHECK(at(healed, "/a") != "(not JSON)");
}

TEST_CASE("of stubborn requests the same share stays stubborn, whatever is said after the first answer") {
  Rehearsal world(FaultList{{"stubborn_mismatch", "0.5"}});
  int stubborn = 0;
  for (int i = 0; i < 30; ++i) {
    const auto ask = [&](const std::string& more) {
      return world
          .post("/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":"Lamp )" +
                                            std::to_string(i) + R"(?"})" + more + "]" + json_wanted + "}")
          .at("/choices/0/message/content");
    };
    const bool is_stubborn = ask("") == "{}";
    stubborn += is_stubborn ? 1 : 0;
    CHECK((ask(R"(,{"role":"assistant","content":"{}"},{"role":"user","content":"No."})") == "{}") == is_stubborn);
  }
  CHECK(stubborn > 5);
  CHECK(stubborn < 25);
}

TEST_CASE("what the lines do not say, the journal and the counts do") {
  for (const std::string fault :
       {"missing_lines", "duplicate_lines", "garbage_lines", "unknown_ids", "bare_lines", "zero_status", "empty"}) {
    CAPTURE(fault);
    const Run run(FaultList{{fault, "1"}});
    CHECK(run.batch.at("/request_counts/completed") == "10");
    const auto journal = lines_of(run.world.journal());
    CHECK(at(journal.back(), "/type") == "batch_answered");
    CHECK(at(journal.back(), "/completed") == "10");
    CHECK(at(journal.back(), "/failed") == "0");
    CHECK(journal.size() == 3);
  }
}

TEST_CASE("faults of items are drawn from what is asked, never from the custom_id or the line's number") {
  const FaultList half{{"missing_lines", "0.5"}, {"not_json", "0.5"}, {"truncated", "0.3"}};
  const auto names_of = [&](const std::string& lines) {
    std::set<std::string> bodies;
    for (const auto& line : Run(half, openai, lines).output)
      bodies.insert(at(line, said));
    return bodies;
  };
  std::string other_ids;
  for (int i = 19; i >= 0; --i)
    other_ids += request_line("other-" + std::to_string(i),
                              request_body("What of number " + std::to_string(i) + "?", json_wanted));
  const auto these = names_of(some_requests(20, json_wanted));
  CHECK(these.size() > 1);
  CHECK(these == names_of(other_ids));
}
