// bench_collect STATE SCHEMA
// Collect as the runner does it, of the run that bench_prepare left in STATE and the result files that bench_generate
// put under STATE/answers: every shard read, accounted for and judged by one of two workers, its items read and its
// outcomes committed on the one SQL lane beside them, then the results written in input order.

#include <atomic>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/measured.hpp"
#include "core/store/store.hpp"
#include "line/collect/collect.hpp"
#include "line/report/report.hpp"

namespace {

using namespace batchd;

constexpr std::string_view program = "bench_collect";
constexpr std::ptrdiff_t workers = 2;
constexpr std::size_t shards_at_once = 3;  // one with each worker, one with the store; a night has up to eight ready

template <typename T>
auto must(T&& result) {
  return bench::must(program, std::forward<T>(result));
}

model::Submission completed(const model::Shard& shard) {
  model::Submission submission;
  submission.shard = shard.n;
  submission.n = 1;
  submission.state = model::BatchState::completed;
  submission.batch_id = fmt::format("batch_{:04}", shard.n);
  return submission;
}

class Collection {
 public:
  Collection(const model::JobSpec& job, const Path& state)
      : job_(job),
        state_(state),
        store_(must(store::Store::open(state / bench::database_name, store::Mode::read_write))),
        judge_(must(collect::Judge::compile(job.output, job.endpoint))),
        run_(must(store_->run(bench::run_id))),
        shards_(must(store_->shards(bench::run_id))) {}

  std::uint64_t collect_all() {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < shards_at_once; ++i)
      threads.emplace_back([this] {
        for (std::size_t next = next_++; next < shards_.size(); next = next_++)
          collect(shards_[next]);
      });
    for (std::thread& thread : threads)
      thread.join();
    return run_.items;
  }

  report::Written report() {
    std::vector<model::Submission> submissions;
    for (const model::Shard& shard : shards_)
      submissions.push_back(completed(shard));
    const auto used = must(store_->usage(run_.id));
    report::Sums sums;
    sums.usage = used.usage;
    sums.attempts = used.attempts;
    run_.anomalies = anomalies_;
    return must(report::write(
        report::Request{job_, run_, model::RunState::failed, shards_, submissions, must(store_->counts(run_.id)), sums,
                        state_, state_ / "spool" / run_.id / "rejected.jsonl", BATCHD_VERSION, SystemClock().now(),
                        [this](auto after, auto limit) { return rows(after, limit); }}));
  }

 private:
  template <typename Work>
  auto with_store(Work work) {
    const std::unique_lock lock(mutex_);
    return work(*store_);
  }

  void collect(model::Shard& shard) {
    const std::string prefix = fmt::format("answers/{}/{:04}", run_.id, shard.n);
    shard.output_file = prefix + ".output.jsonl";
    shard.error_file = prefix + ".error.jsonl";
    shard.outcome_file = prefix + ".outcomes.jsonl";
    shard.end = model::EndKind::batch;
    shard.stage = model::ShardStage::collected;
    const model::Submission submission = completed(shard);
    const auto items = must(with_store([&](store::Store& store) { return store.items_of_shard(run_.id, shard.n); }));
    workers_.acquire();
    const auto collected =
        must(collect::collect(collect::Request{judge_, job_, run_, shard, submission, items, std::nullopt, state_}));
    workers_.release();
    model::Changes changes;
    changes.shards.push_back(shard);
    must(with_store([&](store::Store& store) {
      anomalies_ += collected.anomalies;
      return store.commit_outcomes(run_.id, shard, collected.outcomes, changes);
    }));
  }

  Result<std::vector<report::RowRef>> rows(std::uint64_t after, std::uint32_t limit) {
    store::ItemFilter filter;
    filter.after_sequence = after;
    filter.limit = limit;
    auto items = store_->items(run_.id, filter);
    if (!items) return items.error();
    std::vector<report::RowRef> rows;
    rows.reserve(items->size());
    for (auto& item : *items) {
      const model::Shard& shard = shards_.at(item.item.shard - 1);
      report::RowRef row;
      row.sequence = item.item.sequence;
      row.status = item.status;
      row.row = {std::move(item.outcome_file), item.row_offset, item.row_length};
      if (item.status != model::ItemStatus::succeeded)
        row.input = {shard.rows_file, item.item.row_offset, item.item.row_length};
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const model::JobSpec& job_;
  Path state_;
  std::unique_ptr<store::Store> store_;
  collect::Judge judge_;
  model::Run run_;
  std::vector<model::Shard> shards_;
  model::Anomalies anomalies_;
  std::mutex mutex_;
  std::counting_semaphore<> workers_{workers};
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "bench_collect STATE SCHEMA\n");
    return 2;
  }
  const Path state = arguments[1];
  const auto job = bench::bench_job("", arguments[2], state / "out");
  const bench::Stopwatch watch;
  Collection collection(job, state);
  const auto rows = collection.collect_all();
  const double collected_seconds = watch.seconds();
  collection.report();
  bench::print_figures(rows, watch.seconds());
  bench::print_figure("report_seconds", watch.seconds() - collected_seconds);
}
