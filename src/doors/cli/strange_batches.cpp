#include "doors/cli/strange_batches.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/pacing.hpp"
#include "core/runner/account_audit.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {

using runner::listed_for;

namespace {

constexpr Duration lives_for = std::chrono::hours(15 * 24);  // a batch may take 14 days
constexpr std::size_t runs_named = 3;
constexpr Duration between_tries = std::chrono::seconds(5);
constexpr Duration clock_slack = std::chrono::seconds(10);  // once the provider's clock is known

bool may_pass(const Error& error) {
  return error.kind == ErrorKind::network || error.kind == ErrorKind::unavailable || error.kind == ErrorKind::throttled;
}

// What the account holds of one run.
struct Held {
  std::uint64_t batches = 0;
  std::uint64_t answered = 0;  // requests
  Time oldest = Time::max();
};
using HeldRuns = std::map<std::string, Held>;  // by their ids: the newest is the last

struct Strange {
  HeldRuns live;
  HeldRuns ended;  // with answers that can be fetched
};

// What this state knows of the job.
struct Known {
  bool has_run = false;
  std::optional<Time> unseen_since;
  std::vector<std::string> dismissed;
};

Result<Known> known_of(store::Store& store, const std::string& job) {
  const auto runs = store.runs(job, 1);
  if (!runs) return runs.error();
  const auto pruned = store.pruned_runs(job, 1);
  if (!pruned) return pruned.error();
  const auto unseen = store.unseen_since(job);
  if (!unseen) return unseen.error();
  const auto dismissed = store.dismissed_runs(job);
  if (!dismissed) return dismissed.error();
  return Known{!runs->empty() || !pruned->empty(), *unseen, *dismissed};
}

// What counts, by the provider's clock.
struct Counted {
  Time ended_since;                    // answers that are older were given for what is known
  Time dismissed_until = Time::max();  // what a person has said of a run is said of its older batches
};

// The runs of this job that have batches there, and that this state directory does not know.
Result<Strange> strange_runs(store::Store& store, const std::string& job, const std::vector<model::RemoteBatch>& listed,
                             const std::vector<std::string>& dismissed, Counted counted, Time now) {
  Strange strange;
  for (const auto& batch : listed) {
    const auto mark = runner::mark_of(batch);
    if (!mark || mark->job != job) continue;
    const auto made_at = batch.created_at.value_or(now);
    const bool has_ended = model::is_terminal(batch.state);
    if (has_ended && (batch.counts.completed == 0 || made_at < counted.ended_since)) continue;
    const bool is_dismissed = std::binary_search(dismissed.begin(), dismissed.end(), mark->run);
    if (is_dismissed && made_at < counted.dismissed_until) continue;
    auto& held = (has_ended ? strange.ended : strange.live)[mark->run];
    ++held.batches;
    held.answered += batch.counts.completed;
    held.oldest = std::min(held.oldest, made_at);
  }
  for (auto* runs : {&strange.live, &strange.ended}) {
    for (auto run = runs->begin(); run != runs->end();) {
      const auto known = store.run(run->first);
      if (!known && known.error().kind != ErrorKind::not_found) return known.error();
      const auto pruned = known ? Result<std::vector<model::PrunedRun>>(std::vector<model::PrunedRun>())
                                : store.pruned_runs(job, 1, run->first);
      if (!pruned) return pruned.error();
      run = known || !pruned->empty() ? runs->erase(run) : std::next(run);
    }
  }
  return strange;
}

Error error_of_live(const HeldRuns& runs, const std::string& provider, const std::string& job,
                    const std::string& command, Time now) {
  std::uint64_t batches = 0;
  Time oldest = now;
  std::vector<std::string> named;
  for (const auto& [run, held] : runs) {
    batches += held.batches;
    oldest = std::min(oldest, held.oldest);
    if (named.size() < runs_named) named.push_back(run);
  }
  return {ErrorKind::invalid,
          fmt::format("{} holds {} live batch{} of {} that this state directory does not know (run{} {}{}, the oldest "
                      "from {}): the same rows would be paid for twice",
                      provider, format_count(batches), batches == 1 ? "" : "es", job, runs.size() == 1 ? "" : "s",
                      fmt::join(named, ", "), runs.size() > named.size() ? ", …" : "", format_ago(oldest, now)),
          fmt::format("`batchd run {} --adopt {}` takes them over, if the rows are the same; `batchd doctor --cancel` "
                      "cancels them; --new begins another run beside them",
                      command, named.front())};
}

// Of the newest, and names the others: who lost a state directory lost that one last. Where answers are reused the
// oldest comes first.
Error error_of_ended(const HeldRuns& runs, const std::string& provider, const model::JobSpec& job_spec,
                     const std::string& command, bool has_run, std::optional<Time> unseen_since, Time now) {
  const auto& job = job_spec.name;
  const auto& [run, held] = *runs.rbegin();
  std::string others;
  for (auto other = std::next(runs.rbegin()); other != runs.rend(); ++other) {
    const bool is_named = static_cast<std::size_t>(std::distance(runs.rbegin(), other)) < runs_named;
    others += is_named ? fmt::format("{}{}", others.empty() ? "; before it " : ", ", other->first) : ", …";
    if (!is_named) break;
  }
  auto why = fmt::format("this state directory does not know all runs of {}", job);
  if (!has_run) why = fmt::format("this state directory has never run {}", job);
  if (unseen_since)
    why = fmt::format("this state directory was put back from a backup of {}", format_utc(*unseen_since));
  return {
      ErrorKind::invalid,
      fmt::format("{}, and {} holds {} answers of a run of {} that is not known here ({}, {}, from {}{}): if its rows "
                  "are the same, they would be paid for twice",
                  why, provider, format_count(held.answered), job, run,
                  held.batches == 1 ? "a batch" : fmt::format("{} batches", format_count(held.batches)),
                  format_ago(held.oldest, now), others),
      fmt::format("`batchd run {} --adopt {}` collects them for nothing, if the rows are the same; --new begins a "
                  "run of its own",
                  command, job_spec.reuse ? runs.begin()->first : run)};
}

// Batches that say they are of this key, whatever is known of their run here: a run of this key that is known here is
// not begun. By run.
enum class KeysAlike { by_question, exactly };
HeldRuns runs_of_key(const std::vector<model::RemoteBatch>& listed, const std::string& job, const std::string& key,
                     Time now, KeysAlike alike = KeysAlike::by_question) {
  const auto own = runner::key_mark_of(key);
  HeldRuns runs;
  for (const auto& batch : listed) {
    const auto mark = runner::mark_of(batch);
    if (!mark || mark->job != job || mark->key_mark.empty() || model::came_to_nothing(batch)) continue;
    const bool is_same = alike == KeysAlike::exactly
                             ? mark->key_mark == own
                             : runner::question_of_mark(mark->key_mark) == runner::question_of_mark(own);
    if (!is_same) continue;
    auto& held = runs[mark->run];
    ++held.batches;
    held.answered += batch.counts.completed;
    held.oldest = std::min(held.oldest, batch.created_at.value_or(now));
  }
  return runs;
}

Error error_of_this_run(const HeldRuns& runs, const Strange& strange, const std::string& provider,
                        const model::JobSpec& job, const std::string& command, Time now) {
  const auto& [run, held] = *runs.rbegin();
  // A job that reuses asks what the run before has not answered: in the order in which they were begun, or nothing
  // fits.
  std::string first;
  for (const auto& [before, batches] : strange.ended)
    if (job.reuse && before < run) first += fmt::format("{}{}", first.empty() ? "" : ", ", before);
  return {ErrorKind::invalid,
          fmt::format("this very run is at {} already, as run {} of {} ({}, {} answers so far, from {}), which this "
                      "state directory does not know as such: it would be paid for twice",
                      provider, run, job.name,
                      held.batches == 1 ? "a batch" : fmt::format("{} batches", format_count(held.batches)),
                      format_count(held.answered), format_ago(held.oldest, now)),
          fmt::format(
              "`batchd run {} --adopt {}` takes it over, and what it has answered costs nothing{}; `batchd doctor "
              "--cancel` cancels what of it is at work; --new begins another run beside it",
              command, run,
              first.empty() ? "" : fmt::format(" (first, with their rows, those whose answers it reused: {})", first))};
}

Error error_of_no_list(const std::string& provider, const std::string& command, Time unseen_since) {
  return {ErrorKind::invalid,
          fmt::format("this state directory was put back from a backup of {}, and {} lists no batches: what was paid "
                      "since cannot be told",
                      format_utc(unseen_since), provider),
          fmt::format("look at its console; `batchd run {} --new` begins a run in any case", command)};
}

bool has_no_list(const Error& error) {
  return error.kind == ErrorKind::rejected || error.kind == ErrorKind::not_found || error.kind == ErrorKind::protocol;
}

async::Task<Result<provider::BatchList>> list_patiently(Workplace& place, provider::Provider& provider, Time since,
                                                        Duration patience, async::StopToken stop) {
  const auto until = place.loop().clock().now() + patience;
  for (;;) {
    auto listed = co_await provider.list_batches(since, stop);
    if (listed || !may_pass(listed.error()) || place.loop().clock().now() + between_tries >= until) co_return listed;
    const auto slept = co_await place.loop().sleep_for(between_tries, stop);
    if (!slept.ok()) co_return slept.error();
  }
}

// Since when answers may have been lost with what is not known here. A run called by its due time has none that are
// older, and is begun by nobody's hand: what a person has said of another run is not said of it.
Time ended_since(const Known& known, std::optional<Time> due, Time now) {
  if (due) return *due - clock_slack;
  if (known.unseen_since) return *known.unseen_since - clock_slack;
  return known.has_run ? Time::max() : now - listed_for;
}

}  // namespace

