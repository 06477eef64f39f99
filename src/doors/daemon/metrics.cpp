#include "doors/daemon/metrics.hpp"

#include <array>
#include <map>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace batchd::daemon {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

const std::string other = "other";

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }
double unix_seconds(Time time) { return seconds(time.time_since_epoch()); }

// From a poll that is answered at once to an upload of 500 MB over a slow line.
const Histogram::BucketBoundaries call_bounds_s{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900};

class GaugeSheet {
 public:
  // `help` of a name counts once.
  void add(const char* name, const char* help, const Labels& labels, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels).Set(value);
  }
  std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

 private:
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

void add_job(GaugeSheet& sheet, const Gauges::Job& job) {
  const Labels labels{{"job", job.name}};
  if (job.last_success)
    sheet.add("batchd_run_last_success_timestamp_seconds", "When the job's newest whole run that succeeded was over.",
              labels, unix_seconds(*job.last_success));
  if (job.last_due)
    sheet.add("batchd_schedule_last_due_timestamp_seconds", "The newest time at which the job was due.", labels,
              unix_seconds(*job.last_due));
  if (job.next_due)
    sheet.add("batchd_schedule_next_timestamp_seconds", "When the job is due next.", labels,
              unix_seconds(*job.next_due));
  sheet.add("batchd_schedule_delay_seconds", "For how long the job's oldest due run has not been begun; 0: none waits.",
            labels, seconds(job.delay));
}

}  // namespace

struct Metrics::Families {
  explicit Families(const std::string& version) {
    prometheus::BuildGauge()
        .Name("batchd_build_info")
        .Help("The version that runs; always 1.")
        .Register(registry)
        .Add({{"version", version}})
        .Set(1);
  }
  prometheus::Registry registry;
  Family<Counter>& items = prometheus::BuildCounter()
                               .Name("batchd_items_total")
                               .Help("Items whose outcome was settled: succeeded, reused or failed, and why.")
                               .Register(registry);
  Family<Counter>& attempts = prometheus::BuildCounter()
                                  .Name("batchd_attempts_total")
                                  .Help("Attempts of items that were accounted for, answered or not.")
                                  .Register(registry);
  Family<Counter>& retries = prometheus::BuildCounter()
                                 .Name("batchd_retries_total")
                                 .Help("Those of the attempts that were not an item's first.")
                                 .Register(registry);
  Family<Counter>& tokens =
      prometheus::BuildCounter()
          .Name("batchd_tokens_total")
          .Help("Tokens as the provider counted them; reasoning is part of output, cached of input.")
          .Register(registry);
  Family<Counter>& runs = prometheus::BuildCounter()
                              .Name("batchd_runs_total")
                              .Help("Runs that came to their end, by the state they ended in.")
                              .Register(registry);
  Family<Histogram>& calls = prometheus::BuildHistogram()
                                 .Name("batchd_provider_call_seconds")
                                 .Help("Calls of a provider, their repeats included; status: ok or what went wrong.")
                                 .Register(registry);
};

Metrics::Metrics(runner::Surroundings& around, const std::string& version)
    : around_(around), families_(std::make_unique<Families>(version)), tasks_(around.loop) {}

Metrics::~Metrics() = default;

async::Task<void> Metrics::drained() { co_await tasks_.join(); }

const std::string& Metrics::job_label(const std::string& job) {
  if (const auto found = jobs_.find(job); found != jobs_.end()) return *found;
  return jobs_.size() < jobs_max ? *jobs_.insert(job).first : other;
}

const Metrics::Pair& Metrics::pair_of(const std::string& job, const std::string& model) {
  static const Pair others{other, other};
  if (const auto found = pairs_.find({job, model}); found != pairs_.end()) return *found;
  return pairs_.size() < pairs_max ? *pairs_.emplace(job, model).first : others;
}

void Metrics::count_items(const std::string& job, const std::string& model, std::string_view outcome,
                          std::string_view reason, std::uint64_t items) {
  const auto& pair = pair_of(job, model);
  families_->items
      .Add({{"job", pair.first},
            {"model", pair.second},
            {"outcome", std::string(outcome)},
            {"reason", std::string(reason)}})
      .Increment(static_cast<double>(items));
}

void Metrics::count_attempts(const std::string& job, const std::string& model, const AttemptSums& sums) {
  const auto& pair = pair_of(job, model);
  const Labels labels{{"job", pair.first}, {"model", pair.second}};
  families_->attempts.Add(labels).Increment(static_cast<double>(sums.attempts));
  families_->retries.Add(labels).Increment(static_cast<double>(sums.retries));
  const std::array<std::pair<const char*, std::uint64_t>, 4> kinds{{{"input", sums.usage.input_tokens},
                                                                    {"output", sums.usage.output_tokens},
                                                                    {"reasoning", sums.usage.reasoning_tokens},
                                                                    {"cached", sums.usage.cached_tokens}}};
  for (const auto& [kind, tokens] : kinds) {
    auto with_kind = labels;
    with_kind.emplace("kind", kind);
    families_->tokens.Add(with_kind).Increment(static_cast<double>(tokens));
  }
}

