// What a line that came through says, and whether that is good enough.

#include "collect/shard_fixture.hpp"

namespace batchd::collect::test {
namespace {

using model::Reason;

std::string with_choice(std::string_view choice) { return choice_line(custom_id(1), choice); }

TEST_CASE("each way an answer can disappoint has its reason") {
  struct Case {
    const char* name;
    std::string line;
    Reason reason;
  };
  const std::string good(good_content);
  for (const Case& c : {
           Case{"accepted", answer_line(1, good), Reason::none},
           Case{"no role", with_choice(R"({"message":{"content":"{\"summary\":\"x\",\"priority\":\"low\"}"}})"),
                Reason::none},
           Case{"no finish_reason at all",
                with_choice(R"({"message":{"content":"{\"summary\":\"x\",\"priority\":\"low\"}"}})"), Reason::none},
           Case{"cut off, though what is there parses", answer_line(1, good, "length"), Reason::truncated},
           Case{"cut off before the first word",
                with_choice(R"({"finish_reason":"length","message":{"content":null}})"), Reason::truncated},
           Case{"filtered, though what is there parses", answer_line(1, good, "content_filter"), Reason::refused},
           Case{"content null", with_choice(R"({"finish_reason":"stop","message":{"content":null}})"), Reason::empty},
           Case{"content null with a refusal",
                with_choice(R"({"finish_reason":"stop","message":{"content":null,"refusal":"I can't"}})"),
                Reason::refused},
           Case{"content null with tool calls",
                with_choice(R"({"finish_reason":"tool_calls","message":{"content":null,"tool_calls":[{}]}})"),
                Reason::empty},
           Case{"content empty", answer_line(1, ""), Reason::empty},
           Case{"content blank", answer_line(1, " \n "), Reason::empty},
           Case{"no JSON", answer_line(1, "The priority is low."), Reason::not_json},
           Case{"two JSON values", answer_line(1, good + " or " + good), Reason::not_json},
           Case{"a key twice", answer_line(1, R"({"summary":"a","summary":"b","priority":"low"})"), Reason::not_json},
           Case{"another type", answer_line(1, "[]"), Reason::schema_mismatch},
           Case{"a word that is not allowed", answer_line(1, R"({"summary":"x","priority":"urgent"})"),
                Reason::schema_mismatch},
           Case{"a field is lacking", answer_line(1, R"({"summary":"x"})"), Reason::schema_mismatch},
           Case{"fenced", answer_line(1, "```json\n" + good + "\n```"), Reason::none},
           Case{"body null", R"({"custom_id":")" + custom_id(1) + R"(","response":{"status_code":200,"body":null}})",
                Reason::empty},
           Case{"an envelope that names a key twice",
                R"({"custom_id":"x","custom_id":")" + custom_id(1) +
                    R"(","response":{"status_code":200,"body":{"choices":[{"message":{"content":"[]"}}]}}})",
                Reason::schema_mismatch},
       }) {
    CAPTURE(c.name);
    CHECK(model::name_of(verdict_on(c.line).reason) == model::name_of(c.reason));
  }
}

TEST_CASE("half a character costs an answer, but never the knowledge whose it is") {
  const std::string broken = R"({"message":{"content":"\ud83d{\"summary\":\"x\",\"priority\":\"low\"}"}})";
  ShardFixture fixture(1);
  fixture.output({with_choice(broken)});
  const auto as_json = fixture.collect();
  CHECK(model::name_of(as_json.outcomes[0].reason) == "not_json");
  CHECK(as_json.anomalies == model::Anomalies{});
  CHECK(as_json.outcomes[0].usage.input_tokens == 40);
  const auto row = fixture.row(as_json.outcomes[0]);
  CHECK(row.string("raw") ==
        "\uFFFD"
        R"({"summary":"x","priority":"low"})");
  CHECK(row.string("error").starts_with("the answer came damaged: half a character"));

  fixture.job.output.schema.reset();
  CHECK(model::name_of(fixture.collect().outcomes[0].reason) == "provider_error");
  fixture.job.output.take = model::Take::body;
  CHECK(model::name_of(fixture.collect().outcomes[0].reason) == "not_json");

  // Written into the JSON by the model itself: the envelope is sound, and its JSON is none.
  fixture.job.output.take = model::Take::content;
  fixture.job.output.schema = model::SchemaText{"summary.schema.json", std::string(summary_schema)};
  fixture.output({answer_line(1, R"({"summary":"\ud83d","priority":"low"})")});
  CHECK(model::name_of(fixture.collect().outcomes[0].reason) == "not_json");
}

