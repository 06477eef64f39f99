#include "doors/daemon/job_folder.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace batchd::daemon {
namespace {

constexpr std::uint64_t text_bytes_max = 16'000'000;  // load_job() has its own, narrower limit

bool is_job_file(const Path& file) {
  const auto name = file.filename().string();
  const bool is_hidden = name.starts_with('.');  // editors keep half-written ones so
  return !is_hidden && (file.extension() == ".yaml" || file.extension() == ".yml");
}

// Where the config lies among the jobs it is none of them.
bool is_same_file(const Path& one, const Path& other) {
  std::error_code fault;
  return one.filename() == other.filename() && std::filesystem::equivalent(one, other, fault) && !fault;
}

Error cannot_be_read(const Path& folder, const std::error_code& fault) {
  const auto kind = fault == std::errc::no_such_file_or_directory ? ErrorKind::not_found : ErrorKind::io;
  return {kind, fmt::format("the folder of jobs {} cannot be read: {}", folder.string(), fault.message()),
          "--jobs names it"};
}

job::Complaint complaint_of_rival(const std::string& file, const std::string& job, const std::string& rival) {
  return {file, 0, 0, fmt::format("the job \"{}\" stands in {}, too; give one of them another name", job, rival),
          false};
}

// Reading it might never end.
bool is_no_file(const Path& path) {
  std::error_code fault;
  const auto type = std::filesystem::status(path, fault).type();
  using enum std::filesystem::file_type;
  return type == fifo || type == socket || type == character || type == block;
}

}  // namespace

JobFolder::JobFolder(Path folder, const job::Config& config, job::Environment environment)
    : folder_(std::move(folder)), config_(config), environment_(std::move(environment)) {}

Status JobFolder::check() const {
  std::error_code fault;
  (void)std::filesystem::directory_iterator(folder_, fault);
  return fault ? Status(cannot_be_read(folder_, fault)) : Status();
}

job::JobOptions JobFolder::options_for(const std::string& run_date) const {
  job::JobOptions options;
  options.environment = environment_;
  options.run_date = run_date;
  return options;
}

Result<std::vector<JobFolder::Change>> JobFolder::refresh(const std::string& run_date) {
  std::error_code fault;
  std::map<std::string, Path> there;
  auto entries = std::filesystem::directory_iterator(folder_, fault);
  for (const auto end = std::filesystem::directory_iterator(); !fault && entries != end; entries.increment(fault))
    if (is_job_file(entries->path()) && !is_same_file(entries->path(), config_.file))
      there.emplace(entries->path().filename().string(), entries->path());
  if (fault) return cannot_be_read(folder_, fault);
  if (there.size() > jobs_max)
    return Error(ErrorKind::invalid,
                 fmt::format("{} holds {} job files; there may be {}", folder_.string(), there.size(), jobs_max));

  std::vector<Change> changes;
  for (auto seen = files_.begin(); seen != files_.end();) {
    if (there.contains(seen->first)) {
      ++seen;
      continue;
    }
    const auto& job = seen->second.watched.job;
    changes.push_back({Change::Kind::removed, seen->first, job ? job->name : "", ""});
    seen = files_.erase(seen);
  }
  std::set<std::string> came_now;
  for (const auto& [name, file] : there) {
    const auto identity = identity_of(file);
    if (!identity) continue;  // gone since; the next look tells
    const auto [seen, is_new] = files_.try_emplace(name);
    if (is_new) came_now.insert(name);
    const bool is_same = !is_new && seen->second.identity == *identity;
    const auto complained = is_same ? job::to_text(seen->second.watched.complaints) : std::string();
    // What is wrong may be mended in another file: its schema, its rows, a name that another job had.
    if (is_same && complained.empty()) continue;
    seen->second.identity = *identity;
    seen->second.watched.file = file;
    auto change = take(seen->second, name, run_date, is_new);
    if (!is_same || job::to_text(seen->second.watched.complaints) != complained) changes.push_back(std::move(change));
  }
  for (const auto& name : came_now) {
    const auto& seen = files_.at(name);
    if (!seen.rival.empty() && !seen.is_open && came_now.contains(seen.rival)) stand_back(name, changes);
  }
  return changes;
}

