#include <doctest/doctest.h>

#include "simulator/rehearsal.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

constexpr std::string_view content = "/choices/0/message/content";

// custom_id → the model's text, of an output file.
std::vector<std::pair<std::string, std::string>> said_in(const std::string& output) {
  std::vector<std::pair<std::string, std::string>> said;
  json::Document document;
  for (const auto& line : lines_of(output)) {
    const auto root = document.parse(line);
    REQUIRE(root.ok());
    said.emplace_back(*root->find("custom_id").as_string(),
                      *root->at_pointer("/response/body" + std::string(content)).as_string());
  }
  return said;
}

std::string ask(Rehearsal& world, const std::string& body, std::string_view base = openai) {
  return world.post(std::string(base) + "/chat/completions", body).at(content);
}

}  // namespace

TEST_CASE("the same seed, body and count make the same answer; another of any makes another") {
  Rehearsal one({}, 1);
  Rehearsal same({}, 1);
  Rehearsal other({}, 2);
  const auto body = request_body("Why does the lamp in the hall blink twice every morning at six?");
  const auto first = ask(one, body);
  const auto second = ask(one, body);
  CHECK(first == ask(same, body));
  CHECK(second == ask(same, body));
  CHECK(first != ask(other, body));

  int differ = 0;
  std::string before = second;
  for (int i = 0; i < 10; ++i) {
    const auto next = ask(one, body);
    differ += next == before ? 0 : 1;
    before = next;
  }
  CHECK(differ > 3);
}

TEST_CASE("an answer does not depend on its custom_id, its line or its batch") {
  const auto red = request_body("What of red?");
  const auto blue = request_body("What of blue?");
  Rehearsal one;
  Rehearsal two;
  const auto here =
      said_in(one.output(openai, one.run_batch(openai, request_line("r", red) + request_line("b", blue))));
  const auto first = two.run_batch(openai, request_line("x", blue));
  const auto second = two.run_batch(openai, request_line("y", red));
  CHECK(here[1].second == said_in(two.output(openai, first))[0].second);
  CHECK(here[0].second == said_in(two.output(openai, second))[0].second);
}

TEST_CASE("how often a body was asked is known after a kill, over batches and chats alike") {
  const auto body = request_body("Tell me about the weather on the third of May, please, in some detail.");
  std::vector<std::string> straight;
  Rehearsal one;
  for (int i = 0; i < 3; ++i)
    straight.push_back(ask(one, body));
  straight.push_back(said_in(one.output(openai, one.run_batch(openai, request_line("a", body))))[0].second);
  straight.push_back(ask(one, body));

  std::vector<std::string> killed;
  Rehearsal two;
  for (int i = 0; i < 3; ++i) {
    killed.push_back(ask(two, body));
    two.reopen();
  }
  const auto batch = two.create(openai, two.upload(openai, request_line("b", body)).at("/id")).at("/id");
  two.reopen();
  two.pass_until_all_is_done();
  killed.push_back(said_in(two.output(openai, two.get("/v1/batches/" + batch)))[0].second);
  two.reopen();
  killed.push_back(ask(two, body));
  CHECK(straight == killed);
}

TEST_CASE("batches that ended while nobody looked are answered in the order in which they ended") {
  // Of three numbers drawn at least one differs between two answers.
  const auto line = request_line(
      "a", request_body("?", R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":)"
                             R"("array","minItems":3,"maxItems":3,"items":{"type":"integer","maximum":1000000}}}})"));
  Rehearsal patient;
  const auto first = said_in(patient.output(openai, patient.run_batch(openai, line)))[0].second;
  const auto second = said_in(patient.output(openai, patient.run_batch(openai, line)))[0].second;

  REQUIRE(first != second);

  // The batch that was made first takes longer and ends last.
  Rehearsal absent;
  absent.settings().requests_per_second = 1'000;
  absent.reopen();
  const auto slow = absent.upload(openai, line + some_requests(100)).at("/id");
  const auto quick = absent.upload(openai, line).at("/id");
  const auto ends_last = absent.create(openai, slow).at("/id");
  const auto ends_first = absent.create(openai, quick).at("/id");
  absent.pass_until_all_is_done();
  CHECK(said_in(absent.output(openai, absent.get("/v1/batches/" + ends_last)))[0].second == second);
  CHECK(said_in(absent.output(openai, absent.get("/v1/batches/" + ends_first)))[0].second == first);
}

