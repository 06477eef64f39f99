#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

const std::string good = request_line("a", R"({"model":"m","messages":[{"role":"user","content":"hi"}]})");

struct Bad {
  std::string lines;
  std::string code;
  std::string param;
  std::string line;
};

void check_refused(std::string_view base, const Bad& bad) {
  CAPTURE(base);
  CAPTURE(bad.lines.substr(0, 300));
  Rehearsal world;
  const auto batch = world.run_batch(base, bad.lines);
  CHECK(batch.at("/status") == "failed");
  CHECK(batch.at("/failed_at") != "null");
  CHECK(batch.at("/in_progress_at") == "null");
  CHECK(batch.at("/errors/object") == "list");
  CHECK(batch.at("/errors/data/0/code") == bad.code);
  CHECK(batch.at("/errors/data/0/param") == bad.param);
  CHECK(batch.at("/errors/data/0/line") == bad.line);
  CHECK(!batch.at("/errors/data/0/message").empty());
  CHECK(batch.at("/request_counts/total") == "0");
  CHECK(batch.at("/output_file_id") == "null");
}

}  // namespace

TEST_CASE("what is wrong with an input is told late, with code, parameter and line") {
  const std::string body = R"({"model":"m","messages":[]})";
  const std::vector<Bad> table{
      {"", "empty_file", "null", "null"},
      {"\n \n", "empty_file", "null", "null"},
      {good + "{\n", "invalid_json_line", "null", "2"},
      {good + "\n[]\n", "invalid_json_line", "null", "3"},
      {good + good, "duplicate_custom_id", "custom_id", "2"},
      {R"({"method":"POST","url":"/v1/chat/completions","body":)" + body + "}", "missing_required_parameter",
       "custom_id", "1"},
      {R"({"custom_id":"","method":"POST","url":"/v1/chat/completions","body":)" + body + "}", "invalid_custom_id",
       "custom_id", "1"},
      {R"({"custom_id":7,"method":"POST","url":"/v1/chat/completions","body":)" + body + "}", "invalid_custom_id",
       "custom_id", "1"},
      {request_line(std::string(600, 'x'), body), "invalid_custom_id", "custom_id", "1"},
      {R"({"custom_id":"a","url":"/v1/chat/completions","body":)" + body + "}", "missing_required_parameter", "method",
       "1"},
      {R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":)" + body + "}", "invalid_method",
       "method", "1"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":)" + body + "}", "invalid_url", "url", "1"},
      {R"({"custom_id":"a","method":"POST","body":)" + body + "}", "missing_required_parameter", "url", "1"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions"})", "missing_required_parameter", "body", "1"},
      {request_line("a", R"({"messages":[]})"), "missing_required_parameter", "body.model", "1"},
      {good + request_line("b", R"({"model":"other","messages":[]})"), "mismatched_model", "body.model", "2"},
  };
  for (const Bad& bad : table)
    for (const auto base : {openai, dashscope})
      check_refused(base, bad);
}

TEST_CASE("DashScope wants one thinking mode and shorter ids") {
  const std::string thinking = request_line("b", R"({"model":"m","enable_thinking":true,"messages":[]})");
  check_refused(dashscope, {good + thinking, "mismatched_model", "body.enable_thinking", "2"});
  check_refused(dashscope,
                {request_line(std::string(257, 'x'), R"({"model":"m"})"), "invalid_custom_id", "custom_id", "1"});
  Rehearsal world;
  CHECK(world.run_batch(openai, good + thinking).at("/status") == "completed");
  CHECK(world.run_batch(openai, request_line(std::string(257, 'x'), R"({"model":"m"})")).at("/status") == "completed");
}

TEST_CASE("a batch of more than 50,000 requests is refused, one of 50,000 is not") {
  std::string lines;
  for (int i = 0; i < 50'001; ++i)
    lines += "{}\n";
  check_refused(openai, {lines, "too_many_tasks", "null", "null"});
  // One less is judged line by line, and told of a hundred times at most.
  lines.resize(lines.size() - 3);
  Rehearsal world;
  const auto batch = world.run_batch(openai, lines);
  CHECK(batch.at("/errors/data/0/code") == "missing_required_parameter");
  CHECK(batch.body().at_pointer("/errors/data").size() == 100);
}

TEST_CASE("a line too long for DashScope is found without being held") {
  std::string body = R"({"model":"m","messages":[{"role":"user","content":")";
  body += std::string(6'000'000, 'x') + "\"}]}";
  check_refused(dashscope, {good + request_line("b", body), "line_too_long", "null", "2"});
}
