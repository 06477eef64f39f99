#include "line/provider/batch_search.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::provider;
using model::RemoteBatch;
using Next = BatchSearch::Next;

namespace {

const Time since = from_unix_seconds(1'000'000);

RemoteBatch batch(std::string id, int seconds_after, std::string file = "other") {
  RemoteBatch made;
  made.id = std::move(id);
  made.created_at = since + std::chrono::seconds(seconds_after);
  made.input_file_id = std::move(file);
  return made;
}

BatchPage page(std::vector<RemoteBatch> batches, bool has_more = true) {
  BatchPage made;
  made.last_id = batches.empty() ? "" : batches.back().id;
  made.batches = std::move(batches);
  made.has_more = has_more;
  return made;
}

BatchSearch search() {
  FindRequest request;
  request.input_file_id = "file-1";
  request.run = "run";
  request.shard = 2;
  request.since = since;
  return BatchSearch(request);
}

RemoteBatch with_metadata(RemoteBatch made, std::string run, std::string shard) {
  made.metadata = {{"batchd_run", std::move(run)}, {"batchd_shard", std::move(shard)}};
  return made;
}

}  // namespace

TEST_CASE("ours is known by its file, or by its run and shard together") {
  auto looked = search();
  looked.take(
      page({batch("a", 9, "file-1"), with_metadata(batch("b", 8), "run", "2"), with_metadata(batch("c", 7), "run", "3"),
            with_metadata(batch("d", 6), "other", "2"), batch("e", 5, "file-11")},
           false));
  const auto found = looked.answer();
  REQUIRE(found.ok());
  REQUIRE(found->found.size() == 2);
  CHECK(found->found[0].id == "b");
  CHECK(found->found[1].id == "a");
}

TEST_CASE("a listing that goes back in time is left when it is behind the intent") {
  auto looked = search();
  CHECK(looked.take(page({batch("a", 20), batch("b", -1)})) == Next::more);
  CHECK(looked.after() == "b");
  CHECK(looked.take(page({batch("c", -2), batch("d", -3)})) == Next::finished);
}

TEST_CASE("a listing in another order is read to its end: what was overlooked would be paid twice") {
  auto oldest_first = search();
  CHECK(oldest_first.take(page({batch("a", -900), batch("b", -800)})) == Next::more);
  CHECK(oldest_first.take(page({batch("c", -700), batch("d", -600)})) == Next::more);
  CHECK(oldest_first.take(page({batch("e", 5, "file-1")}, false)) == Next::finished);
  CHECK(oldest_first.answer()->found.size() == 1);

  auto without_times = search();
  auto timeless = batch("a", 0);
  timeless.created_at.reset();
  CHECK(without_times.take(page({timeless})) == Next::more);
  timeless.id = "b";
  CHECK(without_times.take(page({timeless})) == Next::more);
}

TEST_CASE("a batch that slid onto the next page is found once") {
  auto looked = search();
  looked.take(page({batch("b", 9), batch("a", 8, "file-1")}));
  looked.take(page({batch("a", 8, "file-1"), batch("0", 7)}, false));
  CHECK(looked.answer()->found.size() == 1);
}

TEST_CASE("a listing that does not go on is no answer") {
  auto looked = search();
  CHECK(looked.take(page({batch("a", 9, "file-1")})) == Next::more);
  CHECK(looked.take(page({batch("a", 9, "file-1")})) == Next::finished);
  REQUIRE_FALSE(looked.answer().ok());
  CHECK(looked.answer().error().kind == ErrorKind::rejected);
  auto empty = search();
  CHECK(empty.take(page({})) == Next::finished);
  CHECK_FALSE(empty.answer().ok());
}

TEST_CASE("a listing that shows neither files nor metadata cannot say that ours is not there") {
  auto looked = search();
  looked.take(page({batch("a", 9, ""), batch("b", -9, "")}, false));
  REQUIRE_FALSE(looked.answer().ok());
  CHECK(looked.answer().error().kind == ErrorKind::rejected);
  auto old_only = search();
  old_only.take(page({batch("b", -9, "")}, false));
  CHECK(old_only.answer().ok());
}
