#include "doors/daemon/gauges.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace batchd::daemon {
namespace {

// Newest runs of a job among which its last success is looked for: the first time, and later, when only what was begun
// lately can have changed it.
constexpr std::uint32_t runs_looked_at_first = 1'000;
constexpr std::uint32_t runs_looked_at = 20;

constexpr std::array waited_for{model::WaitingFor::provider,       model::WaitingFor::rate_limit,
                                model::WaitingFor::queue_capacity, model::WaitingFor::unknown_submission,
                                model::WaitingFor::input,          model::WaitingFor::disk,
                                model::WaitingFor::paused,         model::WaitingFor::owner};

std::optional<std::uint64_t> bytes_of(const Path& file) {
  std::error_code fault;
  const auto bytes = std::filesystem::file_size(file, fault);
  return fault ? std::nullopt : std::optional<std::uint64_t>(bytes);
}

bool is_whole_success(const model::Run& run) {
  return run.state == model::RunState::succeeded && run.finished_at && !run.sample && !run.simulated;
}

}  // namespace

GaugeReader::GaugeReader(runner::Surroundings& around, const JobFolder& folder, const RunPool& pool,
                         const Scheduler& scheduler)
    : around_(around), folder_(folder), pool_(pool), scheduler_(scheduler) {}

async::Task<Result<Gauges>> GaugeReader::read() {
  Gauges gauges;
  for (const auto* watched : folder_.jobs())
    gauges.jobs.push_back({watched->job->name, {}, {}, scheduler_.next_due(*watched->job), Duration(0)});
  const auto runs = pool_.runs();
  gauges.runs_active = runs.size();
  gauges.runs_given_up = static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [&](const auto& run) { return pool_.trouble_of(run).has_value(); }));
  const auto now = around_.loop.clock().now();
  auto look = [&] { return read_store(std::move(gauges), runs, now); };
  co_return co_await around_.sql.run(look);
}

Result<Gauges> GaugeReader::read_store(Gauges gauges, const std::vector<std::string>& runs, Time now) {
  for (auto& job : gauges.jobs)
    if (auto read = read_job(job); !read) return read.error();
  const auto queued = around_.store.queued_runs();
  if (!queued) return queued.error();
  for (const auto& due : *queued)
    for (auto& job : gauges.jobs)
      if (job.name == due.job) job.delay = std::max(job.delay, now - due.at);
  for (const auto what : waited_for)
    gauges.waiting[name_of(what)] = Duration(0);
  for (const auto& id : runs) {
    const auto run = around_.store.run(id);
    if (!run && run.error().kind == ErrorKind::not_found) continue;  // its rows are being read
    if (!run) return run.error();
    if (!model::is_trouble(run->waiting.what)) continue;
    auto& longest = gauges.waiting[name_of(run->waiting.what)];
    longest = std::max(longest, now - run->waiting.since);
  }
  const auto untold = around_.store.untold();
  if (!untold) return untold.error();
  gauges.messages_failing = untold->failing;
  gauges.messages_given_up = untold->given_up;
  const auto database = around_.state_folder / "batchd.db";
  if (const auto bytes = bytes_of(database))
    gauges.database_bytes = *bytes + bytes_of(database.string() + "-wal").value_or(0);
  if (const auto free = free_disk_bytes(around_.state_folder)) gauges.disk_free_bytes = *free;
  return gauges;
}

Status GaugeReader::read_job(Gauges::Job& job) {
  const auto known = last_success_.find(job.name);
  const auto runs = around_.store.runs(job.name, known == last_success_.end() ? runs_looked_at_first : runs_looked_at);
  if (!runs) return runs.error();
  for (const auto& run : *runs)
    if (is_whole_success(run)) job.last_success = std::max(job.last_success.value_or(Time{}), *run.finished_at);
  if (known != last_success_.end()) job.last_success = std::max(job.last_success.value_or(Time{}), known->second);
  if (job.last_success) last_success_[job.name] = *job.last_success;
  const auto due = around_.store.due_runs(job.name, 1);
  if (!due) return due.error();
  if (!due->empty() && due->front().fate != model::DueFate::watched) job.last_due = due->front().at;
  return {};
}

}  // namespace batchd::daemon
