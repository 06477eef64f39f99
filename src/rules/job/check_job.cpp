#include "rules/job/check_job.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/suggest.hpp"
#include "ground/base/units.hpp"
#include "rules/job/check_request.hpp"
#include "rules/job/names.hpp"
#include "rules/job/takes.hpp"
#include "rules/job/values.hpp"
#include "rules/schedule/schedule.hpp"

namespace batchd::job {
namespace {

using model::ProviderSpec;

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto meant = suggest(word, candidates);
  return meant ? fmt::format("; did you mean \"{}\"?", *meant) : "";
}

const ProviderSpec* find_provider(Source& source, const model::JobSpec& job, const Config& config, bool knows_all) {
  if (job.provider.empty()) return nullptr;
  const auto found = config.providers.find(job.provider);
  if (found != config.providers.end()) return &found->second;
  if (!knows_all) return nullptr;
  std::vector<std::string> names;
  names.reserve(config.providers.size());
  for (const auto& [name, spec] : config.providers)
    names.push_back(name);
  std::string hint = did_you_mean(job.provider, names);
  if (hint.empty()) hint = fmt::format("; there are {}", fmt::join(names, ", "));
  source.complain("/provider", fmt::format("there is no provider \"{}\"{}", job.provider, hint));
  return nullptr;
}

void check_take(Source& source, const model::JobSpec& job) {
  const auto fitting = takes_of(job.endpoint);
  if (std::find(fitting.begin(), fitting.end(), job.output.take) != fitting.end()) return;
  std::string listed;  // "content, tool_arguments or body"
  for (std::size_t n = 0; n < fitting.size(); ++n)
    listed += fmt::format("{}{}", n == 0 ? "" : n + 1 < fitting.size() ? ", " : " or ", name_of(fitting[n]));
  const std::string_view place = source.at("/output/take") ? "/output/take" : "/endpoint";
  source.complain(place, fmt::format("an answer of {} has no {}; write output.take: {}", job.endpoint,
                                     name_of(job.output.take), listed));
}

void check_endpoint(Source& source, const model::JobSpec& job, const ProviderSpec& provider) {
  const std::vector<std::string>& known = provider.batch_endpoints;
  if (!known.empty() && std::find(known.begin(), known.end(), job.endpoint) == known.end()) {
    source.complain("/endpoint", fmt::format("{} batches no \"{}\"; it takes {}", provider.name, job.endpoint,
                                             fmt::join(known, ", ")));
  } else {
    check_take(source, job);
  }
}

std::string in_hours(Duration duration) {
  return fmt::format("{}h", std::chrono::duration_cast<std::chrono::hours>(duration).count());
}

void check_window(Source& source, const ProviderSpec& provider) {
  const std::string_view pointer = "/batch/completion_window";
  const auto window = source.at(pointer) ? duration_at(source, pointer) : parse_duration("24h").value();
  if (!window) return;
  const auto& [min, max] = std::pair(provider.limits.window_min, provider.limits.window_max);
  if (*window >= min && *window <= max) return;
  const std::string allowed =
      min == max ? fmt::format("only {}", in_hours(min)) : fmt::format("{} to {}", in_hours(min), in_hours(max));
  source.complain(pointer, fmt::format("{} takes {}, not {}", provider.name, allowed, in_hours(*window)));
}

void check_batch(Source& source, const model::JobSpec& job, const ProviderSpec& provider) {
  const auto& limits = provider.limits;
  check_window(source, provider);
  if (job.batch.max_requests > limits.max_requests)
    source.complain("/batch/max_requests", fmt::format("{} takes at most {} requests in one batch", provider.name,
                                                       format_count(limits.max_requests)));
  if (job.batch.max_bytes > limits.max_bytes)
    source.complain("/batch/max_bytes",
                    fmt::format("{} takes at most {} in one batch", provider.name, format_bytes(limits.max_bytes)));
  if (job.batch.max_bytes == 0) source.complain("/batch/max_bytes", "must be more than nothing");
}

bool is_pointer(std::string_view text) {
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  return true;
}

// Each line is a request of the caller's own, and goes out as it came.
void check_requests(Source& source, const model::JobSpec& job) {
  if (source.at("/request"))
    source.complain_at_key("/request",
                           "request: the lines of the input are whole requests (input.format: requests), so nothing is "
                           "asked here; remove it");
  if (source.at("/input/id")) source.complain("/input/id", "a request's id is its custom_id; remove the key");
  const bool demands_json = job.output.structured == model::Structured::json_object ||
                            job.output.structured == model::Structured::json_schema;
  if (demands_json)
    source.complain("/output/structured",
                    fmt::format("{} cannot be asked: the requests are sent as they came; write auto or off",
                                source.shown("/output/structured")));
}

void check_input(Source& source, const model::JobSpec& job) {
  if (job.input.format == model::InputFormat::requests) return check_requests(source, job);
  if (!is_pointer(job.input.id))
    source.complain("/input/id", "in a JSON Pointer \"~\" is written \"~0\" and \"/\" within a name \"~1\"");
  if (job.input.max_row_bytes == 0) source.complain("/input/max_row_bytes", "must be more than nothing");
}

// Only a schema that closes its list of fields can say that a field is not there.
void check_field_is_known(Source& source, std::string_view pointer, std::string_view field, json::View row_schema) {
  const json::View properties = row_schema.find("properties");
  if (row_schema.find("additionalProperties").as_bool().value_or(true) || row_schema.find("patternProperties") ||
      properties.find(field))
    return;
  std::vector<std::string> known;
  for (const auto [key, value] : properties.members())
    known.emplace_back(key);
  source.complain(pointer, fmt::format("the input schema knows no field \"{}\"{}", field, did_you_mean(field, known)));
}

void check_fields(Source& source, const model::JobSpec& job) {
  std::set<std::string> seen;
  for (std::size_t n = 0; n < job.output.include.size(); ++n)
    if (!seen.insert(job.output.include[n]).second)
      source.complain(fmt::format("/output/include/{}", n),
                      fmt::format("\"{}\" is there already", job.output.include[n]));
  json::Document document;
  if (!job.input.schema || !document.parse(job.input.schema->text).ok()) return;
  for (std::size_t n = 0; n < job.output.include.size(); ++n)
    check_field_is_known(source, fmt::format("/output/include/{}", n), job.output.include[n], document.root());
  const std::string_view first = std::string_view(job.input.id).substr(0, job.input.id.find('/', 1));
  if (!first.empty()) check_field_is_known(source, "/input/id", dotted(first), document.root());
}

void check_output(Source& source, const model::JobSpec& job) {
  const bool asks_for_schema = job.output.structured == model::Structured::json_schema;
  if (asks_for_schema && !source.at("/output/schema"))
    source.complain("/output/structured", "json_schema needs an output.schema to ask for");
  std::error_code problem;
  if (std::filesystem::exists(job.output.path, problem) && !std::filesystem::is_directory(job.output.path, problem))
    source.complain("/output/path", fmt::format("{} is a file; results go into a folder", job.output.path.string()));
}

// A provider reads no files. What could stand in one text does by now (schema_files.cpp).
void check_schema_can_be_sent(Source& source, const model::JobSpec& job, const ProviderSpec& provider) {
  if (!job.output.schema || job.output.schema->documents.empty()) return;
  const bool is_sent =
      job.output.structured == model::Structured::json_schema ||
      (job.output.structured == model::Structured::automatic && provider.profile == model::Profile::openai &&
       job.endpoint.ends_with("/chat/completions") && job.output.take == model::Take::content);
  if (is_sent)
    source.complain(
        "/output/schema",
        "it refers to files whose $id or $anchor keeps them out of one text, and a provider reads no files; "
        "write output.structured: json_object or off");
}

void check_deadline(Source& source) {
  const json::View deadline = source.at("/deadline");
  if (!deadline.is(json::Kind::object)) return;
  const int given = (deadline.find("after") ? 1 : 0) + (deadline.find("at") ? 1 : 0);
  if (given != 1) source.complain_at_key("/deadline", "deadline: write either after or at");
  duration_at(source, "/deadline/after");
}

// What a variable holds is not repeated, and the error may repeat it.
void complain_of(Source& source, std::string_view pointer, std::string_view what, const Error& error) {
  const std::string shown = source.shown(pointer);
  const bool may_be_repeated = shown.starts_with('"');
  std::string message = may_be_repeated ? error.message : fmt::format("{} is no {}", shown, what);
  if (may_be_repeated && !error.hint.empty())
    message += fmt::format("{} {}", message.ends_with('?') ? "" : ".", error.hint);
  source.complain(pointer, message);
}

void check_schedule(Source& source, const std::optional<model::ScheduleSpec>& schedule) {
  if (!schedule) return;
  if (const auto pattern = schedule::Pattern::parse(schedule->cron); !pattern)
    complain_of(source, "/schedule/cron", "cron pattern", pattern.error());
  if (const auto zone = schedule::Zone::find(schedule->timezone); !zone)
    complain_of(source, "/schedule/timezone", "time zone", zone.error());
}

// A message that cannot leave is noticed when there is something to tell: too late.
void check_variables(Source& source, const std::string& at, json::View webhook, const Environment& environment) {
  if (!environment) return;
  for (const char* key : {"url_env", "secret_env"}) {
    const auto name = webhook.find(key).as_string();
    if (!name) continue;
    if (const auto value = environment(*name); !value || value->empty())
      source.warn(
          fmt::format("{}/webhook/{}", at, key),
          fmt::format("the environment variable {} is not set: this webhook is told nothing until it is", *name));
  }
}

void check_notify(Source& source, const Environment& environment) {
  for (std::size_t n = 0; n < source.at("/notify").size(); ++n) {
    const std::string at = fmt::format("/notify/{}", n);
    const json::View target = source.at(at);
    if (!target.is(json::Kind::object)) continue;
    const json::View webhook = target.find("webhook");
    const int given = (webhook ? 1 : 0) + (target.find("command") ? 1 : 0);
    if (given != 1) source.complain(at, "write either a webhook or a command");
    if (!webhook.is(json::Kind::object)) continue;
    const int addresses = (webhook.find("url") ? 1 : 0) + (webhook.find("url_env") ? 1 : 0);
    if (addresses != 1) source.complain_at_key(at + "/webhook", dotted(at) + ".webhook: write either url or url_env");
    if (webhook.find("secret_env") && webhook.find("secret_file"))
      source.complain_at_key(at + "/webhook", dotted(at) + ".webhook: write either secret_env or secret_file");
    if (addresses == 1) check_variables(source, at, webhook, environment);
  }
}

}  // namespace

void check_job(Source& source, const model::JobSpec& job, const Config& config, bool knows_all_providers,
               const Environment& environment) {
  check_input(source, job);
  check_output(source, job);
  check_fields(source, job);
  check_deadline(source);
  check_schedule(source, job.schedule);
  check_notify(source, environment);
  if (job.budget && job.budget->max_cost && job.budget->currency.empty())
    source.complain_at_key("/budget", "budget: max_cost needs a currency");
  const ProviderSpec* provider = find_provider(source, job, config, knows_all_providers);
  check_request(source, job, provider);
  if (provider == nullptr) return;
  check_endpoint(source, job, *provider);
  check_batch(source, job, *provider);
  check_schema_can_be_sent(source, job, *provider);
}

}  // namespace batchd::job
