// A job as one JSON object. The order and the names are those of JobSpec; `version` changes when an old reader would
// misunderstand a new text.

#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/job.hpp"
#include "rules/job/names.hpp"

namespace batchd::job {
namespace {

constexpr std::int64_t frozen_version = 1;

using json::View;
using json::Writer;

// --- freezing ---------------------------------------------------------------------------------------------------

template <typename Count>
void put_count(Writer& w, std::string_view key, const std::optional<Count>& count) {
  if (count) w.key(key).unsigned_integer(*count);
}
void put_text(Writer& w, std::string_view key, const std::optional<std::string>& text) {
  if (text) w.key(key).string(*text);
}
void put_block(Writer& w, std::string_view key, std::string_view json) {
  if (!json.empty()) w.key(key).raw(json);
}
void put_texts(Writer& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts)
    w.string(text);
  w.end_array();
}
void put_schema(Writer& w, const std::optional<model::SchemaText>& schema) {
  if (!schema) return;
  w.key("schema").begin_object();
  w.key("path").string(schema->path.native()).key("text").string(schema->text);
  w.key("documents").begin_array();
  for (const auto& document : schema->documents) {
    w.begin_object().key("path").string(document.path.native());
    if (!document.uri.empty()) w.key("uri").string(document.uri);
    w.key("text").string(document.text).end_object();
  }
  w.end_array().end_object();
}

void put_input(Writer& w, const model::InputSpec& input) {
  w.key("input").begin_object();
  w.key("path").string(input.path.native()).key("path_as_written").string(input.path_as_written);
  w.key("format").string(name_of(input.format)).key("id").string(input.id);
  if (!input.row_pointer.empty()) w.key("row_pointer").string(input.row_pointer);
  put_schema(w, input.schema);
  w.key("on_invalid").string(name_of(input.on_invalid)).key("on_duplicate").string(name_of(input.on_duplicate));
  w.key("on_empty").string(name_of(input.on_empty)).key("max_row_bytes").unsigned_integer(input.max_row_bytes);
  put_count(w, "limit", input.limit);
  if (input.sample) {
    w.key("sample").begin_object().key("rows").unsigned_integer(input.sample->rows);
    w.key("seed").unsigned_integer(input.sample->seed).end_object();
  }
  w.end_object();
}

void put_output(Writer& w, const model::OutputSpec& output) {
  w.key("output").begin_object();
  put_schema(w, output.schema);
  w.key("structured").string(name_of(output.structured)).key("take").string(name_of(output.take));
  w.key("formats").string(name_of(output.formats));
  put_texts(w, "include", output.include);
  w.key("path").string(output.path.native());
  w.end_object();
}

void put_batch(Writer& w, const model::BatchSpec& batch) {
  w.key("batch").begin_object();
  w.key("completion_window").string(batch.completion_window);
  put_count(w, "max_requests", batch.max_requests);
  put_count(w, "max_bytes", batch.max_bytes);
  w.key("max_batches_in_flight").unsigned_integer(batch.max_batches_in_flight);
  w.end_object();
}

void put_recover(Writer& w, const model::RetryPolicy& recover) {
  w.key("recover").begin_object();
  w.key("attempts").unsigned_integer(recover.attempts).key("reask").boolean(recover.reask);
  w.key("escalate").begin_array();
  for (const auto& rung : recover.escalate) {
    w.begin_object().key("model").string(rung.model).key("after").unsigned_integer(rung.after);
    w.end_object();
  }
  w.end_array().end_object();
}

void put_budget(Writer& w, const std::optional<model::Budget>& budget) {
  if (!budget) return;
  w.key("budget").begin_object();
  if (budget->max_cost) w.key("max_cost_nano").integer(budget->max_cost->nano);
  w.key("currency").string(budget->currency);
  put_count(w, "max_total_tokens", budget->max_total_tokens);
  w.end_object();
}

void put_schedule(Writer& w, const std::optional<model::ScheduleSpec>& schedule) {
  if (!schedule) return;
  w.key("schedule").begin_object();
  w.key("cron").string(schedule->cron).key("timezone").string(schedule->timezone);
  w.key("catch_up").string(name_of(schedule->catch_up)).key("overlap").string(name_of(schedule->overlap));
  w.key("jitter").string(fmt::format("{}ms", schedule->jitter.count()));
  w.key("max_active_runs").unsigned_integer(schedule->max_active_runs);
  w.end_object();
}

void put_notify(Writer& w, const std::vector<model::NotifyTarget>& notify) {
  w.key("notify").begin_array();
  for (const auto& target : notify) {
    w.begin_object().key("on").begin_array();
    for (const auto on : target.on)
      w.string(name_of(on));
    w.end_array();
    w.key("url").string(target.url).key("url_env").string(target.url_env);
    w.key("secret_env").string(target.secret_env).key("secret_file").string(target.secret_file.native());
    put_texts(w, "command", target.command);
    w.end_object();
  }
  w.end_array();
}

void put_rehearsal(Writer& w, const std::optional<model::Rehearsal>& rehearsal) {
  if (!rehearsal) return;
  w.key("rehearsal").begin_object().key("seed").unsigned_integer(rehearsal->seed).key("faults").begin_array();
  for (const auto& [name, value] : rehearsal->faults)
    w.begin_object().key("name").string(name).key("value").string(value).end_object();
  w.end_array().end_object();
}

// --- thawing ----------------------------------------------------------------------------------------------------

// Reads what was frozen. The first thing that is not as it should be is remembered; reading goes on harmlessly.
class Thaw {
 public:
  explicit Thaw(View root) : root_(root) {}
  const std::string& fault() const { return fault_; }
  View at(std::string_view pointer) const { return root_.at_pointer(pointer); }

