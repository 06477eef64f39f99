// doctor: is all well, here and in the providers' accounts? And what to do with what no run owns.

#include <algorithm>
#include <iostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "core/runner/preparation.hpp"
#include "doors/cli/asking.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/doctor.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/terminal.hpp"
#include "doors/cli/workplace.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

using runner::AccountAudit;
using runner::KnownRuns;
using runner::UnownedBatch;
using runner::UnownedFile;

constexpr Duration clock_difference_max = std::chrono::seconds(30);
constexpr Duration looked_back = std::chrono::hours(40 * 24);  // a batch lives for 14 days, and is listed for 30

std::string batches(std::uint64_t number) {
  return fmt::format("{} batch{}", format_count(number), number == 1 ? "" : "es");
}

bool asks_to_act(const DoctorOptions& options) { return options.adopt || options.cancel || options.remove; }

// One provider's account.
class Account {
 public:
  Account(const GlobalOptions& global, const DoctorOptions& options, const job::Config& config,
          const model::ProviderSpec& spec, const KnownRuns& known, DoctorReport& report, std::set<std::string>& met)
      : global_(global),
        options_(options),
        config_(config),
        spec_(spec),
        known_(known),
        report_(report),
        met_(met),
        now_(SystemClock().now()) {}

  // false: nobody could be asked.
  bool check() {
    if (auto key = provider::check_key(spec_, read_variable); !key) return complain(key.error()), false;
    auto remote = RemoteSide::open(spec_, global_);
    if (!remote) return complain(remote.error()), false;
    auto listed = (*remote)->loop().run((*remote)->provider().list_batches(now_ - looked_back, stop_));
    if (!listed) return complain(listed.error()), false;
    report_.fine(spec_.name, fmt::format("{} answers, the key is good", spec_.base_url));
    check_clock(*listed);
    auto files = (*remote)->loop().run((*remote)->provider().list_files(stop_));
    if (!files) {
      report_.note(spec_.name, "its files cannot be listed: " + files.error().message);
      files = provider::FileList{};
    }
    if (!listed->is_whole || !files->is_whole)
      report_.note(spec_.name, "it holds more than can be listed; the rest was not looked at");
    batches_ = std::move(listed->batches);
    files_ = std::move(files->files);
    audit_ = runner::audit_account(known_, batches_, files_);
    if (options_.probe) probe(**remote, spec_, report_);
    tell();
    act(**remote);
    count_left();
    return true;
  }

 private:
  bool is_needed() const {
    const auto& named = options_.providers;
    if (std::find(named.begin(), named.end(), spec_.name) != named.end()) return true;
    return std::any_of(known_.begin(), known_.end(), [&](const auto& run) {
      return run.second.run.provider == spec_.name && !model::is_final(run.second.run.state);
    });
  }

  // Of a provider nobody uses it is no news.
  void complain(const Error& error) {
    is_needed() ? report_.wrong(spec_.name, error.message, error.hint) : report_.note(spec_.name, error.message);
  }

  void check_clock(const provider::BatchList& list) {
    if (!list.server_time) return report_.note("clock", fmt::format("{} does not say what time it is", spec_.name));
    const auto difference = SystemClock().now() - *list.server_time;
    const auto apart = std::max(difference, -difference);
    if (apart <= clock_difference_max) return report_.fine("clock", fmt::format("agrees with {}'s", spec_.name));
    report_.wrong(
        "clock",
        fmt::format("{} {} {}'s", format_duration(apart), difference > Duration{} ? "ahead of" : "behind", spec_.name),
        "set this machine's clock; what became of a lost submission is told by time");
  }

  // -- telling

  static std::string shown(const std::optional<runner::Mark>& mark) {
    if (!mark) return "not batchd's";
    return fmt::format("{}run {}, shard {}", mark->job.empty() ? "" : mark->job + ", ", mark->run, mark->shard);
  }

  std::string age(const std::optional<Time>& created) const {
    return created ? format_ago(*created, now_) : "of unknown age";
  }

  bool is_named(const std::string& id) const {
    return std::find(options_.ids.begin(), options_.ids.end(), id) != options_.ids.end();
  }

  // What there is something to do about.
  static bool matters(const UnownedBatch& one) {
    return one.mark && (one.is_adoptable || (one.is_live() && one.batch.state != model::BatchState::cancelling));
  }

