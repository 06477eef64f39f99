#include "line/report/formats.hpp"

#include "ground/json/writer.hpp"
#include "report/world.hpp"

namespace batchd::report {
namespace {

using model::ItemStatus;

std::string result_row(std::string_view id, std::string_view output) {
  return R"({"id":")" + std::string(id) + R"(","status":"succeeded","reason":null,"output":)" + std::string(output) +
         R"(,"raw":null,"error":null,"included":{"subject":"Hi, \"you\""},"model":"m","prompt_version":null,)"
         R"("prompt_sha":"s","lane":"batch","attempts":1,"reused_from":null,"finish_reason":"stop","usage":)"
         R"({"input_tokens":4,"output_tokens":2,"reasoning_tokens":0,"cached_tokens":0},"cost":0.0004,)"
         R"("request_id":"r","custom_id":"run-1-1","batch_id":"b","simulated":false})";
}

std::string failed_row(std::string_view id, std::string_view reason) {
  return R"({"id":")" + std::string(id) + R"(","status":"failed","reason":")" + std::string(reason) +
         R"(","output":null,"raw":"x","error":"why","custom_id":"run-2-1"})";
}

// A run of rows that are finished as given.
struct Finished : World {
  void add_row(const std::string& row, const std::string& answer = "") {
    RowRef ref;
    ref.sequence = refs.size() + 1;
    ref.row = append("answers/1.outcomes.jsonl", row);
    if (!answer.empty()) ref.answer = append("answers/1.output.jsonl", answer);
    refs.push_back(ref);
  }
  std::string in(Format format) {
    const Request all = request();
    std::string text;
    const Sink sink = [&](std::string_view line) -> Status { return text += line, Status{}; };
    const auto done = write_results({job, all.state_folder, all.rows}, format, sink);
    REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().text()));
    return text;
  }
};

// What one cell becomes: a job without a schema has its output in the fourth column.
std::string cell(std::string_view output) {
  Finished world;
  std::string row(R"({"id":"a","status":"succeeded","reason":null,"output":)");
  world.add_row(row.append(output).append("}"));
  const std::string text = world.in(Format::csv);
  const auto begin = text.find("\r\na,succeeded,,") + 15;
  return text.substr(begin, text.rfind(",,,,,,,,,,,,,,,,,,") - begin);
}

}  // namespace

TEST_CASE("the formats are known by name") {
  CHECK(format_from_name("jsonl") == Format::jsonl);
  CHECK(format_from_name("csv") == Format::csv);
  CHECK(format_from_name("openai") == Format::openai);
  CHECK_FALSE(format_from_name("CSV").has_value());
}

TEST_CASE("jsonl is the rows as they stand, without those that are not finished") {
  Finished world;
  world.add_row(result_row("a", "1"));
  world.refs.push_back({2, ItemStatus::pending, {}, {}, {}});
  world.add_row(failed_row("c", "empty"));
  CHECK(world.in(Format::jsonl) == result_row("a", "1") + "\n" + failed_row("c", "empty") + "\n");
}

TEST_CASE("csv has a column for each member the output schema knows, and for each included field") {
  Finished world;
  world.job.output.include = {"subject"};
  world.job.output.schema = model::SchemaText{
      "s.json", R"({"type":"object","additionalProperties":false,"properties":{"b":{},"a,1":{},"list":{}}})", {}};
  world.add_row(result_row("T-1", R"({"a,1":"x","b":19.90,"list":[1,{"c":"d"}]})"));
  CHECK(
      world.in(Format::csv) ==
      "id,status,reason,output.b,\"output.a,1\",output.list,raw,error,included.subject,model,prompt_version,"
      "prompt_sha,lane,attempts,reused_from,finish_reason,usage.input_tokens,usage.output_tokens,"
      "usage.reasoning_tokens,usage.cached_tokens,cost,request_id,custom_id,batch_id,simulated\r\n"
      "T-1,succeeded,,19.90,x,\"[1,{\"\"c\"\":\"\"d\"\"}]\",,,\"Hi, \"\"you\"\"\",m,,s,batch,1,,stop,4,2,0,0,0.0004,r,"
      "run-1-1,b,false\r\n");
}

TEST_CASE("csv keeps the whole output where the schema lets other members in, or is no object") {
  const auto header = [](const char* schema) {
    Finished world;
    world.job.output.schema = model::SchemaText{"s.json", schema, {}};
    const std::string text = world.in(Format::csv);
    return text.substr(0, text.find(",raw"));
  };
  CHECK(header(R"({"type":"object","properties":{"a":{}}})") == "id,status,reason,output.a,output");
  CHECK(header(R"({"type":"object"})") == "id,status,reason,output");
  CHECK(header(R"({"type":"array","items":{}})") == "id,status,reason,output");
  CHECK(header("true") == "id,status,reason,output");
}

