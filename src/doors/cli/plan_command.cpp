#include <algorithm>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/runner/recall.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/layout.hpp"
#include "doors/cli/loading.hpp"
#include "doors/cli/terminal.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::cli {
namespace {

// What the cutter would cut, counted instead of written.
struct GroupPlan {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t shards = 0;
  std::uint64_t shard_requests = 0;
  std::uint64_t shard_bytes = 0;
};

struct Plan {
  prepare::Tally tally;
  std::vector<prepare::Group> groups;
  std::vector<GroupPlan> by_group;
  std::uint64_t row_bytes = 0;
  prepare::HowAsked asking;          // for the answers
  std::uint64_t reused = 0;          // of the items: answered by earlier runs
  std::vector<std::string> changed;  // since the job's newest run, that makes items be asked again
  std::string changed_since;         // that run
  std::uint64_t to_send() const { return tally.items - reused; }

  std::uint64_t shards() const {
    std::uint64_t sum = 0;
    for (const auto& group : by_group)
      sum += group.shards;
    return sum;
  }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& group : by_group)
      sum += group.bytes;
    return sum;
  }
};

struct ShardLimits {
  std::uint64_t requests_max = 0;
  std::uint64_t bytes_max = 0;
};

void count_row(GroupPlan& group, std::uint64_t line_bytes, const ShardLimits& limits) {
  const bool fits = group.shards > 0 && group.shard_requests < limits.requests_max &&
                    group.shard_bytes + line_bytes <= limits.bytes_max;
  if (!fits) {
    ++group.shards;
    group.shard_requests = group.shard_bytes = 0;
  }
  ++group.shard_requests;
  group.shard_bytes += line_bytes;
  ++group.requests;
  group.bytes += line_bytes;
}

// The bytes around a body: {"custom_id":"<run>-<sequence>-1","method":"POST","url":"…","body":…}\n
std::uint64_t overhead_bytes(const model::JobSpec& job, std::uint64_t sequence) {
  const std::string run(26, '0');
  return fmt::format(R"({{"custom_id":"{}-{}-1","method":"POST","url":"{}","body":}}{})", run, sequence, job.endpoint,
                     "\n")
      .size();
}

// What earlier runs of the job know, as far as it can be read without writing.
struct Memory {
  Path state_folder;
  std::unique_ptr<store::Store> store;
  std::vector<model::Run> runs;
  std::optional<runner::Recall> recall;
};

constexpr std::uint32_t runs_looked_at = 1'000;

Result<Memory> open_memory(const job::Config& config, const model::JobSpec& job) {
  Memory memory;
  if (!job.reuse) return memory;
  memory.state_folder = state_folder_of(config, false);
  auto store = store::Store::open(memory.state_folder / "batchd.db", store::Mode::read_only);
  if (!store && store.error().kind == ErrorKind::not_found) return memory;
  if (!store) return store.error();
  memory.store = std::move(*store);
  auto runs = memory.store->runs(job.name, runs_looked_at);
  if (!runs) return runs.error();
  memory.runs = std::move(*runs);
  memory.recall.emplace(*memory.store, memory.state_folder, job.name, prepare::answer_rule(job), memory.runs);
  if (!memory.recall->is_of_use()) memory.recall.reset();
  return memory;
}

// Of what is asked, not of whom the rows are: those speak for themselves.
void find_changes(const Memory& memory, const model::JobSpec& job, Plan& plan) {
  const auto newest = std::find_if(memory.runs.begin(), memory.runs.end(), [](const model::Run& run) {
    return !run.sample && run.state != model::RunState::created;
  });
  if (newest == memory.runs.end()) return;
  const auto then = job::thaw(newest->frozen_job);
  if (!then) return;
  plan.changed_since = newest->id;
  for (auto& key : job::differences(*then, job))
    if (!key.starts_with("input.")) plan.changed.push_back(std::move(key));
  if (then->output.formats != job.output.formats) plan.changed.emplace_back("output.formats");
}

Status walk(prepare::Renderer& renderer, const model::JobSpec& job, const ShardLimits& limits, Memory& memory,
            Plan& plan) {
  prepare::Block block;
  std::vector<std::optional<store::KnownAnswer>> known;
  while (!block.at_end) {
    if (auto next = renderer.next(block); !next) return next;
    if (memory.recall)
      if (auto looked_up = memory.recall->look_up(block, known); !looked_up) return looked_up;
    for (std::size_t i = 0; i < block.accepted.size(); ++i) {
      if (memory.recall && known[i]) {
        ++plan.reused;
        continue;
      }
      const auto& row = block.accepted[i];
      if (plan.by_group.size() <= row.group) plan.by_group.resize(row.group + 1);
      count_row(plan.by_group[row.group], row.body_length + overhead_bytes(job, row.sequence), limits);
      plan.row_bytes += row.row_length + 1;
    }
  }
  plan.tally = renderer.tally();
  plan.groups = renderer.groups();
  return {};
}