TEST_CASE("half a character beside what is asked for costs nothing") {
  ShardFixture fixture(2);
  fixture.output({with_choice(R"({"message":{"reasoning_content":"hm \udc00","content":"{\"summary\":\"x\",)"
                              R"(\"priority\":\"low\"}"}})")});
  fixture.errors({error_line(2, "server_error", R"(boom \ud800)")});
  const Collected collected = fixture.collect();
  CHECK(model::name_of(collected.outcomes[0].reason) == "");
  CHECK(fixture.row(collected.outcomes[1]).string("error") == "server_error: boom \uFFFD");
}

TEST_CASE("an output schema may name files that keep their own $id") {
  model::OutputSpec output;
  output.schema = model::SchemaText{"/s/root.json",
                                    R"({"properties":{"a":{"$ref":"part.json"}}})",
                                    {{"/s/part.json", R"({"$id":"https://example.com/part","type":"string"})"}}};
  CHECK(Judge::compile(output, "/v1/chat/completions"));
  output.schema->documents.clear();
  CHECK_FALSE(Judge::compile(output, "/v1/chat/completions"));
}

TEST_CASE("only JSON that stood within other text is counted as unwrapped") {
  ShardFixture fixture(4);
  const std::string good(good_content);
  fixture.output({answer_line(1, good), answer_line(2, "Here: " + good), answer_line(3, "```\n" + good + "\n```"),
                  answer_line(4, "none here")});
  CHECK(fixture.collect().anomalies.unwrapped == 2);
}

TEST_CASE("a schema mismatch names the first few faults and says that there are more") {
  ShardFixture fixture(1);
  fixture.job.output.schema->text =
      R"({"properties":{"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"string"},"d":{"type":"string"}}})";
  fixture.output({answer_line(1, R"({"a":1,"b":1,"c":1,"d":1})")});
  const Collected collected = fixture.collect();
  const std::string error = fixture.row(collected.outcomes[0]).string("error");
  CHECK(error.find("/a: ") != std::string::npos);
  CHECK(error.find("/c: ") != std::string::npos);
  CHECK(error.find("/d: ") == std::string::npos);
  CHECK(error.ends_with("; and more"));
}

std::string with_calls(std::string_view calls, std::string_view finish_reason = "tool_calls",
                       std::string_view content = "null") {
  return with_choice(fmt::format(R"({{"finish_reason":"{}","message":{{"content":{},"tool_calls":[{}]}}}})",
                                 finish_reason, content, calls));
}

std::string call_with(std::string_view arguments) {
  return fmt::format(R"({{"id":"c","type":"function","function":{{"name":"f","arguments":{}}}}})",
                     json::quoted(arguments));
}

struct Taking : ShardFixture {
  Taking(model::Take take, const std::string& line) : ShardFixture(1) {
    job.output.take = take;
    output({line});
  }
};

TEST_CASE("tool arguments are judged by the schema, and one call is what was asked for") {
  const std::string call = call_with(good_content);
  const std::string object = R"({"function":{"name":"f","arguments":{"summary":"x","priority":"low"}}})";
  struct Case {
    const char* name;
    std::string line;
    Reason reason;
  };
  for (const Case& c :
       {Case{"one call", with_calls(call), Reason::none},
        Case{"with words beside it", with_calls(call, "stop", R"("On it.")"), Reason::none},
        Case{"an object where others send a text", with_calls(object), Reason::none},
        Case{"the older spelling",
             with_choice(R"({"finish_reason":"function_call","message":{"content":null,"function_call":{"name":"f",)"
                         R"("arguments":"{\"summary\":\"x\",\"priority\":\"low\"}"}}})"),
             Reason::none},
        Case{"two calls", with_calls(call + "," + call), Reason::not_json},
        Case{"no call", with_calls(""), Reason::empty},
        Case{"words and no call", answer_line(1, good_content), Reason::empty},
        Case{"a call without arguments", with_calls(R"({"function":{"name":"f"}})"), Reason::empty},
        Case{"a call with blank arguments", with_calls(call_with(" ")), Reason::empty},
        Case{"arguments that do not parse", with_calls(call_with(R"({"summary":)")), Reason::not_json},
        Case{"arguments that do not fit", with_calls(call_with("{}")), Reason::schema_mismatch},
        Case{"cut off, though what is there parses", with_calls(call, "length"), Reason::truncated},
        Case{"filtered", with_calls(call, "content_filter"), Reason::refused}}) {
    CAPTURE(c.name);
    Taking fixture(model::Take::tool_arguments, c.line);
    CHECK(model::name_of(fixture.collect().outcomes[0].reason) == model::name_of(c.reason));
  }
}

TEST_CASE("tool arguments are JSON also without a schema") {
  Taking fixture(model::Take::tool_arguments, with_calls(call_with(R"({"a": 19.90})")));
  fixture.job.output.schema.reset();
  CHECK(fixture.row(fixture.collect().outcomes[0]).text("output") == R"({"a":19.90})");
  Taking broken(model::Take::tool_arguments, with_calls(call_with("a: 1")));
  broken.job.output.schema.reset();
  CHECK(broken.collect().outcomes[0].reason == Reason::not_json);
}