  void tell() {
    std::uint64_t live = 0;
    std::uint64_t ended = 0;
    std::uint64_t foreign = 0;
    for (const auto& one : audit_.batches) {
      if (!one.mark) ++foreign;
      if (one.mark && !matters(one)) ++ended;
      if (matters(one)) ++live;
    }
    const auto files = audit_.files.size();
    report_.fine("account", fmt::format("{} and {} of runs here; {} and {} without batchd's mark are left alone",
                                        batches(audit_.owned_batches), counted(audit_.owned_files, "file"),
                                        batches(foreign), counted(audit_.foreign_files, "file")));
    if (ended > 0)
      report_.note("account", fmt::format("{} over that no run here owns", batches(ended)),
                   "if a state directory was lost, `batchd run JOB.yaml --adopt RUN_ID` collects what they answered");
    if (live > 0 || files > 0) {
      report_.note(
          "account",
          fmt::format("{} and {} with batchd's mark that no run here owns", batches(live), counted(files, "file")),
          "another state directory that uses this account may; if not: --adopt, --cancel, --delete");
    }
    for (const auto& one : audit_.batches)
      if (matters(one) || is_named(one.batch.id)) tell(one);
    for (const auto& one : audit_.files)
      tell(one);
  }

  void tell(const UnownedBatch& one) {
    const auto& batch = one.batch;
    report_.thing("batch",
                  fmt::format("batch {}  {}, {}, {} of {} done{}  {}; {}", batch.id, name_of(batch.state),
                              age(batch.created_at), batch.counts.completed, counted(batch.counts.total, "request"),
                              one.bytes > 0 ? ", " + format_bytes(one.bytes) : "", shown(one.mark),
                              one.is_adoptable ? "can be adopted" : one.why),
                  [&](json::Writer& writer) {
                    writer.key("provider").string(spec_.name).key("id").string(batch.id);
                    writer.key("state").string(name_of(batch.state));
                    write_age(writer, batch.created_at);
                    writer.key("requests").unsigned_integer(batch.counts.total);
                    writer.key("completed").unsigned_integer(batch.counts.completed);
                    writer.key("bytes").unsigned_integer(one.bytes);
                    write_mark(writer, one.mark);
                    writer.key("adoptable").boolean(one.is_adoptable).key("why").string(one.why);
                  });
  }

  void tell(const UnownedFile& one) {
    const auto& file = one.file;
    report_.thing("file",
                  fmt::format("file {}  {}, {}, {}  {}{}", file.id, one.holds_results ? "results" : "requests",
                              format_bytes(file.bytes), age(file.created_at), shown(one.mark),
                              one.feeds_live_batch ? "; a batch is at work on it" : ""),
                  [&](json::Writer& writer) {
                    writer.key("provider").string(spec_.name).key("id").string(file.id);
                    writer.key("filename").string(file.filename).key("bytes").unsigned_integer(file.bytes);
                    write_age(writer, file.created_at);
                    write_mark(writer, one.mark);
                    writer.key("in_use").boolean(one.feeds_live_batch);
                  });
  }

  void write_age(json::Writer& writer, const std::optional<Time>& created) const {
    writer.key("created_at");
    created ? writer.string(format_utc(*created)) : writer.null();
  }

  static void write_mark(json::Writer& writer, const std::optional<runner::Mark>& mark) {
    writer.key("job");
    mark && !mark->job.empty() ? writer.string(mark->job) : writer.null();
    writer.key("run");
    mark ? writer.string(mark->run) : writer.null();
    writer.key("shard");
    mark ? writer.unsigned_integer(mark->shard) : writer.null();
  }

  // -- acting

  bool is_selected(const std::string& id, bool is_ours) const { return options_.ids.empty() ? is_ours : is_named(id); }

