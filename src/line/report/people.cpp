#include "line/report/people.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "line/report/machine.hpp"

namespace batchd::report {
namespace {

// Names and messages come from job files and from the provider: none of them may break a table or pass for markup.
std::string plain(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == '\t') {
      safe += ' ';
    } else if (std::string_view("|<>`*[]\\").find(c) != std::string_view::npos) {
      safe += '\\';
      safe += c;
    } else {
      safe += c;
    }
  }
  return safe;
}

// Rounded, but almost all must not read as all of them, nor a few as none.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  std::uint64_t tenths = whole == 0 ? 0 : (part * 1'000 + whole / 2) / whole;
  if (part > 0 && part < whole) tenths = std::clamp<std::uint64_t>(tenths, 1, 999);
  return fmt::format("{}.{} %", tenths / 10, tenths % 10);
}

std::string day_and_time(Time time) {
  std::string text = format_utc(time);  // 2026-11-23T05:44:53Z
  text.replace(text.find('T'), 1, " ");
  return text.substr(0, text.size() - 1) + " UTC";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", format_count(count), count == 1 ? one : many);
}

std::string amount(model::Money cost, std::string_view currency) {
  const double units = static_cast<double>(cost.nano) / 1e9;
  return fmt::format("{:.{}f} {}", units, units >= 10 ? 2 : 4, currency);
}

// -- the sections, in order

std::string verdict(const Request& request) {
  const model::Counts& counts = request.counts;
  const std::uint64_t items = request.run.items;
  const std::string accepted = fmt::format("{} of {} ({}) have an accepted answer", format_count(counts.succeeded),
                                           counted(items, "item", "items"), percent(counts.succeeded, items));
  const std::string asked = fmt::format("the job asks for {:g} %", request.job.min_success * 100);
  switch (request.state) {
    case model::RunState::succeeded:
      if (items == 0) return "There was nothing to do: the input has no items.";
      if (counts.succeeded == items)
        return items == 1 ? "The only item has an accepted answer."
                          : fmt::format("All {} items have an accepted answer.", format_count(items));
      return fmt::format("{}; {}.", accepted, asked);
    case model::RunState::failed:
      return fmt::format("Only {}; {}.", accepted, asked);
    case model::RunState::stopped:
      return fmt::format("The run was stopped{} before it was done: {}.",
                         request.run.stopped_by.empty() ? "" : " by " + plain(request.run.stopped_by), accepted);
    case model::RunState::cancelled:
      return fmt::format("The run was cancelled: {}.", accepted);
    case model::RunState::created:
    case model::RunState::running:
    case model::RunState::finalizing:
      break;
  }
  return fmt::format("{}.", accepted);
}

std::string title(const Request& request) {
  std::string text =
      fmt::format("# {}: {}\n\n**{}**\n", plain(request.run.job), name_of(request.state), verdict(request));
  if (request.run.simulated)
    text += "\nThis was a rehearsal against the simulator: the answers are made up, and nothing was paid.\n";
  if (request.run.sample) text += "\nThis was a sample: only part of the input was used.\n";
  if (!request.job.description.empty()) text += fmt::format("\n{}\n", plain(request.job.description));
  return text;
}

std::string times(const Request& request) {
  const model::Run& run = request.run;
  std::string text = fmt::format("\n| | |\n|---|---|\n| Run | {} |\n| Provider | {} |\n", run.id, plain(run.provider));
  if (run.started_at) text += fmt::format("| Started | {} |\n", day_and_time(*run.started_at));
  text += fmt::format("| Finished | {} |\n", day_and_time(request.finished_at));
  if (run.started_at) text += fmt::format("| Took | {} |\n", format_duration(request.finished_at - *run.started_at));
  return text;
}

std::string counts_table(const Request& request) {
  const model::Run& run = request.run;
  const model::Counts& counts = request.counts;
  std::string text = "\n## Counts\n\n| | number | share of the items |\n|---|---:|---:|\n";
  const auto add = [&](std::string_view name, std::uint64_t count, const std::string& share) {
    text += fmt::format("| {} | {} | {} |\n", name, format_count(count), share);
  };
  add("Rows read", run.rows, "");
  add("Rows rejected before anything was sent", run.rejected, "");
  add("Items", run.items, "");
  add("Accepted", counts.succeeded, percent(counts.succeeded, run.items));
  if (counts.reused > 0) add("of these reused from an earlier run", counts.reused, percent(counts.reused, run.items));
  add("Failed", counts.failed, percent(counts.failed, run.items));
  if (counts.pending > 0) add("Never answered", counts.pending, percent(counts.pending, run.items));
  return text;
}