void Metrics::expect(const std::string& job, const std::string& model) {
  count_items(job, model, "succeeded", "", 0);
  count_items(job, model, "reused", "", 0);
  for (int i = 1; i < model::reason_count; ++i)
    count_items(job, model, "failed", name_of(static_cast<model::Reason>(i)), 0);
  count_attempts(job, model, {});
}

void Metrics::on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) {
  for (const auto& shard : shards) {
    expect(run.job, shard.model);
    if (model::is_reused(shard)) count_items(run.job, shard.model, "reused", "", shard.requests);
  }
}

void Metrics::on_changed(const engine::State& state, const model::Changes& changes) {
  const auto& run = state.run;
  if (runs_seen_.insert(run.id).second)
    for (const auto& [n, shard] : state.shards)
      expect(run.job, shard.model);
  for (const auto& happening : changes.happenings) {
    const auto shard = state.shards.find(happening.shard);
    if (happening.kind == "collected" && shard != state.shards.end() && !model::is_reused(shard->second))
      tasks_.spawn(count_shard(run.id, run.job, shard->second.model, happening.shard));
  }
  if (!changes.run || !model::is_final(run.state)) return;
  runs_seen_.erase(run.id);
  families_->runs.Add({{"job", job_label(run.job)}, {"state", std::string(name_of(run.state))}}).Increment();
  std::map<std::uint32_t, std::string> models;
  for (const auto& [n, shard] : state.shards)
    models.emplace(n, shard.model);
  tasks_.spawn(count_failures(run, std::move(models)));
}

async::Task<void> Metrics::count_shard(std::string run, std::string job, std::string model, std::uint32_t shard) {
  auto add_up = [&]() -> Result<AttemptSums> {
    const auto attempts = around_.store.attempts_of_shard(run, shard);
    if (!attempts) return attempts.error();
    AttemptSums sums;
    for (const auto& attempt : *attempts) {
      ++sums.attempts;
      sums.retries += attempt.outcome.attempt > 1;
      sums.succeeded += attempt.outcome.status == model::ItemStatus::succeeded;
      sums.usage += attempt.outcome.usage;
    }
    return sums;
  };
  const auto sums = co_await around_.sql.run(add_up);
  if (!sums) {
    around_.log.warning("a shard is not counted",
                        {{"run", run}, {"shard", std::to_string(shard)}, {"why", sums.error().message}});
    co_return;
  }
  count_items(job, model, "succeeded", "", sums->succeeded);
  count_attempts(job, model, *sums);
}

async::Task<void> Metrics::count_failures(model::Run run, std::map<std::uint32_t, std::string> models) {
  auto read = [&] { return around_.store.failures(run.id); };
  const auto failures = co_await around_.sql.run(read);
  if (!failures) {
    around_.log.warning("the failures of a run are not counted", {{"run", run.id}, {"why", failures.error().message}});
    co_return;
  }
  // What a person had asked again lies in later shards; the others were counted when the run was first over.
  for (const auto& failure : *failures)
    if (failure.shard > run.retry.last_shard)
      count_items(run.job, models[failure.shard], "failed", name_of(failure.reason), failure.items);
}

void Metrics::note_call(const std::string& provider, const char* operation, const std::optional<Error>& error,
                        Duration took) {
  const std::string status = error ? std::string(name_of(error->kind)) : "ok";
  families_->calls.Add({{"provider", provider}, {"operation", operation}, {"status", status}}, call_bounds_s)
      .Observe(seconds(took));
}

std::string Metrics::text(const Gauges& gauges) {
  GaugeSheet sheet;
  std::size_t told = 0;
  for (const auto& job : gauges.jobs)
    if (++told <= jobs_max) add_job(sheet, job);
  for (const auto& [what, longest] : gauges.waiting)
    sheet.add("batchd_waiting_seconds", "The longest that a run here has been waiting for it; 0: none waits.",
              {{"for", std::string(what)}}, seconds(longest));
  sheet.add("batchd_runs_active", "Runs that go on in this process, also those that wait.", {},
            static_cast<double>(gauges.runs_active));
  sheet.add("batchd_runs_given_up", "Those of them that gave up and wait to be taken up again.", {},
            static_cast<double>(gauges.runs_given_up));
  constexpr const char* untold = "batchd_untold_messages";
  constexpr const char* untold_help = "Messages that did not arrive: failing, tried again; given_up, no more.";
  sheet.add(untold, untold_help, {{"state", "failing"}}, static_cast<double>(gauges.messages_failing));
  sheet.add(untold, untold_help, {{"state", "given_up"}}, static_cast<double>(gauges.messages_given_up));
  if (gauges.database_bytes)
    sheet.add("batchd_database_bytes", "The database, with its log of changes.", {},
              static_cast<double>(*gauges.database_bytes));
  if (gauges.disk_free_bytes)
    sheet.add("batchd_disk_free_bytes", "Free on the disk that the state directory lies on.", {},
              static_cast<double>(*gauges.disk_free_bytes));
  auto families = families_->registry.Collect();
  auto now = sheet.collect();
  std::move(now.begin(), now.end(), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace batchd::daemon