async::Task<Status> knows_all_of_job(Workplace& place, provider::Provider& provider, const model::ProviderSpec& spec,
                                     const model::JobSpec& job, Asking asking) {
  auto& store = place.store();
  auto& sql = place.surroundings().sql;
  const auto& clock = place.loop().clock();
  auto look = [&] { return known_of(store, job.name); };
  const auto known = co_await sql.run(look);
  if (!known) co_return known.error();
  const auto command = asking.arguments.file.string();
  const auto begun_at = clock.now();
  const auto since = ended_since(*known, asking.due, begun_at);
  const auto listed_since =
      std::clamp(std::min(since, known->unseen_since.value_or(since)), begun_at - listed_for, begun_at - lives_for);
  for (std::optional<Time> first_told_at;;) {
    const auto listed = co_await list_patiently(place, provider, listed_since, asking.patience, asking.stop);
    const auto now = clock.now();
    if (!listed && has_no_list(listed.error())) {
      if (!known->unseen_since) co_return Status();
      co_return error_of_no_list(spec.name, command, *known->unseen_since);
    }
    if (!listed) co_return listed.error();
    const auto ahead = listed->server_time ? *listed->server_time - now : Duration(0);  // their clock
    Counted counted{since == Time::max() ? since : since + ahead};
    if (asking.due) counted.dismissed_until = counted.ended_since;
    auto find_strange = [&] { return strange_runs(store, job.name, listed->batches, known->dismissed, counted, now); };
    const auto strange = co_await sql.run(find_strange);
    if (!strange) co_return strange.error();
    if (const auto same = runs_of_key(listed->batches, job.name, asking.key, now); !same.empty())
      co_return error_of_this_run(same, *strange, spec.name, job, command, now);
    if (!strange->live.empty()) co_return error_of_live(strange->live, spec.name, job.name, command, now);
    if (!strange->ended.empty())
      co_return error_of_ended(strange->ended, spec.name, job, command, known->has_run, known->unseen_since, now);
    if (!known->unseen_since) co_return Status();

    // The last life may have submitted until just now, and the list may be late.
    if (!first_told_at && asking.tell_waiting)
      asking.tell_waiting(
          fmt::format("This state directory was put back from a backup of {}: looking for {} at what {} "
                      "holds of {}.",
                      format_utc(*known->unseen_since), format_duration(spec.reconcile.settle), spec.name, job.name));
    if (!first_told_at) first_told_at = now;
    if (now - *first_told_at >= spec.reconcile.settle) {
      auto note = [&]() -> Status {
        const Counted all{*known->unseen_since - clock_slack + ahead};
        const auto left = strange_runs(store, job.name, listed->batches, known->dismissed, all, now);
        if (!left) return left.error();
        const bool is_whole = listed->is_whole && left->live.empty() && left->ended.empty();
        return is_whole ? store.note_seen(job.name) : Status();
      };
      co_return co_await sql.run(note);
    }
    const auto slept = co_await place.loop().sleep_for(engine::look_interval(spec.reconcile), asking.stop);
    if (!slept.ok()) co_return slept;
  }
}

