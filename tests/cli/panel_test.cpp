#include "doors/cli/panel.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "doors/cli/layout.hpp"

namespace batchd::cli {
namespace {

using model::BatchState;
using model::ShardStage;
using Lines = std::vector<std::string>;

constexpr unsigned columns = 80;

Time at(std::int64_t ms) { return from_unix_ms(1'795'412'000'000 + ms); }

model::Run catalogue_run() {
  model::Run run;
  run.id = "01jd0000000000000000000001";
  run.job = "debian-catalog";
  run.provider = "dashscope-intl";
  run.state = model::RunState::running;
  run.simulated = true;
  run.rows = 63'700;
  run.rejected = 34;
  run.items = 63'666;
  return run;
}

model::Shard shard(std::uint32_t n, std::uint64_t requests, ShardStage stage) {
  model::Shard shard;
  shard.n = n;
  shard.requests = requests;
  shard.bytes = requests * 2'000;
  shard.stage = stage;
  return shard;
}

// A run of two shards, as the catalogue of the example has.
engine::State two_shards(ShardStage first, ShardStage second) {
  engine::State state;
  state.run = catalogue_run();
  state.shards[1] = shard(1, 50'000, first);
  state.shards[2] = shard(2, 13'666, second);
  return state;
}

void add_batch(engine::State& state, std::uint32_t n, BatchState batch_state, model::RequestCounts counts) {
  model::Submission submission;
  submission.shard = n;
  submission.n = 1;
  submission.batch_id = "batch_" + std::to_string(n);
  submission.state = batch_state;
  submission.counts = counts;
  state.shards.at(n).submission = 1;
  state.submissions[{n, 1}] = submission;
}

Panel plain_panel() { return Panel(Style(false)); }

unsigned widest(const Lines& lines) {
  unsigned widest = 0;
  for (const auto& line : lines)
    widest = std::max(widest, width_of(line));
  return widest;
}

TEST_CASE("before anything is read the panel says that nothing is") {
  CHECK(plain_panel().lines(at(0), columns) == Lines{"  rows     ░░░░░░░░░░░░░░░░░░░░ 0 rows read, 0 rejected"});
}

TEST_CASE("while rows are read their bar follows the bytes") {
  auto panel = plain_panel();
  prepare::Tally tally;
  tally.rows = 31'000;
  tally.rejected = 1;
  tally.bytes_read = 50;
  panel.preparing(tally, 100);
  CHECK(panel.lines(at(0), columns) == Lines{"  rows     ██████████░░░░░░░░░░ 31,000 rows read, 1 rejected"});
}

TEST_CASE("a prepared run has its name, its shards and nothing sent") {
  auto panel = plain_panel();
  panel.prepared(catalogue_run(), {shard(1, 50'000, ShardStage::planned), shard(2, 13'666, ShardStage::planned)});
  CHECK(panel.lines(at(0), columns) ==
        Lines{"debian-catalog run 01jd0000000000000000000001 at dashscope-intl (simulated)",
              "  rows     ████████████████████ 63,700 rows read, 34 rejected",
              "  upload   ░░░░░░░░░░░░░░░░░░░░ 0 of 2 shards, 0 B of 127.3 MB",  //
              "  batches  none yet",                                             //
              "  results  ░░░░░░░░░░░░░░░░░░░░ 0 of 63,666 items collected"});
}

TEST_CASE("an upload under way counts what was sent, and how fast") {
  auto panel = plain_panel();
  panel.changed(two_shards(ShardStage::uploading, ShardStage::planned), at(0));
  panel.uploading(1, 0, at(0));
  panel.uploading(1, 25'000'000, at(1'000));
  CHECK(panel.lines(at(1'000), columns).at(2) ==
        "  upload   ███░░░░░░░░░░░░░░░░░ 0 of 2 shards, 25.0 MB of 127.3 MB, 25.0 MB/s");
}

TEST_CASE("an upload that begins again is not counted twice") {
  auto panel = plain_panel();
  panel.changed(two_shards(ShardStage::uploading, ShardStage::planned), at(0));
  panel.uploading(1, 0, at(0));
  panel.uploading(1, 50'000'000, at(500));
  panel.uploading(1, 0, at(600));
  panel.uploading(1, 10'000'000, at(1'000));
  CHECK(panel.lines(at(1'000), columns).at(2) ==
        "  upload   █░░░░░░░░░░░░░░░░░░░ 0 of 2 shards, 10.0 MB of 127.3 MB, 60.0 MB/s");
}

TEST_CASE("what is uploaded stays so, without a rate once all is") {
  auto panel = plain_panel();
  panel.changed(two_shards(ShardStage::uploading, ShardStage::uploading), at(0));
  panel.uploading(1, 0, at(0));
  panel.uploading(1, 100'000'000, at(1'000));
  panel.changed(two_shards(ShardStage::in_flight, ShardStage::creating), at(2'000));
  CHECK(panel.lines(at(2'000), columns).at(2) == "  upload   ████████████████████ 2 of 2 shards, 127.3 MB of 127.3 MB");
}

TEST_CASE("batches are told by state, with their requests") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::in_flight, ShardStage::in_flight);
  add_batch(state, 1, BatchState::running, {50'000, 1'090, 10});
  add_batch(state, 2, BatchState::validating, {0, 0, 0});
  panel.changed(state, at(0));
  const auto lines = panel.lines(at(0), columns);
  CHECK(lines.at(3) == "  batches  ░░░░░░░░░░░░░░░░░░░░ 2 open, 0 ended; 1,100 of 63,666 done, 10 failed");
  CHECK(panel.lines(at(0), 100).at(3) ==
        "  batches  ░░░░░░░░░░░░░░░░░░░░ 1 validating, 1 running; 1,100 of 63,666 done, 10 failed");
}

TEST_CASE("with no failure both states fit a narrow terminal") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::in_flight, ShardStage::in_flight);
  add_batch(state, 1, BatchState::running, {50'000, 1'100, 0});
  add_batch(state, 2, BatchState::validating, {0, 0, 0});
  panel.changed(state, at(0));
  CHECK(panel.lines(at(0), columns).at(3) ==
        "  batches  ░░░░░░░░░░░░░░░░░░░░ 1 validating, 1 running; 1,100 of 63,666 done");
}

TEST_CASE("a create whose answer is not known is no batch yet") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::unknown, ShardStage::planned);
  add_batch(state, 1, BatchState::validating, {});
  state.submissions.at({1, 1}).batch_id.clear();
  panel.changed(state, at(0));
  CHECK(panel.lines(at(0), columns).at(3) == "  batches  none yet");
}

TEST_CASE("of a shard's submissions only the newest counts") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::in_flight, ShardStage::planned);
  add_batch(state, 1, BatchState::running, {50'000, 500, 0});
  state.submissions[{1, 2}] = state.submissions.at({1, 1});
  state.submissions.at({1, 2}).n = 2;
  state.submissions.at({1, 2}).counts = {50'000, 700, 0};
  state.shards.at(1).submission = 2;
  panel.changed(state, at(0));
  CHECK(panel.lines(at(0), columns).at(3) == "  batches  ░░░░░░░░░░░░░░░░░░░░ 1 running; 700 of 63,666 done");
}

TEST_CASE("collected shards fill the results") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::collected, ShardStage::fetched);
  add_batch(state, 1, BatchState::completed, {50'000, 50'000, 0});
  add_batch(state, 2, BatchState::completed, {13'666, 13'666, 0});
  panel.changed(state, at(0));
  const auto lines = panel.lines(at(0), columns);
  CHECK(lines.at(3) == "  batches  ████████████████████ 2 completed; 63,666 of 63,666 done");
  CHECK(lines.at(4) == "  results  ███████████████░░░░░ 50,000 of 63,666 items collected");
}

TEST_CASE("what a run waits for is said, with the next look while it lies ahead") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::in_flight, ShardStage::in_flight);
  state.run.waiting = {model::WaitingFor::batches, at(0), at(12'000), "2 batches are being worked on"};
  panel.changed(state, at(0));
  CHECK(panel.lines(at(0), columns).at(5) == "  waiting  2 batches are being worked on, next look in 12 s");
  CHECK(panel.lines(at(13'000), columns).at(5) == "  waiting  2 batches are being worked on");
}

TEST_CASE("trouble is named as status names it: what, since when, when next, and why, below where there is no room") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::unknown, ShardStage::in_flight);
  state.run.waiting = {model::WaitingFor::rate_limit, at(0), at(12'000), "dashscope-intl asks us to slow down"};
  panel.changed(state, at(0));
  const auto since = clock_time(at(0), at(0));
  CHECK(panel.lines(at(0), 100).at(5) ==
        "  waiting  for rate_limit since " + since + ", next try in 12 s; dashscope-intl asks us to slow down");
  const auto narrow = panel.lines(at(0), 60);
  CHECK(narrow.at(5) == "  waiting  for rate_limit since " + since + ", next try in 12 s");
  CHECK(narrow.at(6) == "           dashscope-intl asks us to slow down");
}

TEST_CASE("of a pause the panel says what ends it, and no next try, though other steps have one") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::planned, ShardStage::in_flight);
  state.run.waiting = {model::WaitingFor::paused, at(0), std::nullopt,
                       "`batchd pause tickets` holds back 1 shard; what is at the provider is collected, and `batchd "
                       "unpause tickets` goes on"};
  state.sessions[2].busy = true;
  state.sessions[2].next_at = at(26'000);
  panel.changed(state, at(0));
  std::string all;
  for (const auto& line : panel.lines(at(0), columns)) {
    CHECK(width_of(line) <= columns);
    all += line + "\n";
  }
  CHECK(all.find("next try") == std::string::npos);
  CHECK(all.find("unpause tickets") != std::string::npos);
}

TEST_CASE("the next try is that of the steps that wait, when what was written of it is over") {
  auto panel = plain_panel();
  auto state = two_shards(ShardStage::creating, ShardStage::in_flight);
  state.run.waiting = {model::WaitingFor::rate_limit, at(0), at(5'000), "acme asks us to slow down"};
  state.sessions[1].busy = true;
  state.sessions[1].next_at = at(26'000);
  panel.changed(state, at(6'000));
  CHECK(panel.lines(at(6'000), columns).at(5).ends_with("next try in 20 s"));
}

TEST_CASE("a long job name gives way to the run's id") {
  auto panel = plain_panel();
  auto run = catalogue_run();
  run.job = std::string(100, 'j');
  panel.prepared(run, {});
  const auto title = panel.lines(at(0), columns).front();
  CHECK(width_of(title) == columns);
  CHECK(title.ends_with("j… run 01jd0000000000000000000001"));
}

// 200 shards of 50,000 in every stage and state, everything slow, long and failing.
Panel crowded_panel(Style style) {
  Panel panel(style);
  engine::State state;
  state.run = catalogue_run();
  state.run.job = std::string(100, 'j');
  state.run.rows = state.run.items = 10'000'000;
  state.run.rejected = 1'234'567;
  state.run.waiting = {model::WaitingFor::provider, at(0), at(100'000'000), std::string(200, 'w')};
  for (std::uint32_t n = 1; n <= 200; ++n) {
    state.shards[n] = shard(n, 50'000, n < 150 ? ShardStage::in_flight : ShardStage::uploading);
    if (n < 150) add_batch(state, n, static_cast<BatchState>(n % 9), {50'000, 1'234, 43'210});
  }
  panel.changed(state, at(0));
  panel.uploading(150, 0, at(0));
  panel.uploading(150, 99'900'000, at(999));
  return panel;
}

TEST_CASE("no line is wider than the terminal") {
  for (const unsigned room : {120U, 80U, 60U, 40U, 11U, 1U}) {
    CAPTURE(room);
    CHECK(widest(crowded_panel(Style(false)).lines(at(999), room)) <= room);
    CHECK(widest(crowded_panel(Style(true)).lines(at(999), room)) <= room);
  }
}

TEST_CASE("in eighty columns the figures of a crowded run are still whole") {
  const auto lines = crowded_panel(Style(false)).lines(at(999), columns);
  CHECK(lines.at(1) == "  rows     ████████████████████ 10,000,000 rows read, 1,234,567 rejected");
  CHECK(lines.at(2) == "  upload   ██████████████░░░░░░ 149 of 200 shards, 15.0 GB of 20.0 GB");
  CHECK(lines.at(3) == "  batches  █████████████░░░░░░░ 6,622,156 of 10,000,000 done, 6,438,290 failed");
}

TEST_CASE("a panel without colours holds no escape") {
  for (const auto& line : crowded_panel(Style(false)).lines(at(999), 40))
    CHECK(line.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace batchd::cli
