#include "doors/daemon/run_pool.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "ground/json/document.hpp"

namespace batchd::daemon {

struct RunPool::Active {
  std::string run;
  std::string job;
  std::optional<model::JobSpec> today;  // as its file says it now; nothing: it has none
  std::optional<Error> trouble;
  async::StopToken waiting;              // for the next try
  runner::Assignment* driven = nullptr;  // while it is
};

namespace {

// Whose queue its batches stand in: the provider's for that model.
std::string queue_of(const runner::Assignment& assignment) {
  json::Document document;
  const auto request = document.parse(assignment.job.request);
  const auto model = request ? request->find("model").as_string().value_or("") : std::string_view();
  return fmt::format("{} {}", assignment.provider_spec.name, model);
}

}  // namespace

RunPool::RunPool(runner::Surroundings& around, const job::Config& config, ReachProvider reach,
                 runner::Observer& observer, PoolOptions options)
    : around_(around),
      config_(config),
      reach_(std::move(reach)),
      observer_(observer),
      options_(options),
      tasks_(around.loop) {}

RunPool::~RunPool() = default;

Status RunPool::begin(Beginning beginning) {
  if (active_.size() >= options_.runs_max)
    return Error(ErrorKind::conflict, fmt::format("{} runs go on already", active_.size()), "wait for one to end");
  auto active = std::make_shared<Active>();
  active->run = beginning.run_id;
  active->job = beginning.job.name;
  active->today = beginning.job;
  active_[active->run] = active;
  tasks_.spawn(live(active, std::move(beginning)));
  return {};
}

void RunPool::take_up(const model::Run& run, std::optional<model::JobSpec> today) {
  if (active_.contains(run.id)) return nudge(run.id);
  auto active = std::make_shared<Active>();
  active->run = run.id;
  active->job = run.job;
  active->today = std::move(today);
  active_[run.id] = active;
  tasks_.spawn(live(active, std::nullopt));
}

bool RunPool::has(std::string_view run) const { return active_.contains(std::string(run)); }

std::uint32_t RunPool::active_of(std::string_view job) const {
  return static_cast<std::uint32_t>(
      std::count_if(active_.begin(), active_.end(), [&](const auto& entry) { return entry.second->job == job; }));
}

std::vector<std::string> RunPool::runs_of(std::string_view job) const {
  std::vector<std::string> runs;
  for (const auto& [id, active] : active_)
    if (active->job == job) runs.push_back(id);
  return runs;
}

std::size_t RunPool::active() const { return active_.size(); }

std::vector<std::string> RunPool::runs() const {
  std::vector<std::string> runs;
  for (const auto& [id, active] : active_)
    runs.push_back(id);
  return runs;
}

std::optional<Error> RunPool::trouble_of(std::string_view run) const {
  const auto found = active_.find(std::string(run));
  return found == active_.end() ? std::nullopt : found->second->trouble;
}

void RunPool::nudge(std::string_view run) {
  const auto found = active_.find(std::string(run));
  if (found != active_.end()) found->second->waiting.stop();
}

void RunPool::stop() {
  stop_.stop();
  for (const auto& [id, active] : active_)
    active->waiting.stop();
}

async::Task<void> RunPool::drained() { co_await tasks_.join(); }

namespace {

// Where it is, not what it says: a row's text is not for everybody who is told.
Error with_first_row(const runner::Refused& refused) {
  auto error = refused.error;
  if (refused.complaints.empty()) return error;
  const auto& first = refused.complaints.front();
  error.message += fmt::format("; the first is {}:{} ({})", first.file.empty() ? refused.file : first.file, first.line,
                               name_of(first.fault));
  return error;
}

}  // namespace

// From here to its end, or to ours.
async::Task<void> RunPool::live(std::shared_ptr<Active> active, std::optional<Beginning> beginning) {
  if (beginning) {
    auto start = co_await prepare(*active, *beginning);
    Result<std::string> run = Error(ErrorKind::internal, "nothing was begun");
    if (!start) {
      run = start.error();
    } else if (const auto* refused = std::get_if<runner::Refused>(&*start)) {
      run = with_first_row(*refused);
    } else if (const auto* existing = std::get_if<runner::Existing>(&*start)) {
      run = existing->run.id;
    } else if (const auto* fresh = std::get_if<runner::Fresh>(&*start)) {
      run = fresh->run;
    } else if (const auto* pruned = std::get_if<runner::Pruned>(&*start)) {
      run = pruned->run.id;  // it is over: nothing of it goes on
    }
    const bool is_over = start && std::holds_alternative<runner::Pruned>(*start);
    // Told to stop while rows were read: the time stays queued, and the next process begins it.
    const bool is_put_off = !run && run.error().kind == ErrorKind::cancelled && stop_.stopped();
    active_.erase(active->run);
    const bool goes_on_already = run && active_.contains(*run);
    if (run && !goes_on_already && !is_over) {
      active->run = *run;
      active_[*run] = active;
    }
    if (!is_put_off) {
      auto told = beginning->on_begun(run);
      co_await std::move(told);
    }
    if ((!run || is_over) && ended_) ended_();
    if (!run || is_over || goes_on_already) co_return;
  }
  co_await drive_to_end(*active);
  active_.erase(active->run);
  if (ended_) ended_();
}

async::Task<Result<runner::Start>> RunPool::prepare(Active& active, const Beginning& beginning) {
  const auto spec = config_.providers.find(beginning.job.provider);
  if (spec == config_.providers.end())
    co_return Error(ErrorKind::invalid,
                    fmt::format("the provider \"{}\" is not in the config", beginning.job.provider));
  runner::Ask ask;
  ask.job = beginning.job;
  ask.frozen_job = job::freeze(beginning.job);
  ask.provider = spec->second;
  ask.key = beginning.key;
  ask.fresh_id = beginning.run_id;
  const auto provider = reach_(spec->second);
  if (!provider) ask.blocked = provider.error();
  if (provider && options_.may_begin && !(beginning.is_new && beginning.job.input.is_sample()))
    ask.may_begin = [&](const std::string&) {
      return options_.may_begin(
          {beginning.job, **provider, spec->second, beginning.key, parse_utc(beginning.key), beginning.is_new, stop_});
    };
  for (;;) {
    auto start = co_await runner::find_or_prepare(around_, ask, observer_, stop_);
    const auto* asked = start ? std::get_if<runner::BeingAsked>(&*start) : nullptr;
    if (!asked) co_return start;
    active.trouble = Error(
        ErrorKind::conflict,
        fmt::format("{} of its requests are being asked by run {}; waiting for the answers", asked->rows, asked->run));
    if (auto waited = co_await wait_for_run(asked->run); !waited) co_return waited.error();
    active.trouble.reset();
  }
}

// Until it is over, wherever it goes on.
async::Task<Status> RunPool::wait_for_run(std::string run) {
  for (;;) {
    auto look = [&] { return around_.store.run(run); };
    const auto found = co_await around_.sql.run(look);
    if (!found) co_return found.error();
    if (model::is_final(found->state)) co_return Status();
    if (auto slept = co_await around_.loop.sleep_for(options_.watch_every, stop_); !slept) co_return slept;
  }
}

async::Task<void> RunPool::drive_to_end(Active& active) {
  auto pause = options_.again_first;
  while (!stop_.stopped()) {
    const auto ending = co_await drive_once(active);
    if (stop_.stopped() || (ending && !ending->interrupted && !ending->error)) co_return;
    active.trouble = ending ? ending->error : std::optional(ending.error());
    if (!active.trouble) co_return;
    // One that another process drives is told of by that one.
    if (active.trouble->kind != ErrorKind::conflict) co_await keep_trouble(active.run, *active.trouble);
    around_.log.warning(
        "a run gave up and is taken up again later",
        {{"run", active.run}, {"job", active.job}, {"why", active.trouble->message}, {"in", format_duration(pause)}});
    active.waiting = async::StopToken();
    const auto slept = co_await around_.loop.sleep_for(pause, active.waiting);
    pause = slept ? std::min(2 * pause, options_.again_max) : options_.again_first;
  }
}

async::Task<Result<runner::Ending>> RunPool::drive_once(Active& active) {
  auto look = [&] { return around_.store.run(active.run); };
  const auto run = co_await around_.sql.run(look);
  if (!run) co_return run.error();
  if (model::is_final(run->state)) co_return runner::Ending{};
  auto frozen = job::thaw(run->frozen_job);
  if (!frozen) co_return frozen.error();
  const auto spec = config_.providers.find(run->provider);
  if (spec == config_.providers.end())
    co_return Error(ErrorKind::invalid,
                    fmt::format("the run's provider \"{}\" is no longer in the config", run->provider), "put it back");
  const auto provider = reach_(spec->second);
  if (!provider) co_return provider.error();
  runner::Assignment assignment;
  assignment.run = *run;
  assignment.job = active.today ? job::frozen_with_todays(std::move(*frozen), *active.today) : std::move(*frozen);
  assignment.provider_spec = spec->second;
  assignment.prices = config_.prices;
  assignment.policy = runner::policy_for(assignment.job, spec->second);
  assignment.watch_every = options_.watch_every;
  if (auto owned = co_await runner::own(around_, *run); !owned) co_return owned.error();
  active.trouble.reset();
  active.driven = &assignment;
  share_out(queue_of(assignment));
  auto ending = co_await runner::drive(around_, **provider, assignment, observer_, stop_);
  active.driven = nullptr;
  share_out(queue_of(assignment));
  co_await give_back(active.run);
  co_return ending;
}

// So that `status` and the page say it, too; where the engine has said it, it stands there already.
async::Task<void> RunPool::keep_trouble(std::string run, Error why) {
  const auto now = around_.loop.clock().now();
  auto keep = [&]() -> Status {
    const auto newest = around_.store.happenings(run, 1);
    if (!newest) return newest.error();
    if (!newest->empty() && newest->front().kind == "halted") return {};
    model::Changes changes;
    changes.happenings.push_back({now, 0, "halted", why.message});
    return around_.store.apply(run, changes);
  };
  if (const auto kept = co_await around_.sql.run(keep); !kept)
    around_.log.warning("cannot keep why a run gave up", {{"run", run}, {"why", kept.error().message}});
}

// What is over is nobody's: others may retry it, or prune what is kept of it.
async::Task<void> RunPool::give_back(std::string run) {
  const auto now = around_.loop.clock().now();
  auto give = [&]() -> Status {
    const auto stands = around_.store.run(run);
    if (!stands) return stands.error();
    if (!model::is_final(stands->state)) return {};
    return around_.store.take_ownership(run, to_text(around_.process), "", now);
  };
  if (const auto given = co_await around_.sql.run(give); !given)
    around_.log.warning("cannot give back a run that is over", {{"run", run}, {"why", given.error().message}});
}

void RunPool::share_out(const std::string& queue) {
  std::vector<runner::Assignment*> sharing;
  for (const auto& [id, active] : active_)
    if (active->driven && queue_of(*active->driven) == queue) sharing.push_back(active->driven);
  for (auto* assignment : sharing) {
    const auto limit = assignment->provider_spec.limits.max_in_flight_tokens;
    if (limit) assignment->policy.in_flight_tokens_max = std::max<std::uint64_t>(*limit / sharing.size(), 1);
  }
}

}  // namespace batchd::daemon
