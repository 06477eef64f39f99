#include "rules/job/read_job.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/job/names.hpp"
#include "rules/job/values.hpp"

namespace batchd::job {
namespace {

template <typename Enum>
void read_name(const Source& source, std::string_view pointer, Enum& target) {
  if (const auto name = source.at(pointer).as_string()) set_by_name(target, *name);
}

// "ticket_id" is "/ticket_id"; what begins with "/" is a pointer already.
std::string id_pointer(const std::string& written) {
  return written.empty() || written.starts_with('/') ? written : pointer_to("", written);
}

void read_input(Source& source, const Path& folder, model::InputSpec& input) {
  input.path_as_written = text_at(source, "/input/path").value_or("");
  const bool is_a_file = !input.path_as_written.empty() && !input.is_standard_input();
  input.path = is_a_file ? resolved(folder, input.path_as_written) : Path(input.path_as_written);
  input.id = id_pointer(text_at(source, "/input/id").value_or(""));
  read_name(source, "/input/format", input.format);
  read_name(source, "/input/on_invalid", input.on_invalid);
  read_name(source, "/input/on_duplicate", input.on_duplicate);
  read_name(source, "/input/on_empty", input.on_empty);
  if (const auto size = size_at(source, "/input/max_row_bytes")) input.max_row_bytes = *size;
}

void read_output(Source& source, const Path& folder, model::OutputSpec& output) {
  read_name(source, "/output/structured", output.structured);
  read_name(source, "/output/take", output.take);
  read_name(source, "/output/formats", output.formats);
  output.include = texts_at(source, "/output/include");
  if (const auto path = text_at(source, "/output/path")) output.path = resolved(folder, *path);
}

void read_batch(Source& source, model::BatchSpec& batch) {
  batch.completion_window = text_at(source, "/batch/completion_window").value_or(batch.completion_window);
  batch.max_requests = count_at(source, "/batch/max_requests");
  batch.max_bytes = size_at(source, "/batch/max_bytes");
  if (const auto count = count_at(source, "/batch/max_batches_in_flight"))
    batch.max_batches_in_flight = static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, UINT32_MAX));
}

void read_recover(Source& source, model::RetryPolicy& recover) {
  if (const auto attempts = count_at(source, "/recover/attempts"))
    recover.attempts = static_cast<std::uint32_t>(std::min<std::uint64_t>(*attempts, UINT32_MAX));
  recover.reask = flag_at(source, "/recover/reask").value_or(false);
  for (std::size_t n = 0; n < source.at("/recover/escalate").size(); ++n) {
    const std::string at = fmt::format("/recover/escalate/{}", n);
    const std::uint64_t after = count_at(source, at + "/after").value_or(0);
    recover.escalate.push_back({text_at(source, at + "/model").value_or(""),
                                static_cast<std::uint32_t>(std::min<std::uint64_t>(after, UINT32_MAX))});
  }
}

void read_budget(Source& source, std::optional<model::Budget>& budget) {
  if (!source.at("/budget").is(json::Kind::object)) return;
  budget.emplace();
  budget->max_cost = money_at(source, "/budget/max_cost");
  budget->currency = text_at(source, "/budget/currency").value_or("");
  budget->max_total_tokens = count_at(source, "/budget/max_total_tokens");
}

void read_schedule(Source& source, std::optional<model::ScheduleSpec>& schedule) {
  if (!source.at("/schedule").is(json::Kind::object)) return;
  schedule.emplace();
  schedule->cron = text_at(source, "/schedule/cron").value_or("");
  schedule->timezone = text_at(source, "/schedule/timezone").value_or(schedule->timezone);
  read_name(source, "/schedule/catch_up", schedule->catch_up);
  read_name(source, "/schedule/overlap", schedule->overlap);
  schedule->jitter = duration_at(source, "/schedule/jitter").value_or(schedule->jitter);
  if (const auto count = count_at(source, "/schedule/max_active_runs"))
    schedule->max_active_runs = static_cast<std::uint32_t>(std::min<std::uint64_t>(*count, UINT32_MAX));
}

// Success need wake nobody; who wants to hear of it says so.
const std::vector<model::NotifyOn> told_unasked{model::NotifyOn::failure, model::NotifyOn::limit,
                                                model::NotifyOn::decision};

// "tell" is looked for in PATH; "./tell" lies beside the job.
void read_command(const Source& source, const std::string& at, const Path& folder, std::vector<std::string>& command) {
  command = texts_at(source, at);
  if (!command.empty() && command.front().find('/') != std::string::npos)
    command.front() = resolved(folder, command.front()).string();
}

void read_notify(const Source& source, const Path& folder, std::vector<model::NotifyTarget>& notify) {
  for (std::size_t n = 0; n < source.at("/notify").size(); ++n) {
    const std::string at = fmt::format("/notify/{}", n);
    auto& target = notify.emplace_back();
    for (const auto& name : texts_at(source, at + "/on"))
      if (const auto on = model::notify_on_from_name(name)) target.on.push_back(*on);
    if (!source.at(at + "/on")) target.on = told_unasked;
    target.url = text_at(source, at + "/webhook/url").value_or("");
    target.url_env = text_at(source, at + "/webhook/url_env").value_or("");
    target.secret_env = text_at(source, at + "/webhook/secret_env").value_or("");
    if (const auto file = text_at(source, at + "/webhook/secret_file")) target.secret_file = resolved(folder, *file);
    read_command(source, at + "/command", folder, target.command);
  }
}

// The lines are whole requests: what is asked stands in their body, and the custom_id is the caller's own.
void settle_requests(model::JobSpec& job) {
  if (job.input.format != model::InputFormat::requests) return;
  job.request = R"({"$row":"/body"})";
  job.input.id = "/custom_id";
}

// What is read but changes nothing yet.
std::vector<std::string> keys_not_in_force(const Source& source) {
  std::vector<std::string> keys;
  for (const char* key : {"deadline", "budget"})
    if (source.root().find(key)) keys.emplace_back(key);
  for (const char* key : {"reask", "escalate"})
    if (source.root().find("recover").find(key)) keys.push_back(fmt::format("recover.{}", key));
  return keys;
}

std::string block_at(const Source& source, std::string_view key) {
  const json::View block = source.root().find(key);
  return block.is(json::Kind::object) ? std::string(block.source_text()) : "";
}

}  // namespace

model::JobSpec read_job(Source& source, const Path& file, const Path& folder) {
  model::JobSpec job;
  job.file = file;
  job.name = text_at(source, "/name").value_or("");
  job.description = text_at(source, "/description").value_or("");
  job.provider = text_at(source, "/provider").value_or("");
  job.endpoint = text_at(source, "/endpoint").value_or("/v1/chat/completions");
  job.prompt_version = label_at(source, "/prompt_version");
  job.request = block_at(source, "request");
  read_input(source, folder, job.input);
  settle_requests(job);
  read_output(source, folder, job.output);
  read_batch(source, job.batch);
  read_recover(source, job.recover);
  read_budget(source, job.budget);
  read_schedule(source, job.schedule);
  read_notify(source, folder, job.notify);
  job.min_success = source.at("/min_success").as_double().value_or(1.0);
  job.reuse = flag_at(source, "/reuse").value_or(false);
  for (const auto [key, value] : source.at("/labels").members())
    job.labels.emplace(key, label_of(value).value_or(""));
  job.deadline = block_at(source, "deadline");
  job.not_in_force = keys_not_in_force(source);
  return job;
}

}  // namespace batchd::job
