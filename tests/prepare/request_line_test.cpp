#include "line/prepare/request_line.hpp"

#include "prepare/fixture.hpp"
#include "rules/model/item.hpp"

namespace batchd::prepare {

TEST_CASE("a request line is exactly what the Batch API asks for") {
  std::string line;
  RequestLine("/v1/chat/completions").append(line, run_id, 17, R"({"model":"m"})");
  CHECK(line == R"({"custom_id":"01kb0000000000000000000000-17-1","method":"POST",)"
                R"("url":"/v1/chat/completions","body":{"model":"m"}})");
}

TEST_CASE("its length is known before it is written") {
  for (const auto* endpoint : {"/v1/chat/completions", "/v1/a\"quoted\"/one", ""}) {
    const RequestLine request_line(endpoint);
    for (const std::uint64_t sequence : std::initializer_list<std::uint64_t>{1, 9, 10, 99, 100, 4'294'967'295}) {
      std::string line;
      request_line.append(line, run_id, sequence, R"({"a":1})");
      CHECK(request_line.size_bytes(sequence, 7) == line.size());
    }
  }
}

TEST_CASE("its custom_id names run, sequence and the first attempt") {
  std::string line;
  RequestLine("/v1/x").append(line, run_id, 1'000'000, "{}");
  json::Document document;
  REQUIRE(document.parse(line));
  const auto id = model::custom_id_from_text(document.root().find("custom_id").as_string().value());
  CHECK(id == model::CustomId{std::string(run_id), 1'000'000, 1});
}

}  // namespace batchd::prepare
