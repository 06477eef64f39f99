#include "ground/base/compression.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;

struct Requests : Fixture {
  Requests() {
    job.input.format = model::InputFormat::requests;
    job.input.id = "/custom_id";
    job.request = R"({"$row":"/body"})";
  }
};

std::string line(std::string_view id, std::string_view body) {
  return R"({"custom_id":")" + std::string(id) + R"(","method":"POST","url":"/v1/chat/completions","body":)" +
         std::string(body) + "}\n";
}

// The only complaint about a line, without "1: invalid_row ".
std::string complaint_about(std::string_view text) {
  Requests fixture;
  fixture.write_input(text);
  const auto all = render(fixture);
  REQUIRE(all.complaints.size() == 1);
  CHECK(all.complaints[0].fault == RowFault::invalid_row);
  return all.complaints[0].id + ": " + all.complaints[0].message;
}

}  // namespace

TEST_CASE("a body of the caller's own is sent as it stands: spelling, order, numbers and all") {
  Requests fixture;
  const std::string body =
      R"({"model":"m", "temperature":0.70,"seed":123456789012345678901234,"x":1e400,"messages":[{"content":"\u00fc{{no}}"}]})";
  fixture.write_input(line("a/b \\\"c\\\" 😀", body) +
                      R"({"custom_id":"2","url":"/v1/chat/completions","body":{"model":"m"}})");
  const auto all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"a/b \"c\" 😀", "2"});
  CHECK(all.bodies == Texts{body, R"({"model":"m"})"});
}

TEST_CASE("bodies of several models are groups of their own") {
  Requests fixture;
  fixture.write_input(line("1", R"({"model":"m"})") + line("2", R"({"model":"n"})") + line("3", R"({"model":"m"})"));
  const auto all = render(fixture);
  CHECK(all.groups.size() == 2);
  CHECK(all.group_of == std::vector<std::uint32_t>{0, 1, 0});
}

TEST_CASE("a line that is no request, or another one than could be sent, says why") {
  CHECK(complaint_about(R"({"method":"POST","url":"/v1/chat/completions","body":{}})") ==
        R"(: the row has no "custom_id")");
  CHECK(complaint_about(R"({"custom_id":7,"url":"/v1/chat/completions","body":{}})") ==
        ": its custom_id is a number, but must be text");
  CHECK(complaint_about(R"({"custom_id":"","url":"/v1/chat/completions","body":{}})") == ": its custom_id is empty");
  CHECK(complaint_about(R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}})") ==
        R"(a: its method is "GET", but must be "POST")");
  CHECK(complaint_about(R"({"custom_id":"a","body":{"model":"m"}})") ==
        R"(a: the row has no "url" (it would be "/v1/chat/completions"))");
  CHECK(complaint_about(R"({"custom_id":"a","url":"/v1/embeddings","body":{"model":"m"}})") ==
        R"(a: its url is "/v1/embeddings", but the job's endpoint is "/v1/chat/completions"; a run has one endpoint)");
  CHECK(complaint_about(R"({"custom_id":"a","url":"/v1/chat/completions"})") == R"(a: the row has no "body")");
  CHECK(complaint_about(line("a", "[1]")) == "a: its body is of kind array, but must be an object");
  CHECK(complaint_about(line("a", "{}")) == "a: the request has no model");
  CHECK(complaint_about(line("a", R"({"model":"m","n":2})")) ==
        "a: n is 2, but one answer a row is asked for: n must be 1");
  CHECK(complaint_about(line("a", R"({"model":"m","stream":true})")) ==
        "a: stream is true, but a batch gives each answer whole: leave it out");
  CHECK(complaint_about(R"({"custom_id":"a","url":"/v1/chat/completions","body":{"model":"m"},"priority":1})") ==
        R"(a: "priority" is no part of a Batch API request (custom_id, method, url, body), and would be lost)");
  CHECK(complaint_about(R"({"custom_id":"a","url":")" + std::string(1'000, 'x') + R"(","body":{}})").size() < 250);
}

TEST_CASE("n of 1 and stream of false are what is sent anyway") {
  Requests fixture;
  fixture.write_input(line("a", R"({"model":"m","n":1,"stream":false})") + line("b", R"({"model":"m","stream":null})"));
  CHECK(render(fixture).verdict);
}

TEST_CASE("two lines with one custom_id are a duplicate as in any input") {
  Requests fixture;
  fixture.write_input(line("a", R"({"model":"m"})") + line("a", R"({"model":"n"})"));
  CHECK(texts_of(render(fixture).complaints) == Texts{"2: duplicate_id a: line 1 has the same id"});
}

TEST_CASE("the endpoint of a file of requests is the url of its first usable line") {
  Requests fixture;
  fixture.write_input("\nbroken\n{\"url\":7}\n" + line("a", "{}"));
  CHECK(*endpoint_of_requests(fixture.job.input) == "/v1/chat/completions");
  fixture.folder.write("requests.gz", gzip(R"({"url":"/v1/embeddings"})"));
  fixture.set_input("requests.gz");
  CHECK(*endpoint_of_requests(fixture.job.input) == "/v1/embeddings");
}

TEST_CASE("a file that names no endpoint says so") {
  Requests fixture;
  fixture.write_input("{}\n[]\n");
  const auto refused = endpoint_of_requests(fixture.job.input);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().message ==
        "none of the first 2 rows of rows.jsonl has a url, so it is not known what is asked for");
  CHECK(refused.error().hint.starts_with("each line is a Batch API request: {\"custom_id\""));
  fixture.write_input("\n");
  CHECK(endpoint_of_requests(fixture.job.input).error().message == "rows.jsonl has no rows");
  fixture.set_input("none.jsonl");
  CHECK(endpoint_of_requests(fixture.job.input).error().message == "the input none.jsonl does not exist");
}

}  // namespace batchd::prepare