  std::string text(std::string_view pointer) {
    const auto value = at(pointer).as_string();
    return value ? std::string(*value) : (miss(pointer), std::string());
  }
  std::uint64_t count(std::string_view pointer) {
    const auto value = count_if_any(pointer);
    return value ? *value : (miss(pointer), 0);
  }
  std::uint32_t small_count(std::string_view pointer) {
    const std::uint64_t value = count(pointer);
    if (value > UINT32_MAX) miss(pointer);
    return static_cast<std::uint32_t>(value);
  }
  bool flag(std::string_view pointer) {
    const auto value = at(pointer).as_bool();
    return value ? *value : (miss(pointer), false);
  }
  double number(std::string_view pointer) {
    const auto value = at(pointer).as_double();
    return value ? *value : (miss(pointer), 0);
  }
  Duration duration(std::string_view pointer) {
    const auto value = parse_duration(text(pointer));
    return value ? *value : (miss(pointer), Duration(0));
  }
  template <typename Enum>
  void name(std::string_view pointer, Enum& target) {
    if (!set_by_name(target, text(pointer))) miss(pointer);
  }
  std::string block(std::string_view pointer) const {
    return at(pointer) ? std::string(at(pointer).source_text()) : "";
  }
  std::vector<std::string> texts(std::string_view pointer) {
    std::vector<std::string> all;
    if (!at(pointer).is(json::Kind::array)) miss(pointer);
    for (const View element : at(pointer).elements())
      all.emplace_back(element.as_string().value_or(""));
    return all;
  }

