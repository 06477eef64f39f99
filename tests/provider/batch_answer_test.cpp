#include "line/provider/batch_answer.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::provider;
using model::BatchState;

namespace {

model::RemoteBatch batch(std::string_view body) {
  const auto read = read_batch_answer(body);
  REQUIRE(read.ok());
  return *read;
}

}  // namespace

TEST_CASE("what a whole batch used is read where it is said, and not known elsewhere") {
  const auto said =
      batch(R"({"id":"b","status":"completed","usage":{"input_tokens":70,"output_tokens":9,)"
            R"("input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":4}}})");
  CHECK(said.usage.known);
  CHECK(said.usage.input_tokens == 70);
  CHECK(said.usage.output_tokens == 9);
  CHECK(said.usage.cached_tokens == 2);
  CHECK(said.usage.reasoning_tokens == 4);
  CHECK_FALSE(batch(R"({"id":"b","status":"completed","usage":null})").usage.known);
}

TEST_CASE("a batch as OpenAI and DashScope write it") {
  const auto read = batch(R"({"id":"batch_abc","object":"batch","endpoint":"/v1/chat/completions","model":"m",
    "errors":{"object":"list","data":[{"code":"mismatched_model","message":"All lines\nneed one model","param":"body.model","line":17},
                                      {"code":"empty_file","message":"x","param":null,"line":null}]},
    "input_file_id":"file-1","completion_window":"24h","status":"failed","output_file_id":null,"error_file_id":"file-2",
    "created_at":1790000000,"in_progress_at":null,"expires_at":1790086400,"finalizing_at":null,"failed_at":1790000009,
    "request_counts":{"total":9,"completed":7,"failed":2},"metadata":{"batchd_run":"r","ds_name":"n","n":5,"o":{"b":1,"a":2}},
    "usage":{"input_tokens":1}})");
  CHECK(read.id == "batch_abc");
  CHECK(read.state == BatchState::failed);
  CHECK(read.state_text == "failed");
  CHECK(read.input_file_id == "file-1");
  CHECK(read.output_file_id.empty());
  CHECK(read.error_file_id == "file-2");
  CHECK(read.counts == model::RequestCounts{9, 7, 2});
  CHECK(read.created_at == from_unix_seconds(1'790'000'000));
  CHECK(read.expires_at == from_unix_seconds(1'790'086'400));
  REQUIRE(read.errors.size() == 2);
  CHECK(read.errors[0].code == "mismatched_model");
  CHECK(read.errors[0].message == "All lines need one model");
  CHECK(read.errors[0].line == 17);
  CHECK_FALSE(read.errors[1].line);
  CHECK(read.metadata.at("batchd_run") == "r");
  CHECK(read.metadata.at("n") == "5");
  CHECK(read.metadata.at("o") == R"({"a":2,"b":1})");
}

TEST_CASE("Together: wrapped in job, upper-case states, ISO times, an error as a string") {
  const auto read =
      batch(R"({"job":{"id":"b-1","status":"EXPIRED","input_file_id":"f","created_at":"2026-11-23T12:00:00.123456Z",
    "job_deadline":"2026-11-24T12:00:00+08:00","progress":50,"error":"Deadline passed"}})");
  CHECK(read.id == "b-1");
  CHECK(read.state == BatchState::expired);
  CHECK(read.created_at == parse_utc("2026-11-23T12:00:00Z"));
  CHECK(read.expires_at == parse_utc("2026-11-24T04:00:00Z"));
  REQUIRE(read.errors.size() == 1);
  CHECK(read.errors[0].message == "Deadline passed");
}

TEST_CASE("SiliconFlow: in_queue and no counts; Novita: PROGRESS, flat counts as strings, errors as a string") {
  const auto silicon = batch(R"({"id":"b","status":"in_queue","request_counts":null,"metadata":null,"errors":null})");
  CHECK(silicon.state == BatchState::validating);
  CHECK(silicon.counts == model::RequestCounts{});
  CHECK(silicon.errors.empty());
  const auto novita = batch(
      R"({"id":"b","status":"PROGRESS","total":"10","completed":4,"failed":1,"errors":"","created_at":"1790000000"})");
  CHECK(novita.state == BatchState::running);
  CHECK(novita.counts == model::RequestCounts{10, 4, 1});
  CHECK(novita.errors.empty());
  CHECK(novita.created_at == from_unix_seconds(1'790'000'000));
}

TEST_CASE("a state nobody has heard of is kept in its own words") {
  const auto read = batch(R"({"id":"b","status":"Defrosting"})");
  CHECK(read.state == BatchState::unrecognised);
  CHECK(read.state_text == "Defrosting");
}

TEST_CASE("a batch without an id is not understood, one without a state is just accepted") {
  for (const std::string_view body :
       {"", "{}", "[]", "null", "{\"id\":\"\"}", "{\"id\":{}}", "{\"job\":{}}", "{\"id\":\"b\"", "<p>"}) {
    CAPTURE(body);
    const auto read = read_batch_answer(body);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == ErrorKind::protocol);
  }
  const auto accepted = batch(R"({"id":7})");
  CHECK(accepted.id == "7");
  CHECK(accepted.state == BatchState::validating);
  CHECK(accepted.state_text.empty());
}

TEST_CASE("a key that comes twice does not make an answer unreadable") {
  CHECK(batch(R"({"id":"a","id":"b"})").id == "b");
}

TEST_CASE("thousands of errors in a batch are read up to the limit") {
  std::string body = R"({"id":"b","status":"failed","errors":[)";
  for (std::size_t i = 0; i < batch_errors_max + 50; ++i)
    body += (i ? "," : "") + std::string(R"({"code":"c","message":"m"})");
  CHECK(batch(body + "]}").errors.size() == batch_errors_max);
}

TEST_CASE("an upload's answer bare, wrapped, processed and uploaded") {
  for (
      const std::string_view body :
      {R"({"id":"file-1","object":"file","status":"processed","status_details":null})",
       R"({"id":"file-1","object":"file","status":"uploaded"})", R"({"id":"file-1"})",
       R"({"code":20000,"message":"Ok","status":true,"data":{"id":"file-1","object":"file","createdAt":1741685396}})"}) {
    CAPTURE(body);
    const auto read = read_file_answer(body);
    REQUIRE(read.ok());
    CHECK(read->id == "file-1");
  }
  CHECK_FALSE(read_file_answer(R"({"code":20000,"data":null})").ok());
  CHECK_FALSE(read_file_answer("ok").ok());
}

TEST_CASE("a page of batches knows whether there is more") {
  auto page = read_batch_page(R"({"object":"list","data":[{"id":"b2","status":"completed"},{"id":"b1"}],
                                  "first_id":"b2","last_id":"b1","has_more":true})",
                              100);
  REQUIRE(page.ok());
  CHECK(page->batches.size() == 2);
  CHECK(page->has_more);
  CHECK(page->last_id == "b1");

  page = read_batch_page(R"({"data":[{"id":"b2"},{"id":"b1"}]})", 2);  // has_more is not said, the page is full
  REQUIRE(page.ok());
  CHECK(page->has_more);
  CHECK(page->last_id == "b1");
  page = read_batch_page(R"({"data":[{"id":"b2"}]})", 2);
  REQUIRE(page.ok());
  CHECK_FALSE(page->has_more);

  page = read_batch_page(R"([{"id":"b2"},{"id":"b1"}])", 2);  // a bare array is all there is
  REQUIRE(page.ok());
  CHECK(page->batches.size() == 2);
  CHECK_FALSE(page->has_more);
}

TEST_CASE("what is no list is never taken for an empty one") {
  for (const std::string_view body : {"", "{}", "null", R"({"data":null})", R"({"data":null,"has_more":true})",
                                      R"({"error":"x"})", R"({"data":[{"status":"completed"}]})", R"({"data":[1]})"}) {
    CAPTURE(body);
    CHECK_FALSE(read_batch_page(body, 100).ok());
  }
  const auto empty = read_batch_page(R"({"object":"list","data":null,"has_more":false})", 100);
  REQUIRE(empty.ok());
  CHECK(empty->batches.empty());
}