std::string_view meaning_of(model::Reason reason) {
  switch (reason) {
    case model::Reason::none:
      break;
    case model::Reason::not_json:
      return "the answer was not the JSON that was asked for";
    case model::Reason::empty:
      return "the model answered nothing";
    case model::Reason::schema_mismatch:
      return "the answer is JSON, but not as the output schema wants it";
    case model::Reason::truncated:
      return "the answer was cut off at the token limit";
    case model::Reason::too_large:
      return "it was larger than the provider takes";
    case model::Reason::refused:
      return "the model or the provider's filter declined to answer";
    case model::Reason::bad_request:
      return "the provider did not accept the request";
    case model::Reason::provider_error:
      return "the provider failed to answer";
    case model::Reason::expired:
      return "the batch ran out of time at the provider";
    case model::Reason::missing:
      return "the provider sent no result for it";
    case model::Reason::cancelled:
      return "it was cancelled before there was an answer";
    case model::Reason::budget:
      return "the budget was spent";
    case model::Reason::deadline:
      return "the deadline had passed";
  }
  return "";
}

std::string reasons_table(const model::Counts& counts) {
  if (counts.failed == 0) return "";
  std::string text = "\n## Why items failed\n\n| reason | items | what it means |\n|---|---:|---|\n";
  for (std::size_t number = 1; number < counts.reasons.size(); ++number) {
    if (counts.reasons[number] == 0) continue;
    const auto reason = static_cast<model::Reason>(number);
    text +=
        fmt::format("| {} | {} | {} |\n", name_of(reason), format_count(counts.reasons[number]), meaning_of(reason));
  }
  return text;
}

std::string tokens_and_cost(const Sums& sums) {
  std::string text = "\n## Tokens and cost\n\n";
  const bool incomplete = sums.answers_without_usage > 0;
  const std::string_view bound = incomplete ? "at least " : "";
  if (sums.usage_is_unknown()) return text + "Not known: no answer says what it used. The provider's bill does.\n";
  if (sums.usage.known) {
    text += "| | tokens |\n|---|---:|\n";
    const auto add = [&](std::string_view what, std::uint64_t tokens) {
      text += fmt::format("| {} | {}{} |\n", what, bound, format_count(tokens));
    };
    add("Input", sums.usage.input_tokens);
    if (sums.usage.cached_tokens > 0) add("of these cached", sums.usage.cached_tokens);
    add("Output", sums.usage.output_tokens);
    if (sums.usage.reasoning_tokens > 0) add("of these reasoning", sums.usage.reasoning_tokens);
    text += '\n';
  } else {
    text += "The provider counted no tokens.\n\n";
  }
  text += sums.cost ? fmt::format("Cost: {}{}, as the prices of the config have it.\n", bound,
                                  amount(*sums.cost, sums.currency))
                    : std::string("Cost: not known, the config has no price for this model.\n");
  if (incomplete) {
    text += fmt::format("\n{} what {} used: not counted here.\n",
                        counted(sums.answers_without_usage, "answer does not say", "answers do not say"),
                        sums.answers_without_usage == 1 ? "it" : "they");
  }
  return text;
}

std::string batch_line(const Request& request, const model::Submission& batch) {
  std::string took;
  if (!batch.batch_id.empty() && batch.ended_at) took = format_duration(*batch.ended_at - batch.intended_at);
  const auto shard = std::find_if(request.shards.begin(), request.shards.end(),
                                  [&](const model::Shard& s) { return s.n == batch.shard; });
  const std::uint64_t requests = shard == request.shards.end() ? 0 : shard->requests;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", batch.shard, plain(batch.batch_id),
                     plain(batch_state_text(batch)), format_count(requests), format_count(batch.counts.completed),
                     format_count(batch.counts.failed), took);
}