std::string_view name_of(model::Structured structured) {
  switch (structured) {
    case model::Structured::automatic:
      return "auto";
    case model::Structured::json_schema:
      return "json_schema";
    case model::Structured::json_object:
      return "json_object";
    case model::Structured::off:
      break;
  }
  return "off";
}

void put_texts(json::Writer& writer, std::string_view key, const std::vector<std::string>& texts) {
  writer.key(key).begin_array();
  for (const auto& text : texts)
    writer.string(text);
  writer.end_array();
}

void print_json(const LoadedAll& loaded, const Plan& plan) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("plan").key("time").string(format_utc(SystemClock().now(), true));
  writer.key("job").string(loaded.job.name).key("provider").string(loaded.job.provider);
  writer.key("rows").unsigned_integer(plan.tally.rows).key("rejected").unsigned_integer(plan.tally.rejected);
  writer.key("items").unsigned_integer(plan.tally.items).key("reused").unsigned_integer(plan.reused);
  writer.key("to_send").unsigned_integer(plan.to_send());
  put_texts(writer, "changed", plan.changed);
  writer.key("shards").unsigned_integer(plan.shards());
  writer.key("upload_bytes").unsigned_integer(plan.bytes());
  writer.key("disk_bytes").unsigned_integer(plan.bytes() + plan.row_bytes);
  writer.key("long_requests").unsigned_integer(plan.tally.long_requests);
  writer.key("structured").string(name_of(plan.asking.structured)).key("strict").boolean(plan.asking.is_strict);
  put_texts(writer, "left_to_judging", plan.asking.left_out);
  put_texts(writer, "made_required", plan.asking.made_required);
  writer.end_object();
  std::cout << line << std::endl;
}

bool asks_by_itself(const model::JobSpec& job) {
  json::Document document;
  const auto request = document.parse(job.request);
  return request && request->find("response_format");
}

std::string_view answers_sentence(const model::JobSpec& job, const prepare::HowAsked& asking) {
  if (asks_by_itself(job)) return "asked for by the request's own response_format, and held against the schema here";
  switch (asking.structured) {
    case model::Structured::json_schema:
      return asking.is_strict ? "asked for by json_schema, strict, and held against the schema here"
                              : "asked for by json_schema, not strict, and held against the schema here";
    case model::Structured::json_object:
      return "asked for by json_object, and held against the schema here";
    case model::Structured::automatic:
    case model::Structured::off:
      break;
  }
  return "the schema is not sent; answers are held against it here";
}

// What the provider does not hear of the schema, and what it is told beyond it.
std::vector<std::string> strict_sentences(const model::JobSpec& job, const prepare::HowAsked& asking) {
  static constexpr std::size_t shown_max = 8;
  const auto listed = [](const std::vector<std::string>& all) {
    const auto shown = std::min(all.size(), shown_max);
    const auto more = all.size() > shown ? fmt::format(" and {} more", all.size() - shown) : "";
    return fmt::format("{}{}", fmt::join(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), ", "), more);
  };
  std::vector<std::string> sentences;
  if (asks_by_itself(job)) return sentences;
  if (!asking.not_strict_because.empty())
    sentences.push_back(fmt::format("strict mode cannot say it: {}", asking.not_strict_because));
  if (!asking.left_out.empty())
    sentences.push_back(fmt::format("strict mode does not take {}: held against here only", listed(asking.left_out)));
  if (!asking.made_required.empty())
    sentences.push_back(fmt::format("strict mode always asks for what is optional: {}", listed(asking.made_required)));
  return sentences;
}

// "prompt changed since run 01k…: 63,666 of 63,666 rows will be sent"
std::vector<std::string> reuse_sentences(const Plan& plan) {
  std::vector<std::string> sentences;
  const auto sent =
      fmt::format("{} of {} will be sent", format_count(plan.to_send()), counted(plan.tally.items, "row"));
  if (plan.reused > 0) sentences.push_back(fmt::format("{} answered by earlier runs", counted(plan.reused, "row")));
  if (plan.changed.empty()) {
    sentences.push_back(sent);
    return sentences;
  }
  const auto is_of_prompt = [](const std::string& key) { return key.starts_with("request"); };
  const bool is_prompt = std::all_of(plan.changed.begin(), plan.changed.end(), is_of_prompt);
  sentences.push_back(fmt::format("{} changed since run {}: {}",
                                  is_prompt ? "prompt" : fmt::format("{}", fmt::join(plan.changed, ", ")),
                                  plan.changed_since, sent));
  return sentences;
}

