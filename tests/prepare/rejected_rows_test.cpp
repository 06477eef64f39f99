#include "line/prepare/rejected_rows.hpp"

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

std::string written(const Complaint& complaint, std::optional<std::string_view> raw) {
  const test::TemporaryFolder folder;
  auto rows = RejectedRows::create(folder / "rejected.jsonl");
  REQUIRE(rows);
  REQUIRE(rows->add(complaint, raw));
  REQUIRE(rows->finish());
  return folder.read("rejected.jsonl");
}

std::string raw_of(std::string_view raw) {
  const auto line = written({1, RowFault::invalid_row, "", "no", "in.jsonl"}, raw);
  json::Document document;
  REQUIRE(document.parse(std::string_view(line).substr(0, line.size() - 1)));
  return std::string(document.root().find("raw").as_string().value());
}

}  // namespace

TEST_CASE("a rejected row says where it stood, what was wrong and what it was") {
  CHECK(written({12, RowFault::duplicate_id, "T-1", "line 3 has the same id", "in.jsonl"}, R"({"id":"T-1"})") ==
        R"({"file":"in.jsonl","line":12,"id":"T-1","reason":"duplicate_id","error":"line 3 has the same id",)"
        R"("raw":"{\"id\":\"T-1\"}"})"
        "\n");
}

TEST_CASE("without an id it is null, without the row's bytes raw is") {
  CHECK(written({1, RowFault::too_large, "", "too long", "in.jsonl"}, std::nullopt) ==
        R"({"file":"in.jsonl","line":1,"id":null,"reason":"too_large","error":"too long","raw":null})"
        "\n");
}

TEST_CASE("what is not UTF-8 becomes U+FFFD, byte by byte, and what is stays") {
  const std::string replaced = "\xEF\xBF\xBD";
  CHECK(raw_of("a\xFF z") == "a" + replaced + " z");
  CHECK(raw_of("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x82\xAC") ==
        "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x82\xAC");
  CHECK(raw_of("\xC0\xAF") == replaced + replaced);                                // overlong
  CHECK(raw_of("\xE0\x80\x80") == replaced + replaced + replaced);                 // overlong
  CHECK(raw_of("\xED\xA0\x80") == replaced + replaced + replaced);                 // a surrogate
  CHECK(raw_of("\xF4\x90\x80\x80") == replaced + replaced + replaced + replaced);  // beyond U+10FFFF
  CHECK(raw_of("\xF0\x82\x82\xAC") == replaced + replaced + replaced + replaced);  // overlong
  CHECK(raw_of("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF") == "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF");
  CHECK(raw_of("cut \xE2\x82") == "cut " + replaced + replaced);
  CHECK(raw_of(std::string_view("nul\0 here", 9)) == std::string("nul\0 here", 9));
}

TEST_CASE("without a path nothing is written") {
  auto rows = RejectedRows::create("");
  REQUIRE(rows);
  CHECK(rows->add({1, RowFault::invalid_row, "", "no", "in.jsonl"}, "x"));
  CHECK(rows->finish());
}

}  // namespace batchd::prepare
