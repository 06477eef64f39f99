// The jobs of the folder, and how their runs are begun.

#include <fmt/format.h>

#include "core/runner/run_facts.hpp"
#include "doors/daemon/api.hpp"
#include "doors/daemon/api_json.hpp"
#include "doors/daemon/discretion.hpp"
#include "doors/daemon/problem.hpp"
#include "doors/daemon/run_wish.hpp"
#include "ground/base/ulid.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint64_t wish_bytes_max = 64 * 1024;

// A job as the folder and the store have it.
struct JobTold {
  std::string name;  // "": its file never was good, and does not say
  std::string file, description;
  std::optional<model::ScheduleSpec> schedule;
  std::optional<Time> next_due;
  std::vector<std::string> complaints;
  bool is_broken = false;  // the file as it is now
  bool is_usable = false;  // the job as it last was good: it can be begun
  std::optional<model::Run> newest;
  std::optional<model::DueRun> due;
};

JobTold told_of(const WatchedJob& watched) {
  JobTold told;
  told.file = watched.file.filename().string();
  for (const auto& complaint : watched.complaints)
    told.complaints.push_back(complaint.text());
  told.is_broken = watched.is_broken;
  told.is_usable = watched.job.has_value();
  told.name = watched.name;
  if (!watched.job) return told;
  told.description = watched.job->description;
  told.schedule = watched.job->schedule;
  return told;
}

Status look_up(store::Store& store, JobTold& job) {
  if (job.name.empty()) return {};
  auto runs = store.runs(job.name, 1);
  if (!runs) return runs.error();
  if (!runs->empty()) job.newest = std::move(runs->front());
  const auto due = store.due_runs(job.name, model::due_looked_at);
  if (!due) return due.error();
  const auto* one = model::most_telling(*due);
  if (one && one->fate != model::DueFate::watched) job.due = *one;
  return {};
}

void write_schedule(json::Writer& writer, const JobTold& job) {
  writer.key("schedule");
  if (!job.schedule) {
    writer.null();
  } else {
    writer.begin_object().key("cron").string(job.schedule->cron).key("timezone").string(job.schedule->timezone);
    writer.end_object();
  }
  write_time(writer, "next_run_at", job.next_due);
  writer.key("last_due");
  if (!job.due) {
    writer.null();
    return;
  }
  writer.begin_object().key("at").string(format_utc(job.due->at)).key("fate").string(name_of(job.due->fate));
  writer.key("detail").string(job.due->detail).end_object();
}

void write_last_run(json::Writer& writer, const std::optional<model::Run>& run) {
  writer.key("last_run");
  if (!run) {
    writer.null();
    return;
  }
  writer.begin_object().key("id").string(run->id).key("key").string(run->key);
  writer.key("state").string(name_of(run->state));
  write_time(writer, "finished_at", run->finished_at);
  writer.end_object();
}

void write_job(json::Writer& writer, const JobTold& job) {
  writer.begin_object().key("name");
  job.name.empty() ? writer.null() : writer.string(job.name);
  writer.key("file").string(job.file).key("description").string(job.description);
  write_schedule(writer, job);
  write_last_run(writer, job.newest);
  writer.key("broken").boolean(job.is_broken).key("usable").boolean(job.is_usable);
  writer.key("complaints").begin_array();
  for (const auto& text : job.complaints)
    writer.string(text);
  writer.end_array().end_object();
}

}  // namespace

Api::Answer Api::jobs(const Call& call) {
  // Copied first: the folder may be looked at while the store is asked.
  std::vector<JobTold> told;
  for (const auto* watched : folder_.jobs()) {
    told.push_back(told_of(*watched));
    told.back().next_due = scheduler_.next_due(*watched->job);
  }
  for (const auto* watched : folder_.broken())
    told.push_back(told_of(*watched));
  auto look = [&]() -> Status {
    for (auto& job : told)
      if (auto known = look_up(around_.store, job); !known) return known;
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked) co_return problem(looked.error());
  for (auto& job : told)
    if (job.due && !may_see_content(call.visitor)) make_discreet(*job.due);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("jobs").begin_array();
  for (const auto& job : told)
    write_job(writer, job);
  writer.end_array().end_object();
  co_return json_answer(200, std::move(body));
}

// The key of what is begun here: the one that was given, so that `batchd run --key` means the same run; else one of our
// own, of this request alone or of all that have this Idempotency-Key.
Api::Answer Api::begin_run(const Call& call) {
  const auto asked = call.request.headers.find("Idempotency-Key");
  if (asked && !is_key(*asked))
    co_return problem(400, fmt::format("an Idempotency-Key has 1 to {} characters", key_characters_max));
  const auto body_text = call.request.body_text(wish_bytes_max);
  if (!body_text) co_return problem(400, body_text.error().message);
  const auto wish = run_wish_from(*body_text);
  if (!wish) co_return problem(400, wish.error().message, wish.error().hint);
  if (asked && wish->key)
    co_return problem(400, "an Idempotency-Key and a \"key\" are both given", "a key begins a run once, too: say one");
  const std::string own(asked ? std::string(*asked) : make_ulid(around_.loop.clock().now(), around_.random));
  const auto key = wish->key.value_or(std::string(runner::daemon_key_start) + own);
  const auto started = co_await scheduler_.start(call.names[0], key, *wish);
  if (!started) co_return problem(started.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("id").string(started->run).key("job").string(call.names[0]).key("key").string(key);
  writer.end_object();
  auto response = json_answer(started->is_new ? 202 : 200, std::move(body));
  response.headers.set("Location", "/api/v1/runs/" + started->run);
  co_return response;
}

}  // namespace batchd::daemon