JobFolder::Change JobFolder::take(Seen& seen, const std::string& name, const std::string& run_date, bool is_new) {
  auto& watched = seen.watched;
  if (is_no_file(watched.file)) {
    watched.complaints = {{name, 0, 0, "it is a pipe, a socket or a device, and no file", false}};
    watched.is_broken = true;
    return {Change::Kind::broken, name, watched.job ? watched.job->name : "", job::to_text(watched.complaints)};
  }
  auto text = read_file(watched.file, text_bytes_max);
  auto options = options_for(run_date);
  if (text) options.text = *text;
  auto loaded = job::load_job(watched.file, name, config_, options);
  seen.says = loaded.ok() ? loaded.job.name : "";
  seen.rival = loaded.ok() ? rival_of(name, seen.says) : "";
  seen.is_open = !seen.rival.empty() && files_.at(seen.rival).is_open;
  const bool is_anothers = !seen.rival.empty();
  if (is_anothers) loaded.complaints.push_back(complaint_of_rival(name, seen.says, seen.rival));
  watched.complaints = loaded.complaints;
  watched.is_broken = !loaded.ok();
  watched.name = loaded.job.name;
  if (is_anothers) watched.name = watched.job ? watched.job->name : "";  // of that job nothing is broken
  if (watched.is_broken)
    return {Change::Kind::broken, name, watched.job ? watched.job->name : watched.name,
            job::to_text(watched.complaints)};
  watched.text = std::move(*text);
  watched.job = std::move(loaded.job);
  return {is_new ? Change::Kind::added : Change::Kind::changed, name, watched.job->name,
          job::to_text(watched.complaints)};
}

std::string JobFolder::rival_of(const std::string& file, std::string_view job) const {
  for (const auto& [name, seen] : files_) {
    const bool is_that_job = seen.watched.job && seen.watched.job->name == job;
    const bool would_be_it = seen.is_open && seen.says == job;
    if (name != file && (is_that_job || would_be_it)) return name;
  }
  return "";
}

// Which of them the job's nights were, their order in the alphabet does not say.
void JobFolder::stand_back(const std::string& file, std::vector<Change>& changes) {
  auto& winner = files_.at(files_.at(file).rival);
  const auto name = files_.at(file).rival;
  files_.at(file).is_open = winner.is_open = true;
  winner.rival = file;
  winner.watched.job.reset();
  winner.watched.name.clear();
  winner.watched.is_broken = true;
  winner.watched.complaints = {complaint_of_rival(name, winner.says, file)};
  for (auto& change : changes)
    if (change.file == name) change = {Change::Kind::broken, name, "", job::to_text(winner.watched.complaints)};
}

std::vector<const WatchedJob*> JobFolder::jobs() const {
  std::vector<const WatchedJob*> all;
  for (const auto& [name, seen] : files_)
    if (seen.watched.job) all.push_back(&seen.watched);
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->job->name < b->job->name; });
  return all;
}

std::vector<const WatchedJob*> JobFolder::broken() const {
  std::vector<const WatchedJob*> all;
  for (const auto& [name, seen] : files_)
    if (!seen.watched.job) all.push_back(&seen.watched);
  return all;
}

const WatchedJob* JobFolder::find_broken(std::string_view job) const {
  const WatchedJob* unreadable = nullptr;
  for (const auto* watched : broken()) {
    if (watched->name == job) return watched;
    if (watched->name.empty()) unreadable = watched;
  }
  return unreadable;
}

const WatchedJob* JobFolder::find(std::string_view job) const {
  for (const auto& [name, seen] : files_)
    if (seen.watched.job && seen.watched.job->name == job) return &seen.watched;
  return nullptr;
}

job::LoadedJob JobFolder::load(const WatchedJob& watched, const std::string& run_date, const RunWish& wish) const {
  auto options = options_for(run_date);
  options.text = watched.text;
  options.limit = wish.limit;
  options.sample = wish.sample;
  return job::load_job(watched.file, watched.file.filename().string(), config_, options);
}

}  // namespace batchd::daemon
