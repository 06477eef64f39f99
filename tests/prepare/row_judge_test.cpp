#include "line/prepare/row_judge.hpp"

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

struct Verdict {
  std::string id;
  std::string complaint;  // "" : accepted
  std::string complaint_id;
};

Verdict judge(std::string_view row, const model::InputSpec& input) {
  auto judge = RowJudge::create(input);
  REQUIRE_MESSAGE(judge.ok(), judge.error().text());
  std::string padded(row);
  padded.append(json::Document::padding, ' ');
  RowJudge::Judged judged;
  const auto complaint = judge->judge(std::string_view(padded).substr(0, row.size()), judged);
  if (!complaint) return {std::string(judged.id), "", ""};
  CHECK(complaint->fault == RowFault::invalid_row);
  return {"", complaint->message, complaint->id};
}

Verdict judge(std::string_view row, std::string pointer = "/id") {
  model::InputSpec input;
  input.id = std::move(pointer);
  return judge(row, input);
}

}  // namespace

TEST_CASE("an id is text or a number, as it is written") {
  CHECK(judge(R"({"id":"T-1"})").id == "T-1");
  CHECK(judge(R"({"id":7})").id == "7");
  CHECK(judge(R"({"id":"7"})").id == "7");
  CHECK(judge(R"({"id":12345678901234567890123})").id == "12345678901234567890123");
  CHECK(judge(R"({"id":7.0})").id == "7.0");
}

TEST_CASE("an id may hold anything that text holds") {
  CHECK(judge(R"({"id":"say \"hi\"\n\u00fc😀\ud83d\ude00"})").id == "say \"hi\"\nü😀😀");
}

TEST_CASE("an id may lie deeper, in an element, or under a name with a slash") {
  CHECK(judge(R"({"meta":{"id":"x"}})", "/meta/id").id == "x");
  CHECK(judge(R"({"ids":["a","b"]})", "/ids/1").id == "b");
  CHECK(judge(R"({"a/b":"x"})", "/a~1b").id == "x");
}

TEST_CASE("a row without a usable id is told what it has instead") {
  CHECK(judge(R"({"text":"x"})").complaint == R"(the row has no "id" (input.id))");
  CHECK(judge(R"({"meta":{}})", "/meta/id").complaint == R"(the row has no "/meta/id" (input.id))");
  CHECK(judge(R"({"id":null})").complaint == R"("id" (input.id) is null, but must be text or a number)");
  CHECK(judge(R"({"id":{}})").complaint == R"("id" (input.id) is an object, but must be text or a number)");
  CHECK(judge(R"({"id":[1]})").complaint == R"("id" (input.id) is an array, but must be text or a number)");
  CHECK(judge(R"({"id":true})").complaint == R"("id" (input.id) is a boolean, but must be text or a number)");
  CHECK(judge(R"({"id":""})").complaint == R"("id" (input.id) is empty)");
}

TEST_CASE("an id has at most 1024 bytes, and a longer one is shown without half a character") {
  const std::string longest(RowJudge::id_bytes_max, 'x');
  CHECK(judge(R"({"id":")" + longest + "\"}").id == longest);
  const auto longer = judge(R"({"id":"x)" + longest + "\"}");
  CHECK(longer.complaint == R"("id" (input.id) has 1025 bytes, at most 1024 are allowed)");
  CHECK(longer.complaint_id == std::string(60, 'x'));

  std::string euros = "x";
  for (int i = 0; i < 400; ++i)
    euros += "€";
  CHECK(judge(R"({"id":")" + euros + "\"}").complaint_id == euros.substr(0, 58));
}

TEST_CASE("a row must be an object") {
  CHECK(judge("[1]").complaint == "the row is an array, but must be an object");
  CHECK(judge(R"("text")").complaint == "the row is a string, but must be an object");
  CHECK(judge("7").complaint == "the row is a number, but must be an object");
  CHECK(judge("null").complaint == "the row is null, but must be an object");
}

TEST_CASE("what is not JSON is told with its byte") {
  CHECK(judge(R"({"id":"a")").complaint.starts_with("not valid JSON: at byte 9: "));
  CHECK(judge(R"({"id":tru})").complaint.starts_with("not valid JSON: at byte 6: "));
  CHECK(judge("{\"id\":\"a\xFF\"}").complaint.starts_with("not valid JSON: at byte 8: "));
  CHECK(judge(R"({"id":"\ud800"})").complaint.starts_with("not valid JSON: at byte 7: "));
  CHECK(judge(std::string_view("{\"id\":\"a\0\"}", 11)).complaint.starts_with("not valid JSON: at byte 8: "));
  CHECK(judge(R"({"id":1} {"id":2})").complaint.starts_with("not valid JSON: at byte 9: "));
  CHECK(judge("\xEF\xBB\xBF{}").complaint.starts_with("not valid JSON: at byte 0: "));
}

TEST_CASE("a key that is there twice is a fault, however it is spelled and wherever it stands") {
  CHECK(judge(R"({"id":1,"id":1})").complaint == R"(not valid JSON: at byte 8: the key "id" is there already)");
  CHECK(judge(R"({"id":1,"a":{"b":1,"\u0062":2}})").complaint.ends_with(R"(the key "\u0062" is there already)"));
}

TEST_CASE("the input schema's faults are told with their places, a few of them") {
  model::InputSpec input;
  input.id = "/id";
  input.schema = model::SchemaText{"/row.json", R"({"properties":{"a":{"type":"string"},"b":{"type":"string"},
      "c":{"type":"string"},"d":{"type":"string"}}})"};
  CHECK(judge(R"({"id":"x","a":"1"})", input).complaint.empty());
  const auto one = judge(R"({"id":"x","b":1})", input);
  CHECK(one.complaint.starts_with("/b: "));
  CHECK(one.complaint_id == "x");
  const auto many = judge(R"({"id":"x","a":1,"b":1,"c":1,"d":1})", input).complaint;
  CHECK(many.find("; /c: ") != std::string::npos);
  CHECK(many.find("/d: ") == std::string::npos);
  CHECK(many.ends_with("; and more"));
}

TEST_CASE("an input schema may refer to other files, whose texts came with it") {
  model::InputSpec input;
  input.id = "/id";
  input.schema = model::SchemaText{"/jobs/my job/row.json",
                                   R"({"properties":{"price":{"$ref":"parts/price.json"}}})",
                                   {{"/jobs/my job/parts/price.json", R"({"type":"number"})"}}};
  CHECK(judge(R"({"id":"x","price":1})", input).complaint.empty());
  CHECK(judge(R"({"id":"x","price":"1"})", input).complaint.starts_with("/price: "));
}

TEST_CASE("an input schema that cannot be compiled is told with its file") {
  model::InputSpec input;
  input.schema = model::SchemaText{"/row.json", R"({"type":"strin"})"};
  auto judge = RowJudge::create(input);
  REQUIRE_FALSE(judge);
  CHECK(judge.error().kind == ErrorKind::invalid);
  CHECK(judge.error().message.starts_with("/row.json"));
}

}  // namespace batchd::prepare
