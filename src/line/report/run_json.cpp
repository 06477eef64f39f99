#include "line/report/run_json.hpp"

#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "line/report/report.hpp"

namespace batchd::report {
namespace {

// How many of each name.
void append_tally(json::Writer& writer, std::string_view key, const std::map<std::string_view, std::uint64_t>& tally) {
  writer.key(key).begin_object();
  for (const auto& [name, count] : tally)
    writer.key(name).unsigned_integer(count);
  writer.end_object();
}

void append_tallies(json::Writer& writer, const RunFacts& facts) {
  std::map<std::string_view, std::uint64_t> stages;
  std::map<std::string_view, std::uint64_t> batches;
  for (const auto& shard : facts.shards) {
    ++stages[name_of(shard.stage)];
    if (const auto* batch = newest_submission(facts, shard)) ++batches[name_of(batch->state)];
  }
  append_tally(writer, "stages", stages);
  append_tally(writer, "batches", batches);
}

void append_untold(json::Writer& writer, const RunFacts& facts) {
  writer.key("untold").begin_array();
  for (const auto& one : facts.untold) {
    writer.begin_object().key("event").string(one.event).key("to").string(one.to).key("why").string(one.why);
    writer.key("since").string(format_utc(one.since, true)).key("tries").unsigned_integer(one.tries);
    writer.key("next_try_at");
    one.next_try_at ? writer.string(format_utc(*one.next_try_at, true)) : writer.null();
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

void append_shard(json::Writer& writer, const RunFacts& facts, const model::Shard& shard) {
  writer.begin_object().key("shard").unsigned_integer(shard.n).key("stage").string(name_of(shard.stage));
  writer.key("lane").string(shard.lane);
  writer.key("requests").unsigned_integer(shard.requests);
  if (const auto* batch = newest_submission(facts, shard)) {
    writer.key("batch").string(batch->batch_id).key("state").string(name_of(batch->state));
    writer.key("total").unsigned_integer(batch->counts.total);
    writer.key("completed").unsigned_integer(batch->counts.completed);
    writer.key("failed").unsigned_integer(batch->counts.failed).key("expires_at");
    batch->expires_at ? writer.string(format_utc(*batch->expires_at, true)) : writer.null();
  }
  if (!shard.error.empty()) writer.key("error").string(shard.error);
  writer.end_object();
}

std::string run_json(const RunFacts& facts, Time now, Told told, std::string_view note) {
  const auto& run = facts.run;
  const auto& counts = facts.counts;
  std::string line;
  json::Writer writer(line);
  const auto time_or_null = [&](const std::optional<Time>& time) {
    time ? writer.string(format_utc(*time, true)) : writer.null();
  };
  writer.begin_object().key("type").string("run").key("time").string(format_utc(now, true));
  writer.key("id").string(run.id).key("job").string(run.job).key("key").string(run.key);
  writer.key("state").string(name_of(run.state)).key("provider").string(run.provider);
  writer.key("simulated").boolean(run.simulated);
  writer.key("rows").unsigned_integer(run.rows).key("rejected").unsigned_integer(run.rejected);
  writer.key("items").unsigned_integer(run.items);
  writer.key("counts").begin_object();
  writer.key("succeeded").unsigned_integer(counts.succeeded).key("reused").unsigned_integer(counts.reused);
  writer.key("failed").unsigned_integer(counts.failed).key("pending").unsigned_integer(counts.pending).end_object();
  writer.key("reasons").begin_object();
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0) writer.key(name_of(static_cast<model::Reason>(i))).unsigned_integer(count);
  }
  writer.end_object();
  writer.key("waiting");
  if (run.waiting.what == model::WaitingFor::nothing) {
    writer.null();
  } else {
    writer.begin_object().key("for").string(name_of(run.waiting.what));
    writer.key("since").string(format_utc(run.waiting.since, true)).key("next_try_at");
    time_or_null(run.waiting.next_try_at);
    writer.key("detail").string(run.waiting.detail).end_object();
  }
  writer.key("created_at").string(format_utc(run.created_at, true)).key("finished_at");
  time_or_null(run.finished_at);
  writer.key("exit_code");
  model::is_final(run.state) ? writer.integer(run.exit_code) : writer.null();
  writer.key("folder").string((folder_of(run) / run.id).string());
  if (told != Told::run) {
    const auto standing = standing_of(facts, owner_of(run), now);
    writer.key("standing").begin_object().key("mood").string(name_of(standing.mood));
    writer.key("text").string(fmt::format("{}", fmt::join(standing.sentences, " "))).key("command");
    standing.command.empty() ? writer.null() : writer.string(fmt::format("batchd {} {}", standing.command, run.id));
    writer.end_object();
    append_untold(writer, facts);
    append_tallies(writer, facts);
  }
  if (told == Told::shards) {
    writer.key("shards").begin_array();
    for (const auto& shard : facts.shards)
      append_shard(writer, facts, shard);
    writer.end_array();
  }
  if (!note.empty()) writer.key("note").string(note);
  writer.end_object();
  return line;
}

}  // namespace batchd::report