  void act(RemoteSide& remote) {
    for (const auto& id : options_.ids)
      refuse_owned(id);
    std::vector<const UnownedBatch*> to_adopt;
    std::vector<const UnownedBatch*> to_cancel;
    std::vector<std::pair<std::string, std::string>> to_delete;  // id, what it is
    for (const auto& one : audit_.batches) {
      if (!is_selected(one.batch.id, one.mark.has_value())) continue;
      met_.insert(one.batch.id);
      const bool adopts = options_.adopt && one.is_adoptable;
      const bool cancels = options_.cancel && one.is_live() && one.batch.state != model::BatchState::cancelling;
      if (adopts) {
        to_adopt.push_back(&one);
      } else if (cancels) {
        to_cancel.push_back(&one);
      } else if (options_.adopt && is_named(one.batch.id)) {
        report_.wrong("adopt", fmt::format("{} cannot be adopted: {}", one.batch.id, one.why));
      }
    }
    std::uint64_t kept = 0;
    for (const auto& file : files_) {
      const auto ours = std::find_if(audit_.files.begin(), audit_.files.end(),
                                     [&](const UnownedFile& one) { return one.file.id == file.id; });
      const bool is_ours = ours != audit_.files.end();
      if (!is_selected(file.id, is_ours)) continue;
      if (is_owned_file(file.id)) continue;  // refused above
      met_.insert(file.id);
      if (!options_.remove) continue;
      if (feeds_live_batch(file.id)) {
        if (is_named(file.id))
          report_.wrong("delete", fmt::format("a batch is at work on {}; cancel it first", file.id));
        continue;
      }
      if (holds_lost_answers(file.id) && !is_named(file.id)) {
        ++kept;
        continue;
      }
      to_delete.emplace_back(file.id, format_bytes(file.bytes));
    }
    if (kept > 0)
      report_.note("delete",
                   fmt::format("{} with paid answers of runs that are not known here {}", counted(kept, "file"),
                               kept == 1 ? "stays" : "stay"),
                   "`batchd run JOB.yaml --adopt RUN_ID` collects them; named, they are deleted");
    if (!to_adopt.empty() && agreed("Adopt", batches(to_adopt.size()))) adopt_all(to_adopt);
    if (!to_cancel.empty() && agreed("Cancel", batches(to_cancel.size()))) cancel_all(remote, to_cancel);
    if (!to_delete.empty() && agreed("Delete", counted(to_delete.size(), "file"))) delete_all(remote, to_delete);
  }

  bool feeds_live_batch(const std::string& file) const {
    return std::any_of(batches_.begin(), batches_.end(), [&](const model::RemoteBatch& batch) {
      return batch.input_file_id == file && !model::is_terminal(batch.state);
    });
  }

  // Of a run that no record here tells of: nobody has collected them, as far as is known.
  bool holds_lost_answers(const std::string& file) const {
    return std::any_of(audit_.batches.begin(), audit_.batches.end(), [&](const UnownedBatch& one) {
      const bool is_result = one.batch.output_file_id == file || one.batch.error_file_id == file;
      return is_result && one.mark && one.batch.counts.completed > 0 && !known_.contains(one.mark->run);
    });
  }

  bool is_owned_file(const std::string& id) const { return owner_of_thing(id).has_value(); }

  // The run here that a batch or a file belongs to.
  std::optional<std::string> owner_of_thing(const std::string& id) const {
    for (const auto& [run, known] : known_) {
      for (const auto& one : known.submissions)
        if (one.batch_id == id || one.output_file_id == id || one.error_file_id == id) return run;
      for (const auto& shard : known.shards)
        if (shard.input_file_id == id) return run;
    }
    return std::nullopt;
  }

  void refuse_owned(const std::string& id) {
    const auto run = owner_of_thing(id);
    if (!run || !met_.insert(id).second) return;
    report_.wrong("account", fmt::format("{} belongs to run {}", id, *run),
                  fmt::format("`batchd cancel {}` ends a run; doctor touches only what none owns", *run));
  }

  bool agreed(std::string_view verb, const std::string& what) const {
    return options_.yes || cli::agreed(fmt::format("{} {} at {}? [y/N] ", verb, what, spec_.name));
  }

  void tell_action(std::string_view action, const std::string& id, const Status& status, const std::string& text) {
    if (!status) return report_.wrong(action, status.error().message, status.error().hint);
    report_.thing("action", text, [&](json::Writer& writer) {
      writer.key("action").string(action).key("provider").string(spec_.name).key("id").string(id);
    });
    done_.insert(id);
  }

