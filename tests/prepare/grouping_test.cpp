#include "line/prepare/grouping.hpp"

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

Grouping grouping_for(std::string_view request, std::string_view endpoint = "/v1/chat/completions") {
  json::Document document;
  const auto parsed = document.parse(request);
  REQUIRE(parsed);
  return Grouping(*parsed, endpoint);
}

constexpr std::string_view templated = R"({"model":"{{model}}"})";

std::string fault_of(std::string_view body) {
  auto group = grouping_for(templated).group_of(body);
  return group ? "" : group.error().message;
}

}  // namespace

TEST_CASE("one model for every row is one group, and bodies are not looked at") {
  auto grouping = grouping_for(R"({"model":"m","enable_thinking":false,"n":1})");
  CHECK(grouping.groups().empty());
  CHECK(*grouping.group_of("not even JSON") == 0);
  CHECK(*grouping.group_of("again") == 0);
  REQUIRE(grouping.groups().size() == 1);
  CHECK(grouping.groups()[0].model == "m");
  CHECK(grouping.groups()[0].thinking == "false");
}

TEST_CASE("a model or thinking mode that comes from the row is read from each body") {
  for (const auto* request : {R"({"model":"{{model}}"})", R"({"model":{"$row":"/model"}})", R"({"$row":"/request"})",
                              R"({"model":"a","enable_thinking":{"$row":"/t"}})"}) {
    auto grouping = grouping_for(request);
    CHECK(*grouping.group_of(R"({"model":"a"})") == 0);
    CHECK(*grouping.group_of(R"({"model":"b"})") == 1);
    CHECK(*grouping.group_of(R"({"model":"a","enable_thinking":true})") == 2);
    CHECK(*grouping.group_of(R"({"model":"a","enable_thinking":false})") == 3);
    CHECK(*grouping.group_of(R"({"model":"a","enable_thinking":null})") == 0);
    CHECK(*grouping.group_of(R"({"model":"b"})") == 1);
    CHECK(grouping.groups().size() == 4);
    CHECK(grouping.groups()[2].thinking == "true");
  }
}

TEST_CASE("a body that fits no group says why") {
  CHECK(fault_of("{}") == "the request has no model");
  CHECK(fault_of(R"({"model":""})") == "the request has no model");
  CHECK(fault_of(R"({"model":7})") == "the request has no model");
  CHECK(fault_of("[]") == "the request is of kind array, but must be an object");
  CHECK(fault_of(R"({"model":"a","n":2})") == "n is 2, but one answer a row is asked for: n must be 1");
  CHECK(fault_of(R"({"model":"a","n":"1"})") == R"(n is "1", but one answer a row is asked for: n must be 1)");
  CHECK(fault_of(R"({"model":"a","n":1.0})").empty());
  CHECK(fault_of(R"({"model":"a","enable_thinking":"true"})") ==
        R"(enable_thinking is "true", but must be true or false ({$row: /field} puts a row's value in unchanged))");
}

TEST_CASE("a constant request with a fault is a fault of every row") {
  auto grouping = grouping_for(R"({"model":"m","n":3})");
  CHECK_FALSE(grouping.group_of(R"({"model":"m","n":3})"));
  CHECK(grouping.groups().empty());
}

TEST_CASE("moderations need no model, everything else does") {
  auto moderations = grouping_for(R"({"input":"{{text}}"})", "/v1/moderations");
  CHECK(*moderations.group_of(R"({"input":"x"})") == 0);
  CHECK(moderations.groups()[0].model.empty());
  // Not so constant when the whole body comes from the row.
  auto from_row = grouping_for(R"({"$row":"/request"})", "/v1/moderations");
  CHECK(*from_row.group_of(R"({"input":"x"})") == 0);
  CHECK(*from_row.group_of(R"({"input":"x","model":"a"})") == 1);
  CHECK_FALSE(grouping_for(R"({"input":"{{text}}"})", "/v1/embeddings").group_of(R"({"input":"x"})"));
}

TEST_CASE("the seventeenth group is refused, the sixteen go on") {
  auto grouping = grouping_for(templated);
  for (std::size_t i = 0; i < Renderer::groups_max; ++i)
    CHECK(*grouping.group_of(R"({"model":"m)" + std::to_string(i) + "\"}") == i);
  auto refused = grouping.group_of(R"({"model":"m0","enable_thinking":true})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "model \"m0\" with enable_thinking true would be one group too many: a run has at "
        "most 16 (models × thinking modes)");
  CHECK(*grouping.group_of(R"({"model":"m7"})") == 7);
}

}  // namespace batchd::prepare