async::Task<Status> dismiss_strange_runs(Workplace& place, provider::Provider& provider,
                                         const model::ProviderSpec& spec, const model::JobSpec& job, Asking asking) {
  const auto stop = asking.stop;
  const auto now = place.loop().clock().now();
  const auto listed = co_await provider.list_batches(now - listed_for, stop);
  auto& store = place.store();
  if (listed) {
    // Whoever says a key means one run, however often: that is not begun anew, either.
    auto same = runs_of_key(listed->batches, job.name, asking.key, now, KeysAlike::exactly);
    if (!same.empty())
      co_return error_of_this_run(same, Strange(), spec.name, job, asking.arguments.file.string(), now);
  }
  auto dismiss = [&]() -> Status {
    if (!listed) return has_no_list(listed.error()) ? store.note_seen(job.name) : Status();
    const auto strange = strange_runs(store, job.name, listed->batches, {}, {now - listed_for}, now);
    if (!strange) return strange.error();
    std::vector<std::string> runs;
    for (const auto& held : {strange->live, strange->ended})
      for (const auto& [run, batches] : held)
        runs.push_back(run);
    return runs.empty() ? Status() : store.dismiss_runs(job.name, runs, now, now - listed_for);
  };
  co_return co_await place.surroundings().sql.run(dismiss);
}

}  // namespace batchd::cli
