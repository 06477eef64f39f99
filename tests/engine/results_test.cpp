// Result files are fetched once more before their answers are given up.

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;

namespace {

Desk fetching(std::uint64_t completed, std::uint64_t failed) {
  Desk desk(Facts::prepared(1));
  desk.tell(Resumed{});
  desk.tell(Uploaded{1, "file-1", std::nullopt});
  desk.tell(Created{1, batch("batch-1")});
  auto done = batch("batch-1", BatchState::completed);
  done.counts = {10, completed, failed};
  desk.tell(Polled{1, done});
  return desk;
}

}  // namespace

TEST_CASE("bug: a download without its second half lost paid answers as missing") {
  auto desk = fetching(9, 1);
  const auto again = desk.tell(Fetched{1, "output", "errors", 5});
  REQUIRE(find_action<Fetch>(again));
  CHECK(find_action<Fetch>(again)->at > desk.now);
  CHECK_FALSE(find_action<Collect>(again));
  CHECK(desk.facts.happened("results_short"));
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "output", "errors", 10})));
}

TEST_CASE("files that stay short are believed the second time") {
  auto desk = fetching(10, 0);
  desk.tell(Fetched{1, "output", "", 5});
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "output", "", 5})));
}

TEST_CASE("where a provider counts that nothing was answered, nothing is short") {
  auto desk = fetching(0, 0);
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "output", "", 5})));
}

TEST_CASE("bug: where a provider counts nothing, half a download lost paid answers as missing") {
  auto desk = fetching(0, 0);
  desk.state.submissions.at({1, 1}).counts = {};
  CHECK(find_action<Fetch>(desk.tell(Fetched{1, "output", "", 5})));
  CHECK(find_action<Collect>(desk.tell(Fetched{1, "output", "", 5})));
  auto whole = fetching(0, 0);
  whole.state.submissions.at({1, 1}).counts = {};
  CHECK(find_action<Collect>(whole.tell(Fetched{1, "output", "", 10})));
}

TEST_CASE("remote files are deleted after the outcomes are committed, and the run waits for that") {
  auto desk = fetching(10, 0);
  desk.policy.delete_remote_files = true;
  desk.facts.submissions.at({1, 1}).output_file_id = desk.state.submissions.at({1, 1}).output_file_id = "file-out";
  CHECK_FALSE(find_action<RemoveFiles>(desk.tell(Fetched{1, "output", "", 10})));
  const auto actions = desk.tell(Collected{1, "outcomes", {}});
  const auto* remove = find_action<RemoveFiles>(actions);
  REQUIRE(remove);
  CHECK(remove->file_ids == std::vector<std::string>{"file-1", "file-out"});
  CHECK_FALSE(find_action<Count>(actions));
  CHECK(find_action<Count>(desk.tell(FilesRemoved{1})));
  CHECK(desk.shard(1).remote_files_removed);
}

TEST_CASE("a process that died before it deleted the remote files deletes them in its next life") {
  auto facts = Facts::prepared(2);
  facts.shards.at(1).stage = model::ShardStage::collected;
  facts.shards.at(1).input_file_id = "file-1";
  Desk desk(facts);
  desk.policy.delete_remote_files = true;
  const auto first = desk.tell(Resumed{});
  REQUIRE(find_action<RemoveFiles>(first));
  desk.tell(FilesRemoved{1});
  desk.crash();
  CHECK_FALSE(find_action<RemoveFiles>(desk.tell(Resumed{})));
}

TEST_CASE("remote files that cannot be deleted stay, are named, and do not keep the results") {
  auto desk = fetching(10, 0);
  desk.policy.delete_remote_files = true;
  desk.tell(Fetched{1, "output", "", 10});
  auto actions = desk.tell(Collected{1, "outcomes", {}});
  for (int tries = 0; tries < 10 && find_action<RemoveFiles>(actions); ++tries)
    actions = desk.tell(RemoveFailed{1, Error(ErrorKind::rejected, "in use")});
  CHECK(desk.facts.happened("files_kept"));
  CHECK(find_action<Count>(actions));
  CHECK_FALSE(desk.shard(1).remote_files_removed);
}
