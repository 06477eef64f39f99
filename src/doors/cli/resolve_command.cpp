// resolve: a person settles what a provider could not tell. Judged here, written to the store, carried out by whoever
// drives the run: a process that lives, or this one.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "core/runner/adoption.hpp"
#include "doors/cli/asking.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/reading.hpp"
#include "doors/cli/taking_up.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

using model::Settlement;
using model::ShardStage;

std::optional<Error> fault_of(const ResolveOptions& options) {
  const int said = (options.adopt ? 1 : 0) + (options.resubmit ? 1 : 0) + (options.fail ? 1 : 0);
  if (said == 1) return std::nullopt;
  return Error(ErrorKind::invalid,
               said == 0 ? fmt::format("what became of shard {}?", options.shard)
                         : std::string("--adopt, --resubmit and --fail exclude each other"),
               "--adopt BATCH: it became that batch; --resubmit: it never arrived; --fail: its items shall fail");
}

// What stands to be settled, and what was said before.
struct Doubt {
  model::Shard shard;
  bool is_open = false;                        // nobody but a person can tell
  std::optional<model::Resolution> said = {};  // the same as now
  std::vector<model::Shard> others = {};       // of the run
};

Settlement wish_of(const ResolveOptions& options) {
  return options.adopt ? Settlement::adopt : options.resubmit ? Settlement::resubmit : Settlement::fail;
}

// "--adopt batch_68f1"
std::string shown(const model::Resolution& word) {
  return fmt::format("--{}{}", name_of(word.by), word.batch_id.empty() ? "" : " " + word.batch_id);
}

Error nothing_to_resolve(const model::Run& run, const model::Shard& shard, const std::string& batch) {
  const bool is_driven = owner_of(run).has_value();  // then nobody needs to resume it
  const auto said = [&](std::string what, std::string hint) {
    return Error(ErrorKind::invalid, fmt::format("there is nothing to resolve of shard {}: {}", shard.n, what),
                 std::move(hint));
  };
  switch (shard.stage) {
    case ShardStage::planned:
    case ShardStage::uploading:
    case ShardStage::uploaded:
      return said("no submission of it is in doubt", is_driven
                                                         ? fmt::format("`batchd watch {}` shows how it goes on", run.id)
                                                         : fmt::format("`batchd resume {}` sends it", run.id));
    case ShardStage::creating:
    case ShardStage::unknown:
      return said(fmt::format("{} has not said yet that it cannot tell", run.provider),
                  fmt::format("{} asks what became of it; only what {} cannot tell is for you to settle",
                              is_driven ? "the process that works on it" : fmt::format("`batchd resume {}`", run.id),
                              run.provider));
    case ShardStage::in_flight:
      return said(fmt::format("it is {} at {}", batch, run.provider),
                  fmt::format("`batchd {0} {1}` waits for it, `batchd cancel {1}` ends the run",
                              is_driven ? "watch" : "resume", run.id));
    case ShardStage::ended:
    case ShardStage::fetched:
    case ShardStage::collected:
      break;
  }
  return said("it has come to its end", fmt::format("`batchd status {}` tells how the run stands", run.id));
}

