#include "doors/daemon/metrics.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "daemon/house.hpp"
#include "doors/daemon/measured_provider.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace std::chrono_literals;

namespace {

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

model::Run run_of(const std::string& job) {
  model::Run run;
  run.id = "01jd0000000000000000000001";
  run.job = job;
  return run;
}

model::Shard reused_shard(const std::string& model, std::uint64_t items) {
  model::Shard shard;
  shard.lane = model::lane_reused;
  shard.model = model;
  shard.requests = items;
  return shard;
}

// Answers a poll after so long; the other calls are not made here.
class SlowProvider final : public provider::Provider {
 public:
  SlowProvider(TurnedClock& clock, Result<model::RemoteBatch> answer) : clock_(clock), answer_(std::move(answer)) {}
  async::Task<Result<model::RemoteBatch>> poll(std::string, async::StopToken) override {
    clock_.turn_by(2s);
    co_return answer_;
  }
  async::Task<Result<provider::UploadAnswer>> upload(provider::UploadRequest, async::StopToken) override {
    co_return unasked();
  }
  async::Task<Result<model::RemoteBatch>> create(provider::CreateRequest, async::StopToken) override {
    co_return unasked();
  }
  async::Task<Result<provider::FindAnswer>> find(provider::FindRequest, async::StopToken) override {
    co_return unasked();
  }
  async::Task<Result<provider::FetchAnswer>> fetch(std::string, Path, async::StopToken) override {
    co_return unasked();
  }
  async::Task<Result<model::RemoteBatch>> cancel(std::string, async::StopToken) override { co_return unasked(); }
  async::Task<Status> remove(std::string, async::StopToken) override { co_return unasked(); }
  async::Task<Result<provider::BatchList>> list_batches(Time, async::StopToken) override { co_return unasked(); }
  async::Task<Result<provider::FileList>> list_files(async::StopToken) override { co_return unasked(); }

 private:
  static Error unasked() { return Error(ErrorKind::internal, "nobody asks this"); }
  TurnedClock& clock_;
  Result<model::RemoteBatch> answer_;
};

std::string polled(Result<model::RemoteBatch> answer) {
  test::House house;
  TurnedClock clock(*parse_utc("2026-11-29T00:00:00Z"));
  Metrics metrics(house.around, "1.2.3");
  SlowProvider slow(clock, std::move(answer));
  MeasuredProvider measured(slow, "acme", clock, metrics);
  (void)house.loop.run(measured.poll("batch_1", {}));
  return metrics.text({});
}

}  // namespace

TEST_CASE(
    "what an earlier run has answered is counted when the run is prepared, and what may follow is there at nothing") {
  test::House house;
  Metrics metrics(house.around, "1.2.3");
  metrics.on_prepared(run_of("nightly"), {reused_shard("small", 12), reused_shard("large", 3)});
  const auto text = metrics.text({});
  CHECK(holds(text, R"(batchd_items_total{job="nightly",model="small",outcome="reused",reason=""} 12)"));
  CHECK(holds(text, R"(batchd_items_total{job="nightly",model="large",outcome="reused",reason=""} 3)"));
  CHECK(holds(text, R"(batchd_items_total{job="nightly",model="small",outcome="failed",reason="not_json"} 0)"));
  CHECK(holds(text, R"(batchd_tokens_total{job="nightly",kind="output",model="large"} 0)"));
  CHECK(holds(text, R"(batchd_build_info{version="1.2.3"} 1)"));
}

TEST_CASE("jobs and models without end do not make series without end") {
  test::House house;
  Metrics metrics(house.around, "1.2.3");
  for (std::size_t n = 0; n < Metrics::pairs_max + 5; ++n)
    metrics.on_prepared(run_of(fmt::format("job-{}", n)), {reused_shard("m", 1)});
  const auto text = metrics.text({});
  CHECK(holds(text, R"(job="other",model="other",outcome="reused",reason=""} 5)"));
  CHECK_FALSE(holds(text, fmt::format(R"(job="job-{}")", Metrics::pairs_max)));
}

TEST_CASE("a call is measured by how long it took and how it ended") {
  const auto answered = polled(model::RemoteBatch{});
  CHECK(holds(answered, R"(batchd_provider_call_seconds_count{operation="poll",provider="acme",status="ok"} 1)"));
  CHECK(holds(answered, R"(batchd_provider_call_seconds_sum{operation="poll",provider="acme",status="ok"} 2)"));
  const auto refused = polled(Error(ErrorKind::denied, "no such key"));
  CHECK(holds(refused, R"(batchd_provider_call_seconds_count{operation="poll",provider="acme",status="denied"} 1)"));
}

TEST_CASE("a call that we gave up ourselves says nothing of the provider") {
  CHECK_FALSE(holds(polled(Error(ErrorKind::cancelled, "told to stop")), "batchd_provider_call_seconds_count"));
}

TEST_CASE("how things stand is told as it is, and what is not known is not told") {
  test::House house;
  Metrics metrics(house.around, "1.2.3");
  Gauges gauges;
  gauges.jobs.push_back({"nightly", from_unix_seconds(1'000), {}, from_unix_seconds(2'000), 90s});
  gauges.waiting["disk"] = 5s;
  const auto text = metrics.text(gauges);
  CHECK(holds(text, R"(batchd_run_last_success_timestamp_seconds{job="nightly"} 1000)"));
  CHECK(holds(text, R"(batchd_schedule_next_timestamp_seconds{job="nightly"} 2000)"));
  CHECK(holds(text, R"(batchd_schedule_delay_seconds{job="nightly"} 90)"));
  CHECK(holds(text, R"(batchd_waiting_seconds{for="disk"} 5)"));
  CHECK_FALSE(holds(text, "batchd_schedule_last_due_timestamp_seconds"));
  CHECK_FALSE(holds(text, "batchd_database_bytes"));
}