  // Figures up to 2^64 - 1, which a JSON integer of 64 signed bits does not hold.
  std::optional<std::uint64_t> count_if_any(std::string_view pointer) {
    const auto digits = at(pointer).as_number_text();
    if (!digits) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
    if (problem != std::errc() || end != digits->data() + digits->size()) miss(pointer);
    return value;
  }
  std::optional<std::string> text_if_any(std::string_view pointer) const {
    const auto value = at(pointer).as_string();
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  std::optional<model::SchemaText> schema_if_any(const std::string& pointer) {
    if (!at(pointer)) return std::nullopt;
    model::SchemaText schema{text(pointer + "/path"), text(pointer + "/text")};
    for (std::size_t n = 0; n < at(pointer + "/documents").size(); ++n) {
      const std::string document = fmt::format("{}/documents/{}", pointer, n);
      schema.documents.push_back(
          {text(document + "/path"), text(document + "/text"), text_if_any(document + "/uri").value_or("")});
    }
    return schema;
  }

 private:
  void miss(std::string_view pointer) {
    if (fault_.empty()) fault_ = fmt::format("the frozen job has no usable {}", pointer);
  }
  View root_;
  std::string fault_;
};

void take_input(Thaw& from, model::InputSpec& input) {
  input.path = from.text("/input/path");
  input.path_as_written = from.text("/input/path_as_written");
  from.name("/input/format", input.format);
  input.id = from.text("/input/id");
  input.row_pointer = from.text_if_any("/input/row_pointer").value_or("");
  input.schema = from.schema_if_any("/input/schema");
  from.name("/input/on_invalid", input.on_invalid);
  from.name("/input/on_duplicate", input.on_duplicate);
  from.name("/input/on_empty", input.on_empty);
  input.max_row_bytes = from.count("/input/max_row_bytes");
  input.limit = from.count_if_any("/input/limit");
  if (from.at("/input/sample"))
    input.sample = model::Sample{from.count("/input/sample/rows"), from.count("/input/sample/seed")};
}

void take_output(Thaw& from, model::OutputSpec& output) {
  output.schema = from.schema_if_any("/output/schema");
  from.name("/output/structured", output.structured);
  from.name("/output/take", output.take);
  from.name("/output/formats", output.formats);
  output.include = from.texts("/output/include");
  output.path = from.text("/output/path");
}

void take_batch(Thaw& from, model::BatchSpec& batch) {
  batch.completion_window = from.text("/batch/completion_window");
  batch.max_requests = from.count_if_any("/batch/max_requests");
  batch.max_bytes = from.count_if_any("/batch/max_bytes");
  batch.max_batches_in_flight = from.small_count("/batch/max_batches_in_flight");
}

void take_recover(Thaw& from, model::RetryPolicy& recover) {
  recover.attempts = from.small_count("/recover/attempts");
  recover.reask = from.flag("/recover/reask");
  for (std::size_t n = 0; n < from.at("/recover/escalate").size(); ++n) {
    const std::string rung = fmt::format("/recover/escalate/{}", n);
    recover.escalate.push_back({from.text(rung + "/model"), from.small_count(rung + "/after")});
  }
}

void take_budget(Thaw& from, std::optional<model::Budget>& budget) {
  if (!from.at("/budget")) return;
  budget.emplace();
  if (const auto nano = from.at("/budget/max_cost_nano").as_int64()) budget->max_cost = model::Money{*nano};
  budget->currency = from.text("/budget/currency");
  budget->max_total_tokens = from.count_if_any("/budget/max_total_tokens");
}

// Once the block was kept as the job file had it: without what had been left out, and with any unit.
void take_schedule(Thaw& from, std::optional<model::ScheduleSpec>& schedule) {
  if (!from.at("/schedule")) return;
  schedule.emplace();
  schedule->cron = from.text("/schedule/cron");
  schedule->timezone = from.text_if_any("/schedule/timezone").value_or(schedule->timezone);
  if (from.at("/schedule/catch_up")) from.name("/schedule/catch_up", schedule->catch_up);
  if (from.at("/schedule/overlap")) from.name("/schedule/overlap", schedule->overlap);
  if (from.at("/schedule/jitter")) schedule->jitter = from.duration("/schedule/jitter");
  if (from.at("/schedule/max_active_runs")) schedule->max_active_runs = from.small_count("/schedule/max_active_runs");
}

// What was frozen before it was in force has none.
void take_notify(Thaw& from, std::vector<model::NotifyTarget>& notify) {
  for (std::size_t n = 0; n < from.at("/notify").size(); ++n) {
    const std::string at = fmt::format("/notify/{}", n);
    auto& target = notify.emplace_back();
    for (const auto& name : from.texts(at + "/on"))
      if (const auto on = model::notify_on_from_name(name)) target.on.push_back(*on);
    target.url = from.text(at + "/url");
    target.url_env = from.text(at + "/url_env");
    target.secret_env = from.text(at + "/secret_env");
    target.secret_file = from.text(at + "/secret_file");
    target.command = from.texts(at + "/command");
  }
}

void take_rehearsal(Thaw& from, std::optional<model::Rehearsal>& rehearsal) {
  if (!from.at("/rehearsal")) return;
  rehearsal.emplace();
  rehearsal->seed = from.count("/rehearsal/seed");
  for (std::size_t n = 0; n < from.at("/rehearsal/faults").size(); ++n) {
    const std::string fault = fmt::format("/rehearsal/faults/{}", n);
    rehearsal->faults.emplace_back(from.text(fault + "/name"), from.text(fault + "/value"));
  }
}

}  // namespace

std::string freeze(const model::JobSpec& job) {
  std::string text;
  Writer w(text);
  w.begin_object();
  w.key("version").integer(frozen_version);
  w.key("name").string(job.name).key("description").string(job.description);
  w.key("provider").string(job.provider).key("endpoint").string(job.endpoint);
  put_input(w, job.input);
  put_text(w, "prompt_version", job.prompt_version);
  put_block(w, "request", job.request);
  put_output(w, job.output);
  put_batch(w, job.batch);
  w.key("min_success").number(job.min_success);
  w.key("labels").begin_object();
  for (const auto& [key, value] : job.labels)
    w.key(key).string(value);
  w.end_object();
  w.key("reuse").boolean(job.reuse);
  put_recover(w, job.recover);
  put_budget(w, job.budget);
  put_schedule(w, job.schedule);
  put_notify(w, job.notify);
  put_block(w, "deadline", job.deadline);
  put_texts(w, "not_in_force", job.not_in_force);
  if (!job.run_date.empty()) w.key("run_date").string(job.run_date);
  put_rehearsal(w, job.rehearsal);
  w.key("file").string(job.file.native()).key("yaml").string(job.yaml);
  w.end_object();
  return text;
}

Result<model::JobSpec> thaw(std::string_view frozen) {
  json::Document document;
  const auto root = document.parse(frozen);
  if (!root.ok()) return root.error().within("the frozen job is not JSON");
  if (root->find("version").as_int64() != frozen_version)
    return Error(ErrorKind::invalid, "the frozen job is of a version this batchd does not know",
                 "Go on with the version of batchd that began the run, or begin a new one with --new.");
  Thaw from(*root);
  model::JobSpec job;
  job.name = from.text("/name");
  job.description = from.text("/description");
  job.provider = from.text("/provider");
  job.endpoint = from.text("/endpoint");
  take_input(from, job.input);
  job.prompt_version = from.text_if_any("/prompt_version");
  job.request = from.block("/request");
  take_output(from, job.output);
  take_batch(from, job.batch);
  job.min_success = from.number("/min_success");
  for (const auto [key, value] : from.at("/labels").members())
    job.labels.emplace(key, value.as_string().value_or(""));
  job.reuse = from.flag("/reuse");
  take_recover(from, job.recover);
  take_budget(from, job.budget);
  take_schedule(from, job.schedule);
  take_notify(from, job.notify);
  job.deadline = from.block("/deadline");
  job.not_in_force = from.texts("/not_in_force");
  job.run_date = from.text_if_any("/run_date").value_or("");
  take_rehearsal(from, job.rehearsal);
  job.file = from.text("/file");
  job.yaml = from.text("/yaml");
  if (!from.fault().empty()) return Error(ErrorKind::invalid, from.fault());
  return job;
}

}  // namespace batchd::job