Result<Doubt> doubt_of(FoundRun& found, const ResolveOptions& options) {
  const auto& run = found.run;
  auto shards = found.store->shards(run.id);
  if (!shards) return shards.error();
  const auto submissions = found.store->submissions(run.id);
  if (!submissions) return submissions.error();
  const auto words = found.store->resolutions(run.id);
  if (!words) return words.error();
  const auto at = std::find_if(shards->begin(), shards->end(), [&](const auto& one) { return one.n == options.shard; });
  if (at == shards->end())
    return Error(ErrorKind::invalid, fmt::format("run {} has no shard {}", run.id, options.shard),
                 fmt::format("it has {}; `batchd status {}` shows them", counted(shards->size(), "shard"), run.id));
  Doubt doubt{*at};
  doubt.others = std::move(*shards);
  std::erase_if(doubt.others, [&](const model::Shard& one) { return one.n == options.shard; });
  std::string batch;
  for (const auto& one : *submissions) {
    if (one.shard != doubt.shard.n || one.n != doubt.shard.submission) continue;
    batch = one.batch_id;
    doubt.is_open = doubt.shard.stage == ShardStage::unknown && one.state_text == model::submission_unknown;
  }
  model::Resolution wish;
  wish.by = wish_of(options);
  wish.batch_id = options.adopt.value_or("");
  for (const auto& word : *words) {
    if (word.shard != doubt.shard.n || (doubt.is_open && word.submission != doubt.shard.submission)) continue;
    if (!says_the_same(word, wish) && doubt.is_open)
      return Error(ErrorKind::invalid,
                   fmt::format("shard {} is settled otherwise already: {} was said {}", word.shard, shown(word),
                               format_ago(word.decided_at, SystemClock().now())),
                   fmt::format("it is carried out as soon as the run goes on: `batchd resume {}`", run.id));
    doubt.said = says_the_same(word, wish) ? std::optional(word) : std::nullopt;  // the newest word counts
  }
  if (!doubt.is_open && !doubt.said) return nothing_to_resolve(run, doubt.shard, batch);
  return doubt;
}

// Whether going on takes the provider at all, once this shard is settled so.
bool asks_provider(const Doubt& doubt, Settlement by) {
  if (by != Settlement::fail) return true;
  return std::any_of(doubt.others.begin(), doubt.others.end(), [](const model::Shard& shard) {
    const bool has_results = shard.stage == ShardStage::fetched || shard.stage == ShardStage::collected;
    return !has_results && !(shard.stage == ShardStage::ended && shard.end != model::EndKind::batch);
  });
}

bool may_be_submitted_again(const GlobalOptions& global, const model::Run& run, const model::Shard& shard) {
  const auto question =
      fmt::format("Submit shard {} of {} again? If submission {} did arrive at {}, its {} are paid for twice. [y/N] ",
                  shard.n, run.job, shard.submission, run.provider, counted(shard.requests, "request"));
  if (agreed(question)) return true;
  say(global, LogLevel::info, "Nothing was changed.");
  return false;
}

// The batch as the provider shows it; invalid: it is something else's.
Result<model::RemoteBatch> ask_for(TakenUp& taken, const model::Run& run, const model::Shard& shard,
                                   const std::string& id) {
  const async::StopToken never;
  auto batch = taken.place->loop().run(taken.provider->poll(id, never));
  if (!batch && batch.error().kind == ErrorKind::not_found)
    return Error(ErrorKind::invalid, fmt::format("{} has no batch {}: {}", run.provider, id, batch.error().message),
                 fmt::format("the batches it lists are those to choose from; if none is this shard's: `batchd resolve "
                             "{} {} --resubmit`",
                             run.id, shard.n));
  if (!batch) return batch;
  const auto known = runner::known_runs(taken.place->store(), run.provider);
  if (!known) return known.error();
  const auto why = runner::why_not_named(*known, run.id, shard, *batch);
  if (why.empty()) return batch;
  return Error(ErrorKind::invalid, fmt::format("{} cannot be adopted as shard {}: {}", id, shard.n, why),
               "nothing was changed; name another batch, or say --resubmit or --fail");
}

void tell(const GlobalOptions& global, const model::Run& run, const model::Resolution& word, bool again) {
  if (global.json) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object().key("type").string("resolved").key("time").string(format_utc(word.decided_at, true));
    writer.key("run").string(run.id).key("shard").unsigned_integer(word.shard);
    writer.key("submission").unsigned_integer(word.submission).key("by").string(name_of(word.by)).key("batch");
    word.batch_id.empty() ? writer.null() : writer.string(word.batch_id);
    writer.key("again").boolean(again).end_object();
    std::cout << line << std::endl;
  }
  if (again)
    say(global, LogLevel::info,
        fmt::format("Shard {} was settled so {} ({}); nothing is changed.", word.shard,
                    format_ago(word.decided_at, SystemClock().now()), shown(word)));
}

