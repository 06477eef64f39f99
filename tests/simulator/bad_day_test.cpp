// What befalls calls: refused for nothing, cut, lost, answered with something else.
#include "doors/simulator/bad_day.hpp"

#include <set>

#include <doctest/doctest.h>

#include "ground/base/compression.hpp"
#include "simulator/fault_runs.hpp"

using namespace batchd;
using namespace batchd::simulator;

namespace {

std::size_t files_in(Rehearsal& world) { return world.get("/v1/files").body().find("data").size(); }
std::size_t batches_in(Rehearsal& world) { return world.get("/v1/batches").body().find("data").size(); }

std::size_t count_in(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE(
    "a storm answers so many calls in a row 429, from the second on, and says how long to wait only when told to") {
  Rehearsal world(FaultList{{"storm_429", "3"}});
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i)
    statuses.push_back(world.get("/v1/batches").status);
  CHECK(statuses == std::vector<int>{200, 429, 429, 429, 200, 200});
  world.reopen_with({{"storm_429", "1"}});
  (void)world.get("/v1/batches");
  CHECK_FALSE(world.get("/v1/batches").headers.has("Retry-After"));
  world.reopen_with({{"storm_429", "1"}, {"retry_after_ms", "90s"}});
  (void)world.get("/v1/batches");
  const auto told = world.get("/v1/batches");
  CHECK(told.headers.find("Retry-After") == "90");
  CHECK(told.headers.find("retry-after-ms") == "90000");
  world.reopen_with({{"storm_429", "1"}, {"retry_after_ms", "90s"}, {"retry_after_date", "1"}});
  (void)world.get("/v1/batches");
  const auto dated = world.get("/v1/batches");
  CHECK(dated.headers.find("Retry-After") == "Mon, 21 Sep 2026 14:14:50 GMT");
  CHECK_FALSE(dated.headers.has("retry-after-ms"));
}

TEST_CASE("a key flips, or is revoked after so many calls") {
  Rehearsal world(FaultList{{"auth", "0.5"}});
  int refused = 0;
  for (int i = 0; i < 40; ++i)
    refused += world.get("/v1/batches").status == 401 ? 1 : 0;
  CHECK(refused > 5);
  CHECK(refused < 35);
  world.reopen_with({{"auth_after", "2"}});
  CHECK(world.get("/v1/batches").status == 200);
  CHECK(world.get("/v1/batches").status == 200);
  CHECK(world.get("/v1/batches").status == 401);
  CHECK(world.get("/v1/batches").status == 401);
}

TEST_CASE("an account may not, has not paid, has no room or has to wait, each in its dialect's words") {
  Rehearsal world(FaultList{{"forbidden", "1"}});
  CHECK(world.get("/v1/batches").status == 403);
  CHECK(world.get("/compatible-mode/v1/batches").at("/error/code") == "AccessDenied");
  world.reopen_with({{"unpaid", "1"}});
  CHECK(world.get("/v1/batches").at("/error/code") == "insufficient_quota");
  CHECK(world.get("/v1/batches").status == 429);
  CHECK(world.get("/compatible-mode/v1/batches").at("/error/code") == "Arrearage");
  CHECK(world.get("/compatible-mode/v1/batches").status == 400);
  world.reopen_with({{"storage_full", "1"}});
  CHECK(world.upload(openai, "x\n").at("/error/message") == "Upload file number exceed limit.");
  CHECK(files_in(world) == 0);
  world.reopen_with({{"capacity", "1"}});
  const auto file = world.upload(dashscope, some_requests(1)).at("/id");
  const auto refused = world.create(dashscope, file);
  CHECK(refused.status == 429);
  CHECK(refused.at("/error/code") == "insufficient_quota");
  CHECK(refused.at("/error/message").starts_with("Batch requests are being throttled"));
  CHECK(world.journal().find("batch_created") == std::string::npos);
}

TEST_CASE("an upload that loses its answer leaves a file, and the journal knows it") {
  Rehearsal world(FaultList{{"lose_upload_answer", "1"}});
  CHECK(world.upload(openai, some_requests(2)).lost);
  CHECK(files_in(world) == 1);
  CHECK(count_in(world.journal(), R"("type":"upload")") == 1);
}

TEST_CASE("an answer is cut off at a byte, and what was asked for is done") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(2)).at("/id");
  world.reopen_with({{"cut_answer", "1"}, {"cut_at_bytes", "7"}});
  const auto cut = world.create(openai, file);
  CHECK(cut.lost);
  CHECK(cut.text.find("after 7 of") != std::string::npos);
  CHECK(count_in(world.journal(), R"("type":"batch_created")") == 1);
  CHECK(world.post("/v1/chat/completions", request_body("?")).lost);
  CHECK(count_in(world.journal(), R"("type":"chat")") == 1);
  CHECK(world.get("/v1/files/" + file + "/content").status == 200);
}

