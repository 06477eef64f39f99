#include "line/report/standing.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/units.hpp"
#include "line/report/moments.hpp"

namespace batchd::report {

using model::RunState;
using model::ShardStage;
using model::WaitingFor;

namespace {

// "14:02 (3 min ago)", behind "since".
std::string since(Time then, Time now) { return fmt::format("{} ({})", clock_time(then, now), roughly_ago(then, now)); }

// The owner says every half minute that it is there (core/runner).
constexpr Duration silence_max = std::chrono::minutes(3);

// What lies at the provider of a run.
struct Abroad {
  std::uint64_t batches = 0;
  std::uint64_t asked = 0;
  model::RequestCounts counts;
  std::optional<Time> window_ends_at;  // the last one's
};

Abroad abroad(const RunFacts& facts) {
  Abroad all;
  for (const auto& shard : facts.shards) {
    const auto* submission = newest_submission(facts, shard);
    if (shard.stage != ShardStage::in_flight || !submission) continue;
    ++all.batches;
    all.asked += shard.requests;
    all.counts.completed += submission->counts.completed;
    all.counts.failed += submission->counts.failed;
    if (submission->expires_at)
      all.window_ends_at = std::max(all.window_ends_at.value_or(*submission->expires_at), *submission->expires_at);
  }
  return all;
}

std::string batches(std::uint64_t count) { return count == 1 ? "1 batch" : format_count(count) + " batches"; }

std::string one_sentence(std::string_view text) {
  auto sentence = std::string(text);
  if (sentence.empty() || sentence.ends_with('.')) return sentence;
  return sentence + ".";
}

std::uint64_t shards_to_send(const RunFacts& facts) {
  const auto is_sent = [](const model::Shard& shard) { return !model::is_reused(shard); };
  return static_cast<std::uint64_t>(std::count_if(facts.shards.begin(), facts.shards.end(), is_sent));
}

std::string stages_sentence(const RunFacts& facts) {
  std::map<ShardStage, std::uint64_t> by_stage;
  for (const auto& shard : facts.shards)
    if (!model::is_reused(shard)) ++by_stage[shard.stage];
  std::vector<std::string> parts;
  for (const auto& [stage, count] : by_stage)
    parts.push_back(fmt::format("{} {}", format_count(count), told(stage)));
  return fmt::format("Of {}: {}.", counted(shards_to_send(facts), "shard"), fmt::join(parts, ", "));
}

std::string progress_sentence(const RunFacts& facts, const Abroad& there) {
  auto text = fmt::format("{} at {} with {} of {} done",
                          there.batches == 1 ? "1 batch is" : batches(there.batches) + " are", facts.run.provider,
                          format_count(there.counts.completed + there.counts.failed), counted(there.asked, "request"));
  if (there.counts.failed > 0) text += fmt::format(", {} of them failed", format_count(there.counts.failed));
  return text + ".";
}

std::string next_sentence(const model::Run& run, const Abroad& there, Time now) {
  const auto& next = run.waiting.next_try_at;
  std::string text;
  if (next && *next > now) text = fmt::format("Next look {}", moment(*next, now));
  const auto& end = there.window_ends_at;
  if (!end || there.batches == 0) return text.empty() ? text : text + ".";
  const auto window = *end > now
                          ? fmt::format("the provider has until {} ({})", clock_time(*end, now), format_ago(*end, now))
                          : fmt::format("the provider's time was over {}", moment(*end, now));
  if (!text.empty()) return text + "; " + window + ".";
  return "The" + window.substr(3) + ".";
}

void tell_cancel(Standing& standing, const RunFacts& facts, Time now) {
  const auto& run = facts.run;
  if (!run.cancel_requested_at) return;
  const auto by = facts.cancelled_by.empty() ? "" : fmt::format(", as {} asked", facts.cancelled_by);
  const auto when = since(*run.cancel_requested_at, now);
  standing.sentences.push_back(
      run.cancel_scope == model::CancelScope::unsent
          ? fmt::format("Since {} another run has taken its place: nothing more is sent, and what is in flight is "
                        "collected.",
                        when)
          : fmt::format("Cancelling since {}{}: nothing more is sent, and what the provider has finished is kept.",
                        when, by));
}

// What the owner of a living run is doing.
void tell_progress(Standing& standing, const RunFacts& facts, Time now) {
  const auto& run = facts.run;
  const auto there = abroad(facts);
  auto& sentences = standing.sentences;
  tell_cancel(standing, facts, now);
  const auto& waiting = run.waiting;
  // Only work in progress is no trouble; whatever else a run waits for is told as the engine put it.
  const bool at_work = !is_trouble(waiting.what);
  if (!at_work) {
    standing.mood = Mood::waits;
    sentences.push_back(one_sentence(waiting.detail));
    sentences.push_back(fmt::format("It has been so since {}.", since(waiting.since, now)));
  } else if (!run.cancel_requested_at) {
    sentences.emplace_back("Fine.");
  }
  if (run.state == RunState::finalizing) {
    sentences.emplace_back("Everything is collected; the results are being written.");
    return;
  }
  if (there.batches > 0) sentences.push_back(progress_sentence(facts, there));
  if (there.batches < shards_to_send(facts)) sentences.push_back(stages_sentence(facts));
  if (auto next = next_sentence(run, there, now); !next.empty()) sentences.push_back(std::move(next));
}

// What a process gave up at is what the run waits for: behind "shard 3: " in the one, before what to do in the other.
bool says_the_same(const model::Happening& halt, const model::Waiting& waiting) {
  const auto colon = halt.text.find(": ");
  return waiting.what == WaitingFor::unknown_submission && colon != std::string::npos &&
         waiting.detail.starts_with(halt.text.substr(colon + 2));
}

void tell_abandoned(Standing& standing, const RunFacts& facts, Time now) {
  standing.mood = Mood::wants_people;
  auto& sentences = standing.sentences;
  const auto& run = facts.run;
  sentences.push_back(run.heartbeat_at
                          ? fmt::format("Nobody has been working on it since {}.", since(*run.heartbeat_at, now))
                          : "Nobody is working on it.");
  if (facts.halt && !says_the_same(*facts.halt, run.waiting)) {
    sentences.push_back(
        fmt::format("The process gave up at {}: {}", clock_time(facts.halt->at, now), one_sentence(facts.halt->text)));
  }
  if (run.state == RunState::created) {
    sentences.emplace_back("Nothing was sent; the same `batchd run` starts it again.");
    return;
  }
  tell_cancel(standing, facts, now);
  const auto there = abroad(facts);
  if (there.batches > 0) {
    sentences.push_back(fmt::format("{} at {} and will be paid for.",
                                    there.batches == 1 ? "1 batch goes on" : batches(there.batches) + " go on",
                                    run.provider));
  }
  if (auto next = next_sentence({}, there, now); !next.empty()) sentences.push_back(std::move(next));
  if (run.waiting.what == WaitingFor::unknown_submission) sentences.push_back(one_sentence(run.waiting.detail));
  standing.command = "resume";
}

void tell_end(Standing& standing, const RunFacts& facts, Time now) {
  const auto& run = facts.run;
  if (run.state != RunState::succeeded) standing.mood = run.state == RunState::failed ? Mood::failed : Mood::ended;
  const auto items =
      fmt::format("{} of {} succeeded", format_count(facts.counts.succeeded), counted(run.items, "item"));
  const auto when = run.finished_at ? " " + moment(*run.finished_at, now) : "";
  const bool is_by_token = run.state == RunState::cancelled && !facts.cancelled_by.empty();
  const auto& who = is_by_token ? facts.cancelled_by : run.stopped_by;
  const auto by = who.empty() ? "" : fmt::format(" by {}", who);
  const auto how = run.state == RunState::stopped || run.state == RunState::cancelled ? "It was " : "It ";
  standing.sentences.push_back(fmt::format("{}{}{}{}; {}.", how, name_of(run.state), by, when, items));
}

}  // namespace

std::string untold_sentence(const Untold& untold, Time now) {
  const auto tries = fmt::format("after {}", untold.tries == 1 ? "a try" : fmt::format("{} tries", untold.tries));
  const auto next = untold.next_try_at ? fmt::format("The next one is due {}.", moment(*untold.next_try_at, now))
                                       : std::string("It was given up.");
  return fmt::format("The {} was not told of {} since {}: {}, {}. {}", untold.to, untold.event,
                     since(untold.since, now), untold.why.empty() ? "nobody knows why" : untold.why, tries, next);
}

std::string untold_messages(std::uint64_t failing, std::uint64_t given_up) {
  std::string text;
  if (given_up > 0) text = counted(given_up, "message") + " did not arrive and nobody tries any more.";
  if (failing > 0)
    text += fmt::format("{}{} {} not arrived yet and {} tried again.", text.empty() ? "" : " ",
                        counted(failing, "message"), failing == 1 ? "has" : "have", failing == 1 ? "is" : "are");
  return text;
}

bool WaitingWatch::has_changed(const model::Waiting& waiting) {
  const bool trouble = is_trouble(waiting.what);
  const bool same = waiting.what == what_ && waiting.detail == detail_;
  what_ = waiting.what;
  detail_ = waiting.detail;
  return trouble && !same;
}

std::string waiting_sentence(const model::Waiting& waiting, const std::function<std::string(Time)>& clock) {
  auto text = fmt::format("waiting for {} since {}", name_of(waiting.what), clock(waiting.since));
  if (waiting.next_try_at) text += fmt::format(", next try at {}", clock(*waiting.next_try_at));
  return waiting.detail.empty() ? text : fmt::format("{}: {}", text, waiting.detail);
}

std::optional<Owner> owner_of(const model::Run& run) {
  if (run.owner.empty() || model::is_final(run.state)) return std::nullopt;
  const auto process = process_from_text(run.owner);
  if (!process) return std::nullopt;
  const auto liveness = liveness_of(*process);
  if (liveness == Liveness::dead) return std::nullopt;
  return Owner{*process, liveness};
}

const model::Submission* newest_submission(const RunFacts& facts, const model::Shard& shard) {
  const auto at =
      std::lower_bound(facts.submissions.begin(), facts.submissions.end(), std::pair(shard.n, shard.submission),
                       [](const auto& one, const auto& place) { return std::pair(one.shard, one.n) < place; });
  const bool is_it = at != facts.submissions.end() && at->shard == shard.n && at->n == shard.submission;
  return is_it && !at->batch_id.empty() ? &*at : nullptr;
}

std::string_view told(ShardStage stage) {
  switch (stage) {
    case ShardStage::planned:
      return "still to be sent";
    case ShardStage::uploading:
      return "being uploaded";
    case ShardStage::uploaded:
      return "uploaded";
    case ShardStage::creating:
      return "being submitted";
    case ShardStage::unknown:
      return "in doubt";
    case ShardStage::in_flight:
      return "at the provider";
    case ShardStage::ended:
      return "to be fetched";
    case ShardStage::fetched:
      return "to be read";
    case ShardStage::collected:
      return "collected";
  }
  return "";
}

std::string_view name_of(Mood mood) {
  switch (mood) {
    case Mood::fine:
      return "fine";
    case Mood::waits:
      return "waits";
    case Mood::wants_people:
      return "wants_people";
    case Mood::failed:
      return "failed";
    case Mood::ended:
      return "ended";
  }
  return "";
}

// Also where nothing is held back yet, or nobody works on it who could say so.
void tell_pause(Standing& standing, const RunFacts& facts, Time now) {
  if (!facts.pause || facts.run.cancel_requested_at) return;
  standing.sentences.push_back(
      fmt::format("It is paused since {0}: nothing more is submitted until `batchd unpause {1}`.",
                  since(facts.pause->since, now), argument_of(*facts.pause)));
}

Standing standing_of(const RunFacts& facts, const std::optional<Owner>& owner, Time now) {
  Standing standing;
  const auto& run = facts.run;
  if (model::is_final(run.state)) {
    tell_end(standing, facts, now);
    return standing;
  }
  if (!owner) {
    tell_abandoned(standing, facts, now);
    tell_pause(standing, facts, now);
    return standing;
  }
  if (run.state == RunState::created) {
    standing.sentences = {"Fine.", "Its rows are being read; nothing is sent yet."};
  } else {
    tell_progress(standing, facts, now);
    if (run.waiting.what != WaitingFor::paused) tell_pause(standing, facts, now);
  }
  const bool elsewhere = owner->liveness == Liveness::elsewhere;
  const auto& heard = run.heartbeat_at;
  const bool silent = run.state != RunState::created && heard && now - *heard > silence_max;
  auto who = fmt::format("Process {}{} is working on it", owner->process.pid,
                         elsewhere ? fmt::format(" on {}", owner->process.host) : "");
  if (silent) {
    standing.mood = Mood::waits;
    if (!standing.sentences.empty() && standing.sentences.front() == "Fine.")
      standing.sentences.erase(standing.sentences.begin());
    who = fmt::format("Process {}{} works on it, but was last heard of {}", owner->process.pid,
                      elsewhere ? fmt::format(" on {}", owner->process.host) : "", moment(*heard, now));
  }
  standing.sentences.push_back(who + ".");
  return standing;
}

}  // namespace batchd::report