TEST_CASE("an answer fits the request's own schema, else the fallback, else is a sentence") {
  const auto format_of = [](std::string_view strict) {
    return R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":)" + std::string(strict) +
           R"(,"schema":{"type":"object","required":["colour"],"additionalProperties":false,)"
           R"("properties":{"colour":{"enum":["red"]}}}}})";
  };
  const std::string format = format_of("false");
  const std::string strict = format_of("true");
  const std::string fallback =
      R"({"type":"object","required":["size"],"additionalProperties":false,"properties":{"size":{"const":7}}})";
  Rehearsal with({}, 1, fallback);
  CHECK(ask(with, request_body("?", format)) == R"({"colour":"red"})");
  // A strict schema says less than the whole one it was made of.
  CHECK(ask(with, request_body("?", strict)) == R"({"size":7})");
  CHECK(ask(with, request_body("?", R"(,"response_format":{"type":"json_object"})")) == R"({"size":7})");
  CHECK(ask(with, request_body("?")) == R"({"size":7})");

  Rehearsal without;
  CHECK(ask(without, request_body("?", format)) == R"({"colour":"red"})");
  CHECK(ask(without, request_body("?", strict)) == R"({"colour":"red"})");
  json::Document document;
  const auto object = ask(without, request_body("?", R"(,"response_format":{"type":"json_object"})"));
  CHECK(document.parse(object)->is(json::Kind::object));
  CHECK(ask(without, request_body("Is it warm in the cellar today?")).find("warm in the cellar") != std::string::npos);
}

TEST_CASE("the message's facts turn up where a schema asks for them") {
  const std::string schema =
      R"({"type":"object","required":["product","priority","language","amount"],"properties":{)"
      R"("product":{"type":["string","null"]},"priority":{"enum":["low","normal","high","urgent"]},)"
      R"("language":{"enum":["en","de","fr"]},"amount":{"type":"integer","minimum":0}}})";
  Rehearsal world({}, 1, schema);
  const auto said = ask(world, request_body("Product: Lumen desk lamp\nPriority set by the desk: urgent\nAmount: 42\n"
                                            "Subject: Lampe defekt\n\nDie Lampe ist nicht mehr an, und ich weiß nicht, "
                                            "was der Grund ist."));
  CHECK(said == R"({"product":"Lumen desk lamp","priority":"urgent","language":"de","amount":42})");
}

TEST_CASE("a request the real one would refuse is refused") {
  Rehearsal world;
  const auto refused = [&](std::string_view base, const std::string& body) {
    return world.post(std::string(base) + "/chat/completions", body);
  };
  CHECK(refused(openai, R"({"messages":[]})").at("/error/param") == "model");
  CHECK(refused(openai, R"({"model":"m"})").at("/error/param") == "messages");
  CHECK(refused(openai, R"({"model":"m","messages":[]})").status == 400);
  CHECK(refused(openai, "{").status == 400);
  CHECK(refused(openai, request_body("?", R"(,"stream":true)")).at("/error/param") == "stream");
  const std::string no_json =
      R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}})";
  CHECK(refused(openai, no_json).at("/error/message").find("'json'") != std::string::npos);
  const auto thinking = request_body("?", R"(,"enable_thinking":true,"response_format":{"type":"json_object"})");
  CHECK(refused(dashscope, thinking).status == 400);
  CHECK(refused(openai, thinking).status == 200);
}

TEST_CASE("an answer longer than it may be is cut and says so") {
  Rehearsal world;
  const auto body =
      request_body("Tell me all there is to know about the history of lamps in halls.", R"(,"max_tokens":5)");
  const auto cut = world.post("/v1/chat/completions", body);
  CHECK(cut.at("/choices/0/finish_reason") == "length");
  CHECK(cut.at(content).size() <= 20);
  CHECK(cut.at("/usage/completion_tokens") == "5");
}

TEST_CASE("a tool that is to be called is called, with arguments that fit its parameters") {
  Rehearsal world;
  const auto called = world.post(
      "/v1/chat/completions",
      request_body("?",
                   R"(,"tools":[{"type":"function","function":{"name":"file_it","parameters":{"type":"object",)"
                   R"("required":["shelf"],"additionalProperties":false,"properties":{"shelf":{"const":"A3"}}}}}])"));
  CHECK(called.at("/choices/0/finish_reason") == "tool_calls");
  CHECK(called.at(content) == "null");
  CHECK(called.at("/choices/0/message/tool_calls/0/function/name") == "file_it");
  CHECK(called.at("/choices/0/message/tool_calls/0/function/arguments") == R"({"shelf":"A3"})");
}

TEST_CASE("DashScope's test model answers its fixed text, without a role") {
  Rehearsal world;
  const auto file =
      world
          .upload(dashscope, R"({"custom_id":"a","method":"POST","url":"/v1/chat/ds-test","body":)"
                             R"({"model":"batch-test-model","messages":[{"role":"user","content":"x"}]}})")
          .at("/id");
  const auto created =
      world.post("/compatible-mode/v1/batches",
                 R"({"input_file_id":")" + file + R"(","endpoint":"/v1/chat/ds-test","completion_window":"24h"})");
  world.pass_until_all_is_done();
  const auto batch = world.get("/compatible-mode/v1/batches/" + created.at("/id"));
  const auto output = world.output(dashscope, batch);
  CHECK(output.find("This is a test result.") != std::string::npos);
  CHECK(output.find("\"role\"") == std::string::npos);
}