void print_plan(const GlobalOptions& global, const LoadedAll& loaded, const Plan& plan) {
  const auto style = canvas_of(global, 1).style;
  const auto label = [&](std::string_view text) { return style.dim(fmt::format("  {:<10}", text)); };
  const auto& job = loaded.job;
  std::cout << fmt::format("{} would send {} in {}\n", style.bold(job.name), counted(plan.to_send(), "item"),
                           plan.shards() == 1 ? "1 batch" : format_count(plan.shards()) + " batches");
  std::cout << fmt::format("{}{}, {}\n", label("to"), job.provider, job.endpoint);
  std::cout << fmt::format("{}{} read, {} rejected ({} invalid, {} double, {} too large)\n", label("rows"),
                           format_count(plan.tally.rows), format_count(plan.tally.rejected),
                           format_count(plan.tally.by_fault[0]), format_count(plan.tally.by_fault[1]),
                           format_count(plan.tally.by_fault[2]));
  if (!plan.changed_since.empty()) {
    bool is_first = true;
    for (const auto& sentence : reuse_sentences(plan)) {
      std::cout << label(is_first ? "reuse" : "") << sentence << "\n";
      is_first = false;
    }
  }
  for (std::size_t i = 0; i < plan.by_group.size(); ++i) {
    const auto& group = plan.by_group[i];
    const auto thinking = plan.groups[i].thinking.empty() ? "" : ", enable_thinking " + plan.groups[i].thinking;
    std::cout << fmt::format("{}{}{}: {} in {}, {}\n", label(i == 0 ? "models" : ""), plan.groups[i].model, thinking,
                             counted(group.requests, "request"), counted(group.shards, "shard"),
                             format_bytes(group.bytes));
  }
  std::cout << fmt::format("{}{} to upload, {} of disk for the spool\n", label("bytes"), format_bytes(plan.bytes()),
                           format_bytes(plan.bytes() + plan.row_bytes));
  if (!job.output.schema) return;
  std::cout << label("answers") << answers_sentence(job, plan.asking) << "\n";
  for (const auto& sentence : strict_sentences(job, plan.asking))
    std::cout << label("") << printable(sentence) << "\n";
}

// The provider would take them; it only says that shorter ones fare better.
void warn_of_long_requests(const GlobalOptions& global, const Plan& plan, const model::ProviderSpec& provider) {
  const auto count = plan.tally.long_requests;
  if (count == 0) return;
  say(global, LogLevel::warning,
      fmt::format("{} longer than the provider's advised {}",
                  count == 1 ? "1 request is" : format_count(count) + " requests are",
                  format_bytes(provider.limits.warn_line_bytes.value_or(0))));
}

}  // namespace

int plan_command(const GlobalOptions& global, const PlanOptions& options) {
  const auto all = load_all(global, options.job, Purpose::plan);
  if (!all.all) return all.exit_code;
  const auto* loaded = &*all.all;
  const auto& job = loaded->job;
  const auto& provider = loaded->config.providers.at(job.provider);
  auto inputs = prepare::identify(job.input);
  if (!inputs) return show_error(global, inputs.error());
  auto renderer = prepare::Renderer::open(job, provider, std::move(*inputs), {});
  if (!renderer) return show_error(global, renderer.error());
  ShardLimits limits;
  limits.requests_max =
      std::min(job.batch.max_requests.value_or(provider.limits.max_requests), provider.limits.max_requests);
  limits.bytes_max = std::min(job.batch.max_bytes.value_or(provider.limits.max_bytes), provider.limits.max_bytes);
  Plan plan;
  plan.asking = prepare::how_asked(job, provider);
  auto memory = open_memory(loaded->config, job);
  if (!memory) return show_error(global, memory.error());
  find_changes(*memory, job, plan);
  if (auto walked = walk(*renderer, job, limits, *memory, plan); !walked) return show_error(global, walked.error());
  if (global.json) {
    print_json(*loaded, plan);
  } else {
    print_plan(global, *loaded, plan);
  }
  warn_of_long_requests(global, plan, provider);
  const auto verdict = renderer->verdict();
  if (verdict) {
    show_rejected_rows(global, LogLevel::warning, job.input.path_as_written, renderer->complaints(),
                       renderer->tally().rejected);
    return exit_ok;
  }
  show_refused_rows(global, {verdict.error(), renderer->complaints(), renderer->tally(), job.input.path_as_written});
  return exit_usage;
}

}  // namespace batchd::cli