  void adopt_all(const std::vector<const UnownedBatch*>& lost) {
    auto store = store::Store::open(state_folder_of(config_, false) / "batchd.db", store::Mode::read_write);
    if (!store) return report_.wrong("adopt", store.error().message, store.error().hint);
    for (const auto* one : lost) {
      tell_action("adopted", one->batch.id, adopt(**store, *one),
                  fmt::format("adopted {} as shard {} of run {}; `batchd resume {}` collects it", one->batch.id,
                              one->mark->shard, one->mark->run, one->mark->run));
      if (done_.contains(one->batch.id)) done_.insert(one->batch.input_file_id);  // it is that shard's now
    }
  }

  // Nobody else may work on the run meanwhile.
  static Status adopt(store::Store& store, const UnownedBatch& one) {
    const auto now = SystemClock().now();
    const auto process = this_process();
    const auto run = store.run(one.mark->run);
    if (!run) return run.error();
    if (auto owned = runner::own(store, *run, process, now); !owned) return owned;
    auto adopted = runner::adopt(store, one, now);
    const auto given_back = store.take_ownership(run->id, to_text(process), "", now);
    return adopted ? given_back : adopted;
  }

  void cancel_all(RemoteSide& remote, const std::vector<const UnownedBatch*>& live) {
    for (const auto* one : live) {
      const auto answer = remote.loop().run(remote.provider().cancel(one->batch.id, stop_));
      tell_action("cancelled", one->batch.id, answer ? Status() : Status(answer.error()),
                  fmt::format("cancelled {}; what it had finished by then is charged", one->batch.id));
    }
  }

  void delete_all(RemoteSide& remote, const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [id, size] : files)
      tell_action("deleted", id, remote.loop().run(remote.provider().remove(id, stop_)),
                  fmt::format("deleted {} ({})", id, size));
  }

  void count_left() {
    for (const auto& one : audit_.batches)
      if (matters(one) && !done_.contains(one.batch.id)) report_.left(1);
    for (const auto& one : audit_.files)
      if (!done_.contains(one.file.id)) report_.left(1);
  }

  const GlobalOptions& global_;
  const DoctorOptions& options_;
  const job::Config& config_;
  const model::ProviderSpec& spec_;
  const KnownRuns& known_;
  DoctorReport& report_;
  std::set<std::string>& met_;  // of the ids that were named
  const Time now_;
  async::StopToken stop_;
  std::vector<model::RemoteBatch> batches_;
  std::vector<model::RemoteFile> files_;
  AccountAudit audit_;
  std::set<std::string> done_;
};

std::optional<Error> fault_of(const DoctorOptions& options, const job::Config& config) {
  for (const auto& name : options.providers) {
    if (config.providers.contains(name)) continue;
    std::vector<std::string_view> names;
    for (const auto& [known, spec] : config.providers)
      names.push_back(known);
    return Error(ErrorKind::invalid, fmt::format("there is no provider \"{}\"", name),
                 fmt::format("there are {}", fmt::join(names, ", ")));
  }
  if (!options.ids.empty() && !asks_to_act(options))
    return Error(ErrorKind::invalid, fmt::format("what shall become of {}?", options.ids.front()),
                 "add --adopt, --cancel or --delete");
  if (asks_to_act(options) && !options.yes && !is_terminal(STDIN_FILENO))
    return Error(ErrorKind::invalid, "--adopt, --cancel and --delete ask first, and there is nobody to ask here",
                 "add --yes; `batchd doctor` alone shows what would be touched");
  return std::nullopt;
}

}  // namespace

int doctor_command(const GlobalOptions& global, const DoctorOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  if (const auto fault = fault_of(options, *config)) return show_error(global, *fault);
  DoctorReport report(global);
  const auto known = check_machine(*config, report);
  // Without the database nobody could say which batches are owned.
  if (!known) return report.finish();
  bool any = false;
  std::set<std::string> met;
  for (const auto& [name, spec] : config->providers) {
    const auto& named = options.providers;
    if (!named.empty() && std::find(named.begin(), named.end(), name) == named.end()) continue;
    any = Account(global, options, *config, spec, *known, report, met).check() || any;
  }
  if (!any && options.providers.empty())
    report.wrong("provider", "no provider could be asked",
                 "where a line above says why, mend that; else put a key into the environment: see README, or rehearse "
                 "with --simulate");
  for (const auto& id : options.ids)
    if (!met.contains(id)) report.wrong("account", fmt::format("no account holds {}", id));
  return report.finish();
}

}  // namespace batchd::cli