int hand_over(const GlobalOptions& global, const model::Run& run, const Owner& owner, const model::Resolution& word) {
  say(global, LogLevel::info,
      fmt::format("Process {} works on run {} and takes it up: shard {}, {}.", owner.process.pid, run.id, word.shard,
                  shown(word)));
  return exit_ok;
}

// Written down; whoever drives the run does the rest.
Status keep(store::Store& store, const model::Run& run, const Doubt& doubt, const model::Resolution& word) {
  return doubt.said ? Status() : store.resolve(run.id, word);
}

// Without the provider: a process that lives does it all.
int resolve_by_other(const GlobalOptions& global, const Path& state_folder, const model::Run& run, const Doubt& doubt,
                     const model::Resolution& word, const Owner& owner) {
  auto store = store::Store::open(state_folder / "batchd.db", store::Mode::read_write);
  if (!store) return show_error(global, store.error());
  if (auto kept = keep(**store, run, doubt, word); !kept) return show_error(global, kept.error());
  tell(global, run, word, doubt.said.has_value());
  return hand_over(global, run, owner, word);
}

int resolve(const GlobalOptions& global, const job::Config& config, const ResolveOptions& options,
            const Path& state_folder, const model::Run& run, const Doubt& doubt) {
  const auto by = wish_of(options);
  auto word = doubt.said.value_or(model::Resolution{doubt.shard.n, doubt.shard.submission, by,
                                                    options.adopt.value_or(""), "", SystemClock().now()});
  const bool must_ask = by == Settlement::adopt && !doubt.said;
  const auto owner = owner_of(run);
  if (owner && !must_ask) return resolve_by_other(global, state_folder, run, doubt, word, *owner);
  if (owner && run.simulated)
    return show_error(global, Error(ErrorKind::conflict,
                                    fmt::format("process {} rehearses run {}, and only there its provider can be asked",
                                                owner->process.pid, run.id),
                                    "end it (Ctrl-C loses nothing) and give this command again"));
  // Before anything is said: without a key the word would lie there until there is one.
  auto taken = take_up(global, config, run, options.give_up_after, must_ask || asks_provider(doubt, by));
  if (!taken) return show_error(global, taken.error());
  if (must_ask) {
    const auto batch = ask_for(*taken, run, doubt.shard, word.batch_id);
    if (!batch) return show_error(global, batch.error());
    word.input_file_id = batch->input_file_id;
  }
  if (auto kept = keep(taken->place->store(), run, doubt, word); !kept) return show_error(global, kept.error());
  tell(global, run, word, doubt.said.has_value());
  return owner ? hand_over(global, run, *owner, word) : drive_on(*taken, global, run.id);
}

}  // namespace

int resolve_command(const GlobalOptions& global, const ResolveOptions& options) {
  if (const auto fault = fault_of(options)) return show_error(global, *fault);
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  auto found = find_run_to_act_on(*config, options.run);
  if (!found) return show_error(global, found.error());
  const auto run = found->run;
  if (run.state == model::RunState::created) return show_error(global, still_preparing(run));
  const auto doubt = doubt_of(*found, options);
  if (!doubt) return show_error(global, doubt.error());
  if (model::is_final(run.state)) {  // only what was said before gets here
    tell(global, run, *doubt->said, true);
    return show_final(global, *found);
  }
  found->store.reset();
  if (options.resubmit && !doubt->said && !options.yes) {
    if (!is_terminal(STDIN_FILENO))
      return show_error(global, Error(ErrorKind::invalid, "--resubmit asks first, and there is nobody to ask here",
                                      fmt::format("add --yes; if submission {} did arrive at {}, it is paid for twice",
                                                  doubt->shard.submission, run.provider)));
    if (!may_be_submitted_again(global, run, doubt->shard)) return exit_usage;
  }
  return resolve(global, *config, options, found->state_folder, run, *doubt);
}

}  // namespace batchd::cli
