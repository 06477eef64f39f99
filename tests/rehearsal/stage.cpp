#include "rehearsal/stage.hpp"

#include <algorithm>
#include <csignal>
#include <numeric>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doors/simulator/simulator.hpp"
#include "ground/http/in_process_transport.hpp"
#include "line/provider/provider.hpp"
#include "rules/model/exit_code.hpp"

namespace batchd::rehearsal {
namespace {

constexpr std::string_view request =
    R"({"model":"qwen-plus","messages":[{"role":"user","content":"Summarise as JSON: {{text}}"}]})";
constexpr std::string_view schema =
    R"({"type":"object","properties":{"summary":{"type":"string","minLength":1},"score":{"type":"integer"}},)"
    R"("required":["summary","score"],"additionalProperties":false})";

constexpr int exit_interrupted = model::exit_signal_base + SIGINT;

// The time as it is, whatever our clock says: that of the provider.
class TrueTime final : public Clock {
 public:
  TrueTime(const Clock& ours, Duration ahead) : ours_(ours), ahead_(ahead) {}
  Time now() const override { return ours_.now() - ahead_; }
  void set_ours(TurnedClock& ours, Duration by) {
    ahead_ += by;
    ours.turn_by(by);
  }

 private:
  const Clock& ours_;
  Duration ahead_;
};

// -- what happens beside the command. Each ends early when the command does.

async::Task<void> leave(async::Loop& loop, Duration after, async::StopToken leaving, async::StopToken over) {
  const auto slept = co_await loop.sleep_for(after, over);
  if (slept.ok()) leaving.stop();
}

async::Task<void> cancel(runner::Surroundings& around, const std::string& run, Duration after, async::StopToken over) {
  const auto slept = co_await around.loop.sleep_for(after, over);
  if (!slept.ok()) co_return;
  const auto now = around.loop.clock().now();
  auto ask = [&] { return around.store.request_cancel(run, model::CancelScope::everything, now); };
  const auto asked = co_await around.sql.run(ask);
  check(asked.ok(), "a run can be cancelled");
}

async::Task<void> set_clock(async::Loop& loop, TurnedClock& clock, TrueTime& truth, ClockJump jump,
                            async::StopToken over) {
  const auto slept = co_await loop.sleep_for(jump.after, over);
  if (slept.ok()) truth.set_ours(clock, jump.by);
}

http::Fault weather(const Scene& scene, Time now) {
  http::Fault fault;
  for (const auto& outage : scene.outages) {
    const auto since = now - scene.begin;
    if (since < outage.from || since >= outage.to) continue;
    (outage.is_before_the_wire ? fault.refuse : fault.reset_before_handler) = true;
  }
  return fault;
}

struct Beside {
  TurnedClock& clock;
  TrueTime& truth;
};

async::Task<Played> live(runner::Surroundings& around, provider::Provider& provider, const Scene& scene,
                         const model::ProviderSpec& spec, Beside beside) {
  Played played;
  runner::Observer nobody;
  const async::StopToken stop;
  const async::StopToken over;
  runner::Ask ask;
  ask.job = job_of(scene);
  ask.frozen_job = "{}";
  ask.provider = spec;
  ask.blocked = scene.blocked;
  if (!scene.key.empty()) ask.key = scene.key;
  auto start = co_await runner::find_or_prepare(around, ask, nobody, stop);
  if (!start) {
    played.error = start.error();
    co_return played;
  }
  Result<model::Run> run = Error(ErrorKind::internal, "the scene's rows were refused, or another run is in the way");
  if (const auto* existing = std::get_if<runner::Existing>(&*start)) {
    run = existing->run;
  } else if (const auto* fresh = std::get_if<runner::Fresh>(&*start)) {
    auto find = [&] { return around.store.run(fresh->run); };
    run = co_await around.sql.run(find);
  } else if (const auto* asked = std::get_if<runner::BeingAsked>(&*start)) {
    played.waits_for = asked->run;
    co_return played;
  }
  if (!run) {
    played.error = run.error();
    co_return played;
  }
  played.run = run->id;
  if (model::is_final(run->state)) {
    played.ending.exit_code = run->exit_code;
    co_return played;
  }
  if (auto owned = co_await runner::own(around, *run); !owned) {
    played.error = owned.error();
    co_return played;
  }
  runner::Assignment assignment;
  assignment.run = *run;
  assignment.job = ask.job;
  assignment.provider_spec = spec;
  assignment.policy = runner::policy_for(ask.job, spec);
  assignment.policy.give_up_after = scene.give_up_after;
  assignment.watch_every = std::chrono::minutes(10);
  async::TaskGroup others(around.loop);
  if (scene.leave_after) others.spawn(leave(around.loop, *scene.leave_after, stop, over));
  if (scene.cancel_after) others.spawn(cancel(around, played.run, *scene.cancel_after, over));
  for (const auto jump : scene.clock_jumps)
    others.spawn(set_clock(around.loop, beside.clock, beside.truth, jump, over));
  played.ending = co_await runner::drive(around, provider, assignment, nobody, stop);
  over.stop();
  co_await others.join();
  co_return played;
}

// As `batchd resolve` writes it down; what was said before stands.
void settle_all(store::Store& store, const Scene& scene) {
  const auto runs = store.runs("", 1);
  if (!runs || runs->empty()) return;
  const auto& run = runs->front().id;
  const auto shards = store.shards(run);
  if (!shards) return;
  for (const auto& shard : *shards) {
    if (shard.stage != model::ShardStage::unknown) continue;
    const auto batch = scene.to_adopt.find(shard.n);
    model::Resolution word{shard.n, shard.submission, *scene.settlement, "", "", scene.begin};
    if (batch != scene.to_adopt.end()) {
      word.by = model::Settlement::adopt;
      word.batch_id = batch->second;
    }
    const auto kept = store.resolve(run, word);
    check(kept.ok(), "what a person says of a shard in doubt is kept");
  }
}

Played failed(Error error) {
  Played played;
  played.error = std::move(error);
  return played;
}

model::ProviderSpec spec_of(const Scene& scene) {
  model::ProviderSpec spec;
  spec.name = "stage";
  spec.profile = scene.profile;
  const bool dashscope = scene.profile == model::Profile::dashscope;
  spec.base_url = dashscope ? "http://simulator.invalid/compatible-mode/v1" : "http://simulator.invalid/v1";
  spec.simulated = true;
  spec.delete_remote_files = scene.delete_remote_files;
  return spec;
}

}  // namespace

void build(const Scene& scene) {
  check(make_folders(scene.folder / "state" / "world" / "incoming").ok(), "the stage's folders can be made");
  auto order = scene.order;
  if (order.empty()) {
    order.resize(scene.rows);
    std::iota(order.begin(), order.end(), 1);
  }
  std::string rows;
  for (const auto i : order) {
    const bool is_changed = std::find(scene.changed.begin(), scene.changed.end(), i) != scene.changed.end();
    rows += fmt::format("{{\"id\":\"row-{}\",\"text\":\"The {}th thing that happened {}.\"}}\n", i, i,
                        is_changed ? "this morning" : "tonight");
  }
  check(write_file_atomically(scene.folder / "rows.jsonl", rows).ok(), "the stage's input can be written");
}

model::JobSpec job_of(const Scene& scene) {
  model::JobSpec job;
  job.name = "rehearsal";
  job.provider = "stage";
  job.endpoint = "/v1/chat/completions";
  job.input.path = scene.folder / "rows.jsonl";
  job.input.path_as_written = "rows.jsonl";
  job.input.id = "/id";
  job.request = request;
  job.output.schema = model::SchemaText{scene.folder / "answer.schema.json", std::string(schema)};
  job.output.path = scene.folder / "out";
  job.batch.max_requests = scene.rows_per_shard;
  if (scene.schema_is_stricter)
    job.output.schema->text.insert(job.output.schema->text.size() - 1, R"(,"minProperties":1)");
  job.output.include = {"id"};
  job.min_success = scene.min_success;
  job.reuse = scene.reuse;
  job.recover.attempts = scene.attempts;
  return job;
}

int Played::exit_code() const {
  if (error && error->kind == ErrorKind::conflict) return model::exit_owned;
  if (error) return error->kind == ErrorKind::invalid ? model::exit_usage : model::exit_internal;
  return ending.interrupted ? exit_interrupted : ending.exit_code;
}

Played play(const Scene& scene) {
  TurnedClock clock(scene.begin);
  TrueTime truth(clock, scene.clock_ahead);
  Random random(scene.seed + static_cast<std::uint64_t>(to_unix_ms(scene.begin)));
  RecordingLog log;
  KillSwitch kill(scene.kill_at);
  async::Loop loop(clock);

  const auto state_folder = scene.folder / "state";
  const auto database = state_folder / "batchd.db";
  auto real_store = store::Store::open(database, store::Mode::read_write);
  if (!real_store) return failed(real_store.error());
  KillingStore killing_store(**real_store, kill);

  simulator::Settings settings;
  settings.folder = state_folder / "world";
  settings.seed = scene.seed;
  settings.faults = scene.faults;
  settings.fallback_schema = schema;
  settings.clock = &truth;
  settings.requests_per_second = 1;  // the clock is turned: slow costs nothing, and half a batch is half a batch
  auto world = simulator::Simulator::open(loop, settings);
  if (!world) return failed(world.error());
  http::InProcessTransport wire(loop, **world, random, settings.folder / "incoming");
  wire.set_faults([&](const http::Request&) { return weather(scene, clock.now()); });
  KillingTransport killing_wire(wire, kill);
  const auto spec = spec_of(scene);
  const auto provider = provider::make_provider(spec, {loop, killing_wire, log, random});

  async::Lane sql(loop, "sql");
  async::WorkerPool workers(loop, 1);
  const auto open_reader = [database] { return store::Store::open(database, store::Mode::read_only); };
  runner::Surroundings around{loop,           sql, workers, killing_store, open_reader, state_folder,
                              this_process(), log, random};
  if (scene.settlement) settle_all(killing_store, scene);
  auto played = loop.run(live(around, *provider, scene, spec, {clock, truth}));
  played.steps = kill.steps();
  played.ended = clock.now();
  return played;
}

int play_in_child(const Scene& scene) {
  const auto child = fork();
  check(child >= 0, "a child process can be made");
  if (child == 0) {
    const auto played = play(scene);
    if (played.error) {
      fmt::print(stderr, "{}\n", played.error->text());
      _exit(99);
    }
    if (played.ending.error) fmt::print(stderr, "{}\n", played.ending.error->text());
    _exit(played.ending.exit_code);
  }
  int status = 0;
  check(waitpid(child, &status, 0) == child, "the child can be waited for");
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

Path output_folder(const Scene& scene) { return scene.folder / "out" / "simulated" / "latest"; }
Path journal(const Scene& scene) { return scene.folder / "state" / "world" / "journal.jsonl"; }

}  // namespace batchd::rehearsal
