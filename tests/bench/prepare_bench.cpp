// bench_prepare TICKETS SCHEMA STATE
// Prepare as the runner does it: identify the input, render and cut side by side on two threads, items into the store
// in large transactions, sealed. Leaves the run behind for bench_collect.

#include <array>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/exchange.hpp"
#include "bench/measured.hpp"
#include "core/store/store.hpp"
#include "line/prepare/prepare.hpp"

namespace {

using namespace batchd;

constexpr std::string_view program = "bench_prepare";
constexpr std::size_t items_per_transaction = 20'000;  // the runner's

template <typename T>
auto must(T&& result) {
  return bench::must(program, std::forward<T>(result));
}

model::Run new_run(const model::JobSpec& job, std::vector<model::InputFile> inputs, const Path& output) {
  model::Run run;
  run.id = bench::run_id;
  run.job = job.name;
  run.key = prepare::default_key(job, inputs);
  run.provider = job.provider;
  run.ask_hash = prepare::ask_hash(job);
  run.inputs = std::move(inputs);
  run.output_folder = output.string();
  run.created_at = SystemClock().now();
  run.prompt_sha = prepare::prompt_sha(job);
  return run;
}

class Preparation {
 public:
  Preparation(const model::JobSpec& job, const Path& state)
      : job_(job),
        state_(state),
        store_(must(store::Store::open(state / bench::database_name, store::Mode::read_write))) {}

  std::uint64_t prepare() {
    model::ProviderSpec provider;
    provider.name = job_.provider;
    auto inputs = must(prepare::identify(job_.input));
    model::Run run = new_run(job_, inputs, state_ / "out");
    must(store_->create_run(run));
    const std::string spool = "spool/" + run.id;
    must(make_folders(state_ / spool));
    auto renderer = must(prepare::Renderer::open(job_, provider, inputs, {state_ / spool / "rejected.jsonl", 0}));
    auto cutter = must(prepare::Cutter::create({run.id, state_, spool, job_.endpoint, 50'000, 200'000'000}));
    walk(renderer, cutter, run.id);
    must(renderer.verdict());
    const auto shards = must(cutter.finish());
    run.rows = renderer.tally().rows;
    run.rejected = renderer.tally().rejected;
    run.items = renderer.tally().items;
    run.state = model::RunState::running;
    run.started_at = SystemClock().now();
    must(store_->seal_prepared(run, shards, renderer.take_ids(), *run.started_at));
    return run.rows;
  }

 private:
  void walk(prepare::Renderer& renderer, prepare::Cutter& cutter, const std::string& run) {
    bench::Exchange<prepare::Block> full, empty;
    std::array<prepare::Block, 2> blocks;
    for (auto& block : blocks)
      empty.give(&block);
    std::thread rendering([&] {
      for (bool at_end = false; !at_end;) {
        prepare::Block* block = empty.take();
        must(renderer.next(*block));
        at_end = block->at_end;
        full.give(block);
      }
    });
    std::vector<model::Item> items;
    for (bool at_end = false; !at_end;) {
      prepare::Block* block = full.take();
      must(cutter.add(*block, items));
      at_end = block->at_end;
      empty.give(block);
      if (at_end || items.size() >= items_per_transaction) {
        must(store_->add_items(run, items));
        items.clear();
      }
    }
    rendering.join();
  }

  const model::JobSpec& job_;
  Path state_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    fmt::print(stderr, "bench_prepare TICKETS SCHEMA STATE\n");
    return 2;
  }
  const Path state = arguments[3];
  must(make_folders(state));
  const auto job = bench::bench_job(arguments[1], arguments[2], state / "out");
  const bench::Stopwatch watch;
  const auto rows = Preparation(job, state).prepare();
  bench::print_figures(rows, watch.seconds());
}
