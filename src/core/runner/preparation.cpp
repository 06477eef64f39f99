#include "core/runner/preparation.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/runner/pruning.hpp"
#include "core/runner/recall.hpp"
#include "ground/base/ulid.hpp"
#include "line/collect/reused_rows.hpp"
#include "line/report/report.hpp"
#include "line/report/row_source.hpp"

namespace batchd::runner {
namespace {

constexpr std::size_t items_per_transaction = 20'000;
constexpr std::uint32_t unfinished_runs_looked_at = 1'000;
constexpr std::uint32_t pruned_runs_looked_at = 1'000;

Path spool_folder(const Surroundings& around, std::string_view run) { return around.state_folder / "spool" / run; }

Path answers_folder(const Surroundings& around, std::string_view run) { return around.state_folder / "answers" / run; }

std::string reused_outcomes_of(std::string_view run) { return fmt::format("answers/{}/reused.outcomes.jsonl", run); }

std::uint64_t total_bytes(const std::vector<model::InputFile>& inputs) {
  std::uint64_t bytes = 0;
  for (const auto& file : inputs)
    bytes += file.identity.size_bytes;
  return bytes;
}

// Results that cannot be written must be known before they are paid for.
Status can_write(const Path& folder) {
  if (auto made = make_folders(folder, 0755); !made) return made.error().within("output.path");
  // Without a name: a kill in between leaves nothing behind.
  if (auto probe = File::create_unnamed(folder); !probe) return probe.error().within("output.path");
  return {};
}

// What earlier runs have answered, read beside what is being written.
struct Recalling {
  std::unique_ptr<store::Store> reader;
  Recall recall;
};

// One run being prepared: its files, its rows on their way into the store.
class Preparation {
 public:
  Preparation(Surroundings& around, const Ask& ask, Observer& observer, async::StopToken stop, model::Run run,
              std::vector<model::InputFile> inputs, std::optional<Recalling> recalling, std::uint64_t asked_by_then)
      : around_(around),
        ask_(ask),
        observer_(observer),
        stop_(std::move(stop)),
        run_(std::move(run)),
        inputs_(std::move(inputs)),
        recalling_(std::move(recalling)),
        asked_by_then_(asked_by_then),
        answered_rows_(around.state_folder) {}

  async::Task<Result<Start>> prepare() {
    auto made = co_await make();
    if (made && std::holds_alternative<Fresh>(*made)) co_return made;
    // Nothing was sent: what is half there is worth nothing.
    auto dropped = co_await drop();
    if (!dropped)
      around_.log.warning("a half-prepared run stays behind", {{"run", run_.id}, {"why", dropped.error().message}});
    co_return made;
  }

  // Another run of the job has begun since it was looked up what is being asked: look again.
  bool is_outdated() const { return is_outdated_; }

 private:
  async::Task<Result<Start>> make() {
    const auto spool = spool_folder(around_, run_.id);
    if (auto made = make_folders(spool); !made) co_return made.error();
    if (auto writable = can_write(report::folder_of(run_)); !writable) co_return writable.error();
    if (auto opened = open(spool); !opened) co_return opened.error();
    if (auto walked = co_await walk(); !walked) co_return walked.error();
    if (auto verdict = renderer_->verdict(); !verdict) {
      Refused refused{verdict.error(), renderer_->complaints(), renderer_->tally(), ask_.job.input.path_as_written};
      co_return Start(std::move(refused));
    }
    if (const auto* recall = recalling_ ? &recalling_->recall : nullptr; recall && !run_.sample && recall->twins() > 0)
      co_return Start(BeingAsked{recall->twins_run(), recall->twins()});  // paying for them again is nothing to guess
    if (auto sealed = co_await seal(); !sealed) co_return sealed.error();
    co_return Start(Fresh{run_.id});
  }

