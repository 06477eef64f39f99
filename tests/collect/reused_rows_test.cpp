#include "line/collect/reused_rows.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace batchd::collect {
namespace {

constexpr std::string_view known_row =
    R"({"id":"t-1","status":"succeeded","reason":null,"output":{"n":1e2,"t":"\u00fc"},"raw":null,"error":null,)"
    R"("included":{"subject":"old"},"model":"qwen-plus-2025","prompt_version":"1","prompt_sha":"then","lane":"batch",)"
    R"("attempts":2,"reused_from":null,"finish_reason":"stop","usage":{"input_tokens":40,"output_tokens":12,)"
    R"("reasoning_tokens":0,"cached_tokens":0},"cost":0.01,"request_id":"req_1","custom_id":"old-1-2",)"
    R"("batch_id":"batch_1","simulated":false})";

struct Fixture {
  batchd::test::TemporaryFolder folder;
  model::JobSpec job;
  model::Run run;

  Fixture() {
    job.output.include = {"subject"};
    job.prompt_version = "2";
    run.prompt_sha = "now";
  }
  std::optional<model::Outcome> add(std::string_view row, std::string_view id = "t-1") {
    auto rows = ReusedRows::create(job, run, folder / "rows.jsonl");
    REQUIRE(rows.ok());
    auto outcome = rows->add({"first-run", id, row}, {7, "t-9", R"({"subject":"new","x":1})"});
    REQUIRE(outcome.ok());
    REQUIRE(rows->finish());
    return *outcome;
  }
  static std::string with(std::string_view from, std::string_view to) {
    std::string row(known_row);
    const auto at = row.find(from);
    REQUIRE(at != std::string::npos);
    return row.replace(at, from.size(), to);
  }
};

}  // namespace

TEST_CASE("a reused row is the answer of then under the item of now") {
  Fixture fixture;
  const auto outcome = fixture.add(known_row);
  REQUIRE(outcome.has_value());
  CHECK(outcome->sequence == 7);
  CHECK(outcome->attempt == 0);
  CHECK(outcome->status == model::ItemStatus::succeeded);
  CHECK(fixture.folder.read("rows.jsonl").substr(outcome->row_offset, outcome->row_length) ==
        R"({"id":"t-9","status":"succeeded","reason":null,"output":{"n":1e2,"t":"\u00fc"},"raw":null,"error":null,)"
        R"("included":{"subject":"new"},"model":"qwen-plus-2025","prompt_version":"2","prompt_sha":"now",)"
        R"("lane":"batch","attempts":0,"reused_from":"first-run","finish_reason":"stop","usage":{"input_tokens":0,)"
        R"("output_tokens":0,"reasoning_tokens":0,"cached_tokens":0},"cost":0.00,"request_id":"req_1",)"
        R"("custom_id":"old-1-2","batch_id":"batch_1","simulated":false})");
}

TEST_CASE("a row that was reused itself names the run that asked") {
  Fixture fixture;
  REQUIRE(fixture.add(Fixture::with(R"("reused_from":null)", R"("reused_from":"the-very-first")")));
  CHECK(fixture.folder.read("rows.jsonl").find(R"("reused_from":"the-very-first")") != std::string::npos);
}

TEST_CASE("what is not a whole row of that item's success is not reused") {
  Fixture fixture;
  SUBCASE("no JSON") { CHECK_FALSE(fixture.add(known_row.substr(1))); }
  SUBCASE("no object") { CHECK_FALSE(fixture.add("[1]")); }
  SUBCASE("another item") { CHECK_FALSE(fixture.add(known_row, "t-2")); }
  SUBCASE("a failure") { CHECK_FALSE(fixture.add(Fixture::with("\"succeeded\"", "\"failed\""))); }
  SUBCASE("a key is missing") { CHECK_FALSE(fixture.add(Fixture::with("\"output\"", "\"input\""))); }
  SUBCASE("made up") { CHECK_FALSE(fixture.add(Fixture::with(R"("simulated":false)", R"("simulated":true)"))); }
  CHECK(fixture.folder.read("rows.jsonl").empty());
}

}  // namespace batchd::collect