TEST_CASE("where no single call came, raw keeps what did come") {
  const std::string call = call_with(good_content);
  Taking two(model::Take::tool_arguments, with_calls(call + "," + call));
  const ReadRow both = two.row(two.collect().outcomes[0]);
  CHECK(both.string("raw") == "[" + call + "," + call + "]");
  CHECK(both.string("error").find("2 tool calls where one is expected") != std::string::npos);
  Taking none(model::Take::tool_arguments, answer_line(1, "I'd rather talk."));
  CHECK(none.row(none.collect().outcomes[0]).string("raw") == "I'd rather talk.");
}

TEST_CASE("an embedding is taken as the array it is, and judged where there is a schema") {
  ShardFixture fixture(2);
  fixture.job.endpoint = "/v1/embeddings";
  fixture.job.output.take = model::Take::embedding;
  fixture.job.output.schema->text = R"({"type":"array","minItems":2})";
  const auto line = [](std::uint64_t sequence, std::string_view data) {
    return fmt::format(
        R"({{"custom_id":"{}","response":{{"status_code":200,"body":{{"data":[{}],"usage":{{"prompt_tokens":3}}}}}}}})",
        custom_id(sequence), data);
  };
  fixture.output({line(1, R"({"index":0,"embedding":[0.10, -1e-7]})"), line(2, R"({"embedding":[1]})")});
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).text("output") == "[0.10,-1e-7]");
  CHECK(collected.outcomes[0].usage.input_tokens == 3);
  CHECK(collected.outcomes[1].reason == Reason::schema_mismatch);
  CHECK(fixture.row(collected.outcomes[1]).string("raw") == "[1]");
}

std::string embeddings_line(std::string_view data) {
  return fmt::format(R"({{"custom_id":"{}","response":{{"status_code":200,"body":{{"data":[{}]}}}}}})", custom_id(1),
                     data);
}

TEST_CASE("each way an embedding can disappoint has its reason, and base64 is given back as it came") {
  struct Case {
    const char* data;
    Reason reason;
    const char* shown;  // output, or raw
  };
  for (const Case& c :
       {Case{R"({"embedding":"zczMPQ=="})", Reason::none, R"("zczMPQ==")"}, Case{"", Reason::empty, "null"},
        Case{R"({"embedding":null})", Reason::empty, "null"}, Case{R"({"embedding":{}})", Reason::empty, "null"},
        Case{R"({"embedding":[]})", Reason::empty, R"("[]")"},
        Case{R"({"embedding":[1]},{"embedding":[2]})", Reason::not_json,
             R"("[{\"embedding\":[1]},{\"embedding\":[2]}]")"}}) {
    CAPTURE(c.data);
    Taking fixture(model::Take::embedding, embeddings_line(c.data));
    fixture.job.endpoint = "/v1/embeddings";
    fixture.job.output.schema.reset();
    const model::Outcome outcome = fixture.collect().outcomes[0];
    CHECK(model::name_of(outcome.reason) == model::name_of(c.reason));
    CHECK(fixture.row(outcome).text(c.reason == Reason::none ? "output" : "raw") == c.shown);
  }
}

TEST_CASE("take: body hands the whole body over, and the schema judges it as a whole") {
  const std::string line = R"({"custom_id":")" + custom_id(1) + R"(","response":{"status_code":200,"body":{"x": 1}}})";
  Taking fixture(model::Take::body, line);
  fixture.job.output.schema.reset();
  CHECK(fixture.row(fixture.collect().outcomes[0]).text("output") == R"({"x":1})");
  Taking judged(model::Take::body, line);
  judged.job.output.schema->text = R"({"required":["choices"]})";
  CHECK(judged.collect().outcomes[0].reason == Reason::schema_mismatch);
  Taking cut(model::Take::body, answer_line(1, good_content, "length"));
  cut.job.output.schema.reset();
  CHECK(cut.collect().outcomes[0].reason == Reason::truncated);
}

TEST_CASE("a judge is refused before the run when it could only ever say empty") {
  model::OutputSpec output;
  CHECK_FALSE(Judge::compile(output, "/v1/embeddings").ok());
  output.take = model::Take::embedding;
  CHECK_FALSE(Judge::compile(output, "/v1/chat/completions").ok());
  CHECK(Judge::compile(output, "/v1/embeddings").ok());
  output.take = model::Take::body;
  CHECK(Judge::compile(output, "/v1/embeddings").ok());
  CHECK(Judge::compile(output, "/v1/chat/completions").ok());
  output.take = model::Take::tool_arguments;
  CHECK(Judge::compile(output, "/v1/responses").ok());
  CHECK_FALSE(Judge::compile(output, "/v1/completions").ok());
  CHECK_FALSE(Judge::compile(output, "/v1/embeddings").ok());
}

TEST_CASE("a schema that cannot be compiled is named with its file") {
  model::OutputSpec output;
  output.schema = model::SchemaText{"schemas/bad.schema.json", R"({"type":"strin"})"};
  const auto judge = Judge::compile(output, "/v1/chat/completions");
  REQUIRE_FALSE(judge.ok());
  CHECK(judge.error().kind == ErrorKind::invalid);
  CHECK(judge.error().message.find("schemas/bad.schema.json") == 0);
}

}  // namespace
}  // namespace batchd::collect::test