  Status open(const Path& spool) {
    prepare::Renderer::Options reading;
    reading.rejected_file = spool / "rejected.jsonl";
    auto renderer = prepare::Renderer::open(ask_.job, ask_.provider, inputs_, reading);
    if (!renderer) return renderer.error();
    renderer_.emplace(std::move(*renderer));

    const auto& limits = ask_.provider.limits;
    prepare::Cutter::Options cutting;
    cutting.run = run_.id;
    cutting.state_folder = around_.state_folder;
    cutting.spool = "spool/" + run_.id;
    cutting.endpoint = ask_.job.endpoint;
    cutting.requests_max = std::min(ask_.job.batch.max_requests.value_or(limits.max_requests), limits.max_requests);
    cutting.bytes_max = std::min(ask_.job.batch.max_bytes.value_or(limits.max_bytes), limits.max_bytes);
    cutting.reused_outcomes = reused_outcomes_of(run_.id);
    auto cutter = prepare::Cutter::create(cutting);
    if (!cutter) return cutter.error();
    cutter_.emplace(std::move(*cutter));
    return recalling_ ? open_reused() : Status();
  }

  Status open_reused() {
    if (auto made = make_folders(answers_folder(around_, run_.id)); !made) return made;
    auto rows = collect::ReusedRows::create(ask_.job, run_, around_.state_folder / reused_outcomes_of(run_.id));
    if (!rows) return rows.error();
    reused_rows_.emplace(std::move(*rows));
    return {};
  }

  // A block is rendered, then its requests are looked up, then it is cut: each beside the other two of other blocks.
  // The rows of the cut ones reach the store in large transactions, beside all that.
  async::Task<Status> walk() {
    const auto bytes = total_bytes(run_.inputs);
    std::array<Passage, 3> passages;
    async::TaskGroup recording(around_.loop);
    bool at_end = false;
    for (std::size_t n = 0; status_.ok(); ++n) {
      if (stop_.stopped()) {
        status_ = Error(ErrorKind::cancelled, "told to stop while reading the input");
        break;
      }
      observer_.on_preparing(renderer_->tally(), bytes);
      auto& rendered = passages[n % 3];
      auto& looked_up = passages[(n + 2) % 3];
      auto& cut_now = passages[(n + 1) % 3];
      if (at_end && !looked_up.is_filled && !cut_now.is_filled) break;
      async::TaskGroup side_by_side(around_.loop);
      if (cut_now.is_filled) side_by_side.spawn(cut(cut_now));
      if (looked_up.is_filled) side_by_side.spawn(look_up(looked_up));
      if (!at_end) side_by_side.spawn(render(rendered));
      co_await side_by_side.join();
      at_end = at_end || rendered.block.at_end;
      if (cut_.size() >= items_per_transaction) {
        co_await recording.join();
        recording.spawn(record(std::exchange(cut_, {})));
      }
    }
    co_await recording.join();
    if (status_.ok()) co_await record(std::exchange(cut_, {}));
    observer_.on_preparing(renderer_->tally(), bytes);
    co_return status_;
  }

  // A block on its way.
  struct Passage {
    prepare::Block block;
    std::vector<std::optional<store::KnownAnswer>> known;  // of its rows; empty: nothing is reused
    bool is_filled = false;
  };

  async::Task<void> render(Passage& passage) {
    auto next = [&] { return renderer_->next(passage.block); };
    keep_first(co_await around_.workers.run(next));
    passage.is_filled = true;
  }

  async::Task<void> look_up(Passage& passage) {
    if (!recalling_) co_return;
    auto look = [&] { return recalling_->recall.look_up(passage.block, passage.known); };
    keep_first(co_await around_.workers.run(look));
  }

  async::Task<void> cut(Passage& passage) {
    auto add = [&]() -> Status {
      reused_.assign(passage.block.accepted.size(), false);
      if (auto taken = take_over(passage); !taken) return taken;
      if (ask_.blocked && std::find(reused_.begin(), reused_.end(), false) != reused_.end()) return *ask_.blocked;
      return cutter_->add(passage.block, reused_, cut_.items, cut_.reused);
    };
    keep_first(co_await around_.workers.run(add));
    passage.is_filled = false;
  }

  // Copies what is known of the block's rows. An answer that cannot be read any more is none.
  Status take_over(const Passage& passage) {
    const auto& block = passage.block;
    for (std::size_t i = 0; i < passage.known.size(); ++i) {
      const auto& known = passage.known[i];
      if (!known) continue;
      const auto stored = answered_rows_.read(known->row);
      if (!stored) continue;
      const auto& row = block.accepted[i];
      const collect::ReusedRows::Item item{row.sequence,
                                           std::string_view(block.ids).substr(row.id_offset, row.id_length),
                                           std::string_view(block.rows).substr(row.row_offset, row.row_length)};
      auto outcome = reused_rows_->add({known->run, known->id, *stored}, item);
      if (!outcome) return outcome.error();
      if (!*outcome) continue;
      reused_[i] = true;
      cut_.outcomes.push_back(**outcome);
    }
    return {};
  }