TEST_CASE("a cell of csv is quoted where it must be, and nothing in it is lost") {
  CHECK(cell("null") == "");
  CHECK(cell(R"("")") == "\"\"");
  CHECK(cell("12345678901234567890") == "12345678901234567890");
  CHECK(cell("-1") == "-1");
  CHECK(cell("true") == "true");
  CHECK(cell(R"("Grüße 🎟")") == "Grüße 🎟");
  CHECK(cell(R"("a,b")") == "\"a,b\"");
  CHECK(cell(R"("two\nlines")") == "\"two\nlines\"");
  CHECK(cell(R"("say \"x\"")") == "\"say \"\"x\"\"\"");
  CHECK(cell(R"({"a": [1, 2]})") == "\"{\"\"a\"\":[1,2]}\"");
}

TEST_CASE("no text in csv is a formula, and no number is touched") {
  CHECK(cell(R"("=1+1")") == "'=1+1");
  CHECK(cell(R"-("=HYPERLINK(\"http://x\",\"y\")")-") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(cell(R"("+49 30 1")") == "'+49 30 1");
  CHECK(cell(R"("@x")") == "'@x");
  CHECK(cell(R"("- item")") == "'- item");
  CHECK(cell(R"("\t=1")") == "'\t=1");
  CHECK(cell(R"("\n=1")") == "\"'\n=1\"");
  for (const char* number : {"-12.5", "+3", "-7"})
    CHECK(cell(json::quoted(number)) == number);
  for (const char* none : {"-", "-1.", "+.5", "-1-1", "--1"})
    CHECK(cell(json::quoted(none)) == "'" + std::string(none));
}

TEST_CASE(
    "openai lines carry the caller's id, the provider's response, and an error for exactly what did not succeed") {
  Finished world;
  world.add_row(
      result_row("T-1", "1"),
      R"({"custom_id":"run-1-1","id":"req_1","response":{"status_code":200,"body":{"x": 1}},"error":null,"y":0})");
  world.add_row(failed_row("T-2", "schema_mismatch"),
                R"({"id":"req_2","custom_id":"run-2-1","response":{"status_code":200},"error":null})");
  world.add_row(failed_row("T-3", "provider_error"),
                R"({"custom_id":"run-3-1","response":null,"error":{"code":"server_error","message":"b"}})");
  world.add_row(failed_row("T-4", "missing"));
  world.add_row(failed_row("T-5", "expired"));
  world.add_row(failed_row("T-6", "cancelled"), R"({"custom_id":"run-6-1","error":"stopped"})");
  CHECK(
      world.in(Format::openai) ==
      R"({"id":"req_1","custom_id":"T-1","response":{"status_code":200,"body":{"x":1}},"error":null})"
      "\n"
      R"({"id":"req_2","custom_id":"T-2","response":{"status_code":200},"error":{"code":"schema_mismatch","message":"why"}})"
      "\n"
      R"({"id":"run-2-1","custom_id":"T-3","response":null,"error":{"code":"server_error","message":"b"}})"
      "\n"
      R"({"id":"run-2-1","custom_id":"T-4","response":null,"error":{"code":"missing","message":"why"}})"
      "\n"
      R"({"id":"run-2-1","custom_id":"T-5","response":null,"error":{"code":"batch_expired","message":"why"}})"
      "\n"
      R"({"id":"run-2-1","custom_id":"T-6","response":null,"error":{"code":"batch_cancelled","message":"why"}})"
      "\n");
}

TEST_CASE("half a character in an answer does not end the export; the response is as it came") {
  Finished world;
  world.add_row(failed_row("T-1", "not_json"), R"({"custom_id":"run-1-1","id":"q","response":{"body":"\ud83d"}})");
  CHECK(world.in(Format::openai) ==
        R"({"id":"q","custom_id":"T-1","response":{"body":"\ud83d"},"error":{"code":"not_json","message":"why"}})"
        "\n");
}

TEST_CASE("answers that are gone are named, with the formats that need none") {
  Finished world;
  world.add_row(result_row("a", "1"));
  world.refs[0].answer = {"answers/gone.jsonl", 0, 5};
  const Request all = world.request();
  const auto done = write_results({world.job, all.state_folder, all.rows}, Format::openai,
                                  [](std::string_view) -> Status { return {}; });
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().message.find("gone.jsonl") != std::string::npos);
  CHECK(done.error().hint.find("jsonl and csv") != std::string::npos);
}

TEST_CASE("a sink that takes no more ends the export") {
  Finished world;
  for (int n = 0; n < 20'000; ++n)
    world.add_row(R"({"id":"x"})");
  const Request all = world.request();
  int taken = 0;
  const auto done =
      write_results({world.job, all.state_folder, all.rows}, Format::jsonl, [&](std::string_view) -> Status {
        if (++taken < 3) return {};
        return Error{ErrorKind::io, "the pipe is closed"};
      });
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().message == "the pipe is closed");
  CHECK(taken == 3);
}

}  // namespace batchd::report
