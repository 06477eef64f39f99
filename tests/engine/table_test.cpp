// Every (stage, event) pair has an answer: an event belongs to one stage, and for every other it changes nothing.

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "engine/facts.hpp"

using namespace batchd;
using namespace batchd::engine;
using model::BatchState;
using model::Settlement;
using model::ShardStage;

namespace {

struct Row {
  std::string_view name;
  Event event;
  std::vector<ShardStage> belongs_to;
};

std::vector<Row> table() {
  const Error network(ErrorKind::network, "no answer");
  return {
      {"Uploaded", Uploaded{1, "file-2", {}}, {ShardStage::uploading}},
      {"UploadFailed", UploadFailed{1, network}, {ShardStage::uploading}},
      {"Created", Created{1, batch("batch-2")}, {ShardStage::creating}},
      {"CreateFailed", CreateFailed{1, network}, {ShardStage::creating}},
      {"Waited", Waited{1}, {ShardStage::uploaded}},
      {"Looked", Looked{1, {batch("batch-3")}}, {ShardStage::unknown}},
      {"LookFailed", LookFailed{1, network}, {ShardStage::unknown}},
      {"Polled", Polled{1, batch("batch-1", BatchState::completed)}, {ShardStage::in_flight}},
      {"PollFailed", PollFailed{1, network}, {ShardStage::in_flight}},
      {"Fetched", Fetched{1, "output", "errors"}, {ShardStage::ended}},
      {"FetchFailed", FetchFailed{1, network}, {ShardStage::ended}},
      {"Collected", Collected{1, "outcomes", {}}, {ShardStage::ended, ShardStage::fetched}},
      {"BatchCancelled", BatchCancelled{1, "batch-1"}, {ShardStage::in_flight}},
      {"Audited", Audited{{{1, batch("batch-6")}}}, {}},  // nobody has asked
      {"AuditFailed", AuditFailed{network}, {}},
      {"Surveyed", Surveyed{{{1, model::Reason::missing, 3}}}, {}},  // nobody has asked
      {"Gathered", Gathered{model::Shard{}, 0, true}, {}},
      {"Resolved: adopt", Resolved{1, 1, Settlement::adopt, batch("batch-4")}, {ShardStage::unknown}},
      {"Resolved: resubmit", Resolved{1, 1, Settlement::resubmit}, {ShardStage::unknown}},
      {"Resolved: fail", Resolved{1, 1, Settlement::fail}, {ShardStage::unknown}},
      {"Resolved: another submission", Resolved{1, 2, Settlement::fail}, {}},
      {"Resolved: adopted by hand",
       Resolved{1, 0, Settlement::adopt, batch("batch-5")},
       {ShardStage::uploading, ShardStage::uploaded, ShardStage::creating, ShardStage::unknown}},
  };
}

// A shard of a two-shard run that stands in this stage, with what it would have by then. The second shard keeps the
// run from being over.
State standing_in(ShardStage stage) {
  auto facts = Facts::prepared(2);
  auto& shard = facts.shards.at(1);
  shard.stage = stage;
  facts.shards.at(2).stage = ShardStage::in_flight;
  facts.shards.at(2).submission = 1;
  for (const std::uint32_t n : {1u, 2u}) {
    model::Submission submission;
    submission.shard = n;
    submission.n = 1;
    submission.intended_at = start_of_test;
    submission.batch_id = "batch-" + std::to_string(n);
    facts.submissions[{n, 1}] = submission;
  }
  shard.submission = 1;
  shard.input_file_id = "file-1";
  if (stage >= ShardStage::ended) shard.end = model::EndKind::batch;
  auto state = facts.load();
  state.sessions[1].busy = state.sessions[2].busy = true;
  state.waiting_written_at = start_of_test;
  if (stage == ShardStage::creating || stage == ShardStage::unknown) state.submissions.at({1, 1}).batch_id.clear();
  return state;
}

constexpr std::array stages = {ShardStage::planned,  ShardStage::uploading, ShardStage::uploaded,
                               ShardStage::creating, ShardStage::unknown,   ShardStage::in_flight,
                               ShardStage::ended,    ShardStage::fetched,   ShardStage::collected};

bool speaks_of_first_shard(const Action& action) {
  return std::visit(
      [](const auto& step) {
        if constexpr (requires { step.shard; }) return step.shard == 1;
        return false;
      },
      action);
}

}  // namespace

TEST_CASE("an event that belongs to another stage neither changes the shard nor moves it on") {
  for (const auto& row : table()) {
    for (const auto stage : stages) {
      if (stage == ShardStage::planned) continue;  // a planned shard is taken by the next free slot, whatever happens
      const bool belongs = std::find(row.belongs_to.begin(), row.belongs_to.end(), stage) != row.belongs_to.end();
      if (belongs) continue;
      CAPTURE(row.name);
      CAPTURE(name_of(stage));
      auto state = standing_in(stage);
      const auto decision = decide(state, row.event, Policy{}, start_of_test);
      CHECK(state.shards.at(1).stage == stage);
      CHECK(decision.changes.shards.empty());
      CHECK(decision.changes.submissions.empty());
      CHECK(std::none_of(decision.actions.begin(), decision.actions.end(), speaks_of_first_shard));
    }
  }
}

TEST_CASE("an event that belongs to the stage leads on: something is done, or the shard is over") {
  for (const auto& row : table()) {
    for (const auto stage : row.belongs_to) {
      CAPTURE(row.name);
      CAPTURE(name_of(stage));
      auto state = standing_in(stage);
      const auto decision = decide(state, row.event, Policy{}, start_of_test);
      const bool acts = std::any_of(decision.actions.begin(), decision.actions.end(), speaks_of_first_shard);
      const bool over = state.shards.at(1).stage == ShardStage::collected;
      CHECK((acts || over));
    }
  }
}

TEST_CASE("a resumed shard goes on from any stage") {
  for (const auto stage : stages) {
    CAPTURE(name_of(stage));
    auto state = standing_in(stage);
    state.sessions.clear();
    const auto decision = decide(state, Resumed{}, Policy{}, start_of_test);
    const bool acts = std::any_of(decision.actions.begin(), decision.actions.end(), speaks_of_first_shard);
    CHECK(acts == (stage != ShardStage::collected));
    const bool creates = std::any_of(decision.actions.begin(), decision.actions.end(), [](const Action& action) {
      const auto* create = std::get_if<Create>(&action);
      return create != nullptr && create->shard == 1;
    });
    // Only where it is certain that nothing was sent.
    CHECK(creates == (stage == ShardStage::uploaded));
  }
}