  // What was cut and is not in the store yet.
  struct Cut {
    std::vector<model::Item> items;
    std::vector<model::Item> reused;
    std::vector<model::Outcome> outcomes;  // of those
    std::size_t size() const { return items.size() + reused.size(); }
  };

  async::Task<void> record(Cut rows) {
    auto add = [&]() -> Status {
      if (!rows.items.empty())
        if (auto added = around_.store.add_items(run_.id, rows.items); !added) return added;
      if (rows.reused.empty()) return {};
      return around_.store.add_reused_items(run_.id, rows.reused, rows.outcomes);
    };
    keep_first(co_await around_.sql.run(add));
  }

  Status finish_reused(std::vector<model::Shard>& shards) {
    if (!reused_rows_) return {};
    const auto mark = reused_rows_->finish();
    if (!mark) return mark.error();
    for (auto& shard : shards)
      if (model::is_reused(shard)) shard.outcome_mark = *mark;
    for (const auto& folder : {answers_folder(around_, run_.id), around_.state_folder / "answers"})
      if (auto synced = sync_folder(folder); !synced) return synced;
    return sync_folder(around_.state_folder);
  }

  async::Task<Status> seal() {
    auto finish = [&]() -> Result<std::vector<model::Shard>> {
      auto shards = cutter_->finish();
      if (!shards) return shards;
      if (auto finished = finish_reused(*shards); !finished) return finished.error();
      return shards;
    };
    auto shards = co_await around_.workers.run(finish);
    if (!shards) co_return shards.error();
    const auto ids = renderer_->take_ids();
    const auto& tally = renderer_->tally();
    run_.rows = tally.rows;
    run_.rejected = tally.rejected;
    run_.items = tally.items;
    run_.state = model::RunState::running;
    run_.started_at = around_.loop.clock().now();
    // What another process has sealed since may hold the same requests, and nobody has looked.
    const bool may_meet_twins = ask_.job.reuse && !run_.sample && !ask_.run_id;
    const auto asked_by_then = may_meet_twins ? std::optional(asked_by_then_) : std::nullopt;
    auto seal = [&] { return around_.store.seal_prepared(run_, *shards, ids, *run_.started_at, asked_by_then); };
    const auto sealed = co_await around_.sql.run(seal);
    if (!sealed) co_return sealed.error();
    is_outdated_ = !*sealed;
    if (is_outdated_) co_return Error(ErrorKind::conflict, "another run of the job has begun meanwhile");
    observer_.on_prepared(run_, *shards);
    co_return Status();
  }

  async::Task<Status> drop() {
    renderer_.reset();
    cutter_.reset();
    reused_rows_.reset();
    auto forget = [&] { return forget_unsent(around_, run_.id); };
    co_return co_await around_.sql.run(forget);
  }

  void keep_first(const Status& status) {
    if (status_.ok() && !status.ok()) status_ = status;
  }

