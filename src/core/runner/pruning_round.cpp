#include "core/runner/pruning_round.hpp"

#include <iterator>

#include "core/store/backup.hpp"

namespace batchd::runner {
namespace {

class Round {
 public:
  Round(Surroundings& around, model::Retention retention, async::StopToken stop)
      : around_(around),
        stop_(std::move(stop)),
        request_{around.store, around.state_folder, retention, {}, false, around.loop.clock().now()} {}

  async::Task<Result<PruneTally>> go() {
    auto count = [&] { return store::answers_remembered(around_.state_folder / "batchd.db"); };
    auto reusable = co_await around_.workers.run(count);
    if (!reusable) co_return reusable.error();
    request_.reusable = std::move(*reusable);
    if (auto finished = co_await finish(); !finished) co_return finished.error();
    // All are found before the first one goes: the pages hang on each other by runs that are there.
    if (auto found = co_await look(); !found) co_return found.error();
    for (const auto& one : found_) {
      if (stop_.stopped()) co_return tally_;
      if (auto pruned = co_await prune_one(one); !pruned) co_return pruned.error();
    }
    if (auto forgotten = co_await forget(); !forgotten) co_return forgotten.error();
    co_return tally_;
  }

 private:
  async::Task<Status> look() {
    std::string before;
    do {
      auto page_of = [&] { return find_prunable_page(request_, before); };
      auto page = co_await around_.sql.run(page_of);
      if (!page) co_return page.error();
      std::move(page->begin(), page->end(), std::back_inserter(found_));
    } while (!before.empty() && !stop_.stopped());
    co_return Status();
  }

  async::Task<Status> prune_one(const Prunable& what) {
    tally_.kept_runs += what.kept_for_reuse > 0;
    if (!what.goes()) co_return Status();
    auto take = [&] { return claim(request_, what, around_.process); };
    const auto claimed = co_await around_.sql.run(take);
    const bool is_elsewhere =
        !claimed && (claimed.error().kind == ErrorKind::conflict || claimed.error().kind == ErrorKind::not_found);
    if (is_elsewhere) co_return Status();
    if (!claimed) co_return claimed;
    auto remove = [&] { return delete_files(around_.state_folder, what); };
    const auto removed = co_await around_.workers.run(remove);
    if (removed || !what.record) {
      auto close = [&] { return settle(request_, what, around_.process); };
      const auto settled = co_await around_.sql.run(close);
      if (removed && !settled) co_return settled;
    }
    if (!removed) co_return removed;
    if (what.record)
      if (auto finished = co_await finish(); !finished) co_return finished;
    ++tally_.runs;
    tally_.records += what.record;
    tally_.bytes += what.bytes();
    co_return Status();
  }

  // As finish_pruned(), a portion at a time.
  async::Task<Status> finish() {
    auto list = [&] { return around_.store.unswept_runs(unswept_max); };
    const auto left = co_await around_.sql.run(list);
    if (!left) co_return left.error();
    for (const auto& run : *left) {
      auto remove = [&] { return delete_files_of(around_.state_folder, run); };
      if (auto removed = co_await around_.workers.run(remove); !removed) co_return removed;
      for (bool more = true; more && !stop_.stopped();) {
        auto sweep = [&] { return around_.store.sweep_pruned(run.id); };
        const auto swept = co_await around_.sql.run(sweep);
        if (!swept) co_return swept.error();
        more = *swept;
      }
    }
    co_return Status();
  }

  async::Task<Status> forget() {
    if (!request_.retention.ledger) co_return Status();
    const auto before = request_.now - *request_.retention.ledger;
    while (!stop_.stopped()) {
      auto some_of = [&] { return around_.store.forget_bygone(before); };
      const auto some = co_await around_.sql.run(some_of);
      if (!some) co_return some.error();
      if (some->total() == 0) break;
      tally_.bygone += *some;
    }
    co_return Status();
  }

  static constexpr std::uint32_t unswept_max = 100'000;  // in sum they are few: those of one cut-off prune

  Surroundings& around_;
  async::StopToken stop_;
  PruneRequest request_;
  std::vector<Prunable> found_;
  PruneTally tally_;
};

}  // namespace

async::Task<Result<PruneTally>> prune_all(Surroundings& around, model::Retention retention, async::StopToken stop) {
  Round round(around, retention, std::move(stop));
  co_return co_await round.go();
}

}  // namespace batchd::runner