TEST_CASE("uploads and downloads are cut at the byte that was asked for") {
  Rehearsal world(FaultList{{"reset_upload", "1"}, {"truncate_download", "1"}, {"cut_at_bytes", "100"}});
  CHECK(world.upload(openai, some_requests(2)).lost);
  const auto file = world.upload(openai, some_requests(2)).at("/id");
  const auto cut = world.get("/v1/files/" + file + "/content");
  CHECK(cut.lost);
  CHECK(cut.text.find("after 100 of") != std::string::npos);
}

TEST_CASE("a result file comes short of its second half, in whole lines, and is whole the next time") {
  Rehearsal world(FaultList{{"short_downloads", "1"}});
  const auto batch = world.run_batch(openai, some_requests(10));
  const auto half = world.output(openai, batch);
  CHECK(half.ends_with('\n'));
  CHECK(lines_of(half).size() > 0);
  CHECK(lines_of(half).size() < 10);
  const auto whole = world.output(openai, batch);
  CHECK(lines_of(whole).size() == 10);
  CHECK(whole.starts_with(half));
}

TEST_CASE("garbage comes with status 200, in every form, and what was asked for is done") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(1)).at("/id");
  world.reopen_with({{"garbage_200", "1"}});
  std::set<std::string> forms;
  for (int i = 0; i < 30; ++i) {
    const auto came = world.create(openai, file);
    CHECK(came.status == 200);
    CHECK(came.at("/id") == "(absent)");
    forms.insert(came.text.substr(0, 9));
  }
  CHECK(forms == std::set<std::string>{"", "{}", "<!DOCTYPE", R"({"id":"ba)"});
  CHECK(count_in(world.journal(), R"("type":"batch_created")") == 30);
  // An error keeps its status and its words.
  CHECK(world.get("/v1/batches/none").status == 404);
  CHECK(world.get("/v1/files/" + file + "/content").text == some_requests(1));
  world.reopen_with({{"garbage_download", "1"}});
  CHECK(world.get("/v1/files/" + file + "/content").text.starts_with("<!DOCTYPE html>"));
  CHECK(batches_in(world) == 20);  // a page of them
}

TEST_CASE("answers and downloads come compressed though nobody asked") {
  Rehearsal world;
  const auto file = world.upload(openai, some_requests(20)).at("/id");
  const auto plain = world.get("/v1/files/" + file);
  world.reopen_with({{"gzip", "1"}});
  CHECK(world.get("/v1/files/" + file).text == plain.text);  // the client has unpacked it
  CHECK(world.wire().headers.find("Content-Encoding") == "gzip");
  CHECK(*gunzip(world.wire().body, 1'000'000) == plain.text);
  CHECK(world.get("/v1/files/" + file + "/content").text == some_requests(20));
  CHECK(world.wire().headers.find("Content-Encoding") == "gzip");
  CHECK(*gunzip(world.wire().body, 1'000'000) == some_requests(20));
}

TEST_CASE("lists show how things stood a while ago; a batch asked for by name is up to date") {
  Rehearsal world(FaultList{{"list_stale_ms", "1h"}});
  const auto batch = world.run_batch(openai, some_requests(1));
  CHECK(batch.at("/status") == "completed");
  CHECK(world.get("/v1/batches").at("/data/0/status") == "validating");
  world.pass(std::chrono::hours(1));
  CHECK(world.get("/v1/batches").at("/data/0/status") == "completed");
}

TEST_CASE("faults combine: each is drawn for itself") {
  Rehearsal world(FaultList{{"rate_503", "1"}, {"odd_errors", "1"}, {"gzip", "1"}, {"slow_ms", "5ms"}});
  const Time before = world.clock().now();
  const auto came = world.get("/v1/batches");
  CHECK(came.status == 503);
  CHECK(world.wire().headers.find("Content-Encoding") == "gzip");
  CHECK(gunzip(world.wire().body, 1'000'000)->find(R"("type":"server_error")") == std::string::npos);
  CHECK(came.text == *gunzip(world.wire().body, 1'000'000));
  CHECK(world.clock().now() - before == std::chrono::milliseconds(5));
}