  Surroundings& around_;
  const Ask& ask_;
  Observer& observer_;
  async::StopToken stop_;
  model::Run run_;
  std::vector<model::InputFile> inputs_;
  std::optional<prepare::Renderer> renderer_;
  std::optional<prepare::Cutter> cutter_;
  Cut cut_;
  std::optional<Recalling> recalling_;  // nothing: there is nothing to reuse
  std::uint64_t asked_by_then_;         // of the job, when that was looked up
  report::RowSources answered_rows_;
  std::optional<collect::ReusedRows> reused_rows_;
  std::vector<bool> reused_;  // of the block that is being cut: which of its rows were taken over
  Status status_;
  bool is_outdated_ = false;
};

// What is kept of the inputs. Where standard input was spooled is nobody's business once it is read.
std::vector<model::InputFile> as_remembered(const model::InputSpec& input, std::vector<model::InputFile> inputs) {
  if (input.is_standard_input())
    for (auto& file : inputs)
      file.path = model::standard_input;
  return inputs;
}

model::Run new_run(Surroundings& around, const Ask& ask, const std::vector<model::InputFile>& inputs, std::string key) {
  model::Run run;
  run.created_at = around.loop.clock().now();
  run.asks_account = ask.run_id.has_value();
  run.id = ask.fresh_id.empty() ? ask.run_id.value_or(make_ulid(run.created_at, around.random)) : ask.fresh_id;
  run.job = ask.job.name;
  run.key = std::move(key);
  run.provider = ask.provider.name;
  run.simulated = ask.provider.simulated;
  run.sample = ask.job.input.is_sample();
  run.ask_hash = prepare::ask_hash(ask.job);
  run.answer_rule = prepare::answer_rule(ask.job);
  run.frozen_job = ask.frozen_job;
  run.inputs = as_remembered(ask.job.input, inputs);
  run.output_folder = ask.job.output.path.string();
  run.owner = to_text(around.process);
  run.heartbeat_at = run.created_at;
  run.prompt_sha = prepare::prompt_sha(ask.job);
  return run;
}

bool have_same_rows(const std::vector<model::InputFile>& then, const std::vector<model::InputFile>& now) {
  const auto is_same = [](const model::InputFile& a, const model::InputFile& b) { return a.hash == b.hash; };
  return std::equal(then.begin(), then.end(), now.begin(), now.end(), is_same);
}

// A run that never got past preparing: its process died, or still prepares.
async::Task<Status> clear_away(Surroundings& around, const model::Run& run) {
  auto forget = [&]() -> Status {
    const auto still_there = around.store.run(run.id);
    if (!still_there && still_there.error().kind == ErrorKind::not_found) return {};  // another process was faster
    if (auto owned = own(around.store, run, around.process, around.loop.clock().now()); !owned) return owned;
    return forget_unsent(around, run.id);
  };
  co_return co_await around.sql.run(forget);
}

}  // namespace

// The files go first: on a full disk they are what keeps the database from writing anything. A run that is still there
// without them is one that never got past preparing, and is dropped by the next command.
Status forget_unsent(Surroundings& around, const std::string& run) {
  auto removed = remove_tree(spool_folder(around, run));
  if (auto answers = remove_tree(answers_folder(around, run)); removed) removed = answers;
  auto dropped = around.store.drop_unsent_run(run);
  return removed ? dropped : removed;
}

namespace {

// The daemon calls its runs by the API's key or by the time they were due.
bool is_daemons_key(std::string_view key) { return key.starts_with(daemon_key_start) || parse_utc(key).has_value(); }

// What --new has begun is this command's run, too, once there is one: it has taken the place of the one before. So is
// what the daemon has begun if it asks the same of the same rows: they would be paid twice.
bool is_run_of(const model::Run& run, const std::string& key, const Ask& ask,
               const std::vector<model::InputFile>& inputs) {
  if (run.key == key) return true;
  if (ask.key || ask.new_run) return false;
  if (run.key.size() > key.size() && run.key.starts_with(key) && run.key[key.size()] == '/') return true;
  return is_daemons_key(run.key) && !run.sample && !ask.job.input.is_sample() &&
         run.ask_hash == prepare::ask_hash(ask.job) && have_same_rows(run.inputs, inputs);
}

// The same of one whose record is gone: by what stays of it.
std::optional<model::PrunedRun> pruned_run_of(const std::vector<model::PrunedRun>& alike, const std::string& key,
                                              const Ask& ask) {
  for (const auto& run : alike) {
    if (run.key == key) return run;
    if (ask.key || ask.new_run) continue;
    if (run.key.starts_with(key + '/')) return run;
    if (is_daemons_key(run.key) && !run.sample && !ask.job.input.is_sample()) return run;
  }
  return std::nullopt;
}

// is_outdated: another run of the job has begun meanwhile, and nothing is kept of this one.
async::Task<Result<Start>> find_or_prepare_once(Surroundings& around, const Ask& ask, Observer& observer,
                                                async::StopToken stop, bool& is_outdated) {
  auto look = [&] { return prepare::identify(ask.job.input); };
  auto inputs = co_await around.workers.run(look);
  if (!inputs) co_return inputs.error();

  const auto own_question = prepare::default_key(ask.job, *inputs);
  if (!ask.question.empty() && ask.question != own_question)
    co_return Error(
        ErrorKind::invalid,
        fmt::format("run {} was asked something else: its rows, or what is asked about them, were not those "
                    "of {} today; nothing was sent",
                    ask.run_id.value_or(""), ask.job.name),
        "put the rows and the job back as they were then, and give the same command again");
  auto key = ask.key.value_or(own_question);
  std::uint64_t asked_by_then =
      0;  // counted before the runs are listed: what comes in between is seen twice, not never
  auto list = [&]() -> Result<std::vector<model::Run>> {
    const auto asked = around.store.asked_so_far(ask.job.name);
    if (!asked) return asked.error();
    asked_by_then = *asked;
    return around.store.runs(ask.job.name, unfinished_runs_looked_at);
  };
  auto runs = co_await around.sql.run(list);
  if (!runs) co_return runs.error();
  if (ask.new_run && !ask.key) key += "/" + make_ulid(around.loop.clock().now(), around.random);

  for (const auto& run : *runs) {
    if (run.state == model::RunState::created) {
      // Only a dead process's, or our own key's: another command preparing another key is none of our business.
      const auto owner = process_from_text(run.owner);
      const bool dead = owner && liveness_of(*owner) == Liveness::dead;
      if (!dead && run.key != key) continue;
      if (auto cleared = co_await clear_away(around, run); !cleared) co_return cleared.error();
    } else if (is_run_of(run, key, ask, *inputs)) {
      co_return Start(Existing{run, have_same_rows(run.inputs, *inputs)});
    }
  }
  const auto question = question_of(prepare::ask_hash(ask.job), *inputs);
  auto look_further = [&] { return around.store.pruned_runs_like(ask.job.name, key, question, pruned_runs_looked_at); };
  const auto alike = co_await around.sql.run(look_further);
  if (!alike) co_return alike.error();
  if (auto pruned = pruned_run_of(*alike, key, ask)) co_return Start(Pruned{std::move(*pruned)});
  for (const auto& run : *runs) {
    // One whose place was taken is in nobody's way: it submits nothing more.
    const bool is_superseded = run.cancel_requested_at && run.cancel_scope == model::CancelScope::unsent;
    const bool unfinished = run.state != model::RunState::created && !model::is_final(run.state) && !is_superseded;
    const bool sample = ask.job.input.is_sample();  // it neither blocks nor is blocked
    if (unfinished && !run.sample && !sample && !ask.new_run && !ask.key) co_return Start(Elsewhere{run});
  }

  std::optional<Recalling> recalling;
  if (ask.job.reuse) {  // of a run that is adopted, too: it had the same to copy, or its batches do not fit
    auto reader = co_await around.workers.run(around.open_reader);
    if (!reader) co_return reader.error();
    Recall recall(**reader, around.state_folder, ask.job.name, prepare::answer_rule(ask.job), *runs);
    if (recall.is_of_use()) recalling.emplace(std::move(*reader), std::move(recall));
  }
  // With everything answered before, nothing is sent and nothing is in the way.
  if (ask.blocked && !recalling) co_return *ask.blocked;
  if (ask.may_begin && !ask.blocked) {
    auto asking = ask.may_begin(key);
    auto may = co_await std::move(asking);
    if (!may) co_return may.error();
  }
  const auto run = new_run(around, ask, *inputs, key);
  auto create = [&] { return around.store.create_run(run); };
  if (auto created = co_await around.sql.run(create); !created) {
    if (created.error().kind != ErrorKind::conflict) co_return created.error();
    co_return Error(ErrorKind::conflict, "another process has just begun this run",
                    "`batchd status` tells how it stands, or wait for it to end and run the same command again");
  }
  Preparation preparation(around, ask, observer, stop, run, std::move(*inputs), std::move(recalling), asked_by_then);
  auto start = co_await preparation.prepare();
  is_outdated = preparation.is_outdated();
  co_return start;
}

}  // namespace

async::Task<Result<Start>> find_or_prepare(Surroundings& around, const Ask& ask, Observer& observer,
                                           async::StopToken stop) {
  for (;;) {
    bool is_outdated = false;
    auto start = co_await find_or_prepare_once(around, ask, observer, stop, is_outdated);
    if (!is_outdated) co_return start;
  }
}

}  // namespace batchd::runner