// What the provider said of a batch that failed, or of one that never came to be.
std::string batch_errors(const model::Submission& batch) {
  std::string text;
  for (const model::BatchError& error : batch.errors) {
    if (text.empty())
      text = fmt::format("\nShard {}, submission {} ({}):", batch.shard, batch.n, batch_state_text(batch));
    text += fmt::format("{}{}{} {}", text.back() == ':' ? "" : ";", error.code.empty() ? "" : " ", plain(error.code),
                        plain(error.message));
    text += plain(place_of(error));
  }
  return text.empty() ? text : text + "\n";
}

// "": it had a batch.
std::string_view end_without_batch(model::EndKind end) {
  switch (end) {
    case model::EndKind::none:
    case model::EndKind::batch:
      break;
    case model::EndKind::refused:
      return "was refused";
    case model::EndKind::not_sent:
      return "was not sent";
    case model::EndKind::given_up:
      return "was given up";
  }
  return "";
}

std::string batches_table(const Request& request) {
  if (request.submissions.empty()) return "";
  std::string text =
      "\n## Batches\n\n| shard | batch | state | requests | answered | failed | took "
      "|\n|---:|---|---|---:|---:|---:|---|"
      "\n";
  const std::size_t shown = std::min(request.submissions.size(), batches_shown_max);
  for (std::size_t n = 0; n < shown; ++n)
    text += batch_line(request, request.submissions[n]);
  if (shown < request.submissions.size())
    text += fmt::format("\nAnd {} more, in report.json.\n", format_count(request.submissions.size() - shown));
  for (std::size_t n = 0; n < shown; ++n)
    text += batch_errors(request.submissions[n]);
  for (const model::Shard& shard : request.shards) {
    const auto end = end_without_batch(shard.end);
    if (end.empty()) continue;
    text += fmt::format("\nShard {} ({}) {}{}{}.\n", shard.n, counted(shard.requests, "request", "requests"), end,
                        shard.error.empty() ? "" : ": ", plain(shard.error));
  }
  return text;
}

std::string oddities(const Request& request) {
  const model::Anomalies& odd = request.run.anomalies;
  const std::uint64_t paid_twice = requests_paid_twice(request);
  if (odd == model::Anomalies{} && paid_twice == 0) return "";
  std::string text = "\n## What was odd\n\n";
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many, std::string_view meaning) {
    if (count > 0) text += fmt::format("- {} {}\n", counted(count, one, many), meaning);
  };
  add(odd.missing_results, "item", "items",
      "got no result, though the batch ended: `missing`, unless a later attempt was answered.");
  add(odd.duplicate_results, "result", "results", "came more than once: one of them counts.");
  add(odd.unknown_results, "result", "results", "belonged to no item of this run: left out.");
  add(odd.undecodable_lines, "line", "lines", "of the provider's files could not be read: left out.");
  add(odd.unwrapped, "answer", "answers", "stood within other text: the JSON was taken out of it.");
  add(paid_twice, "request", "requests", "had a second batch that answered them, too: **paid twice**.");
  return text;
}

std::string files(const Request& request, const Path& folder) {
  const std::uint64_t unsuccessful = request.counts.failed + request.counts.pending;
  std::string text = fmt::format("\n## Files\n\nIn `{}`:\n\n", folder.string());
  text +=
      fmt::format("- `results.jsonl`: {}, one an item, in input order\n", counted(request.run.items, "row", "rows"));
  text += fmt::format("- `failures.jsonl`: {} that did not succeed, with the input\n",
                      counted(unsuccessful, "row", "rows"));
  text += fmt::format("- `rejected.jsonl`: {} that never became items, with the reason\n",
                      counted(request.run.rejected, "row", "rows"));
  text += "- `report.json`: this report, for programs\n- `job.yaml`: the job as it ran\n";
  if (request.job.output.schema) text += "- `output.schema.json`: what every accepted answer conforms to\n";
  for (const model::InputFile& file : request.run.inputs)
    text += fmt::format("\nInput: `{}`, {}\n", file.path.string(), format_bytes(file.identity.size_bytes));
  return text;
}

}  // namespace

std::string report_markdown(const Request& request, const Path& folder) {
  return title(request) + times(request) + counts_table(request) + reasons_table(request.counts) +
         tokens_and_cost(request.sums) + batches_table(request) + oddities(request) + files(request, folder) +
         fmt::format("\nbatchd {}\n", plain(request.version));
}

}  // namespace batchd::report
