#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/help.hpp"
#include "doors/cli/options.hpp"
#include "doors/cli/syntax.hpp"
#include "doors/cli/usage_complaints.hpp"
#include "ground/base/suggest.hpp"
#include "ground/base/ulid.hpp"
#include "ground/base/units.hpp"
#include "rules/model/item.hpp"

namespace batchd::cli {
namespace {

// NAME=VALUE options, kept in the order given.
std::pair<std::string, std::string> split_assignment(const std::string& option, const std::string& text,
                                                     const char* form = "NAME=VALUE") {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw CLI::ValidationError(option, fmt::format("\"{}\" is not of the form {}", text, form));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::optional<Duration> duration_option(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto parsed = parse_duration(text);
  if (!parsed) throw CLI::ValidationError(option, parsed.error().message + ". " + parsed.error().hint);
  return *parsed;
}

std::string whole_number(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "" : fmt::format("\"{}\" is not a whole number", text);
}

// "0" would be read as "no limit" further in.
std::string at_least_one(const std::string& text) {
  if (text.starts_with('-') && text.size() > 1 && whole_number(text.substr(1)).empty()) return "must be 1 or more";
  if (auto complaint = whole_number(text); !complaint.empty()) return complaint;
  return text.find_first_not_of('0') == std::string::npos ? "must be 1 or more" : "";
}

// `--key "$UNSET"` must not mean a run called nothing.
std::string not_empty(const std::string& text) {
  return text.empty() ? "may not be empty; leave it out and the key follows from the job and its input" : "";
}

std::vector<std::string> reason_names() {
  std::vector<std::string> names;
  for (int i = 1; i < model::reason_count; ++i)
    names.emplace_back(name_of(static_cast<model::Reason>(i)));
  return names;
}

ValueKind kind_of(const std::string& placeholder) {
  static const std::map<std::string_view, ValueKind> kinds = {
      {"FILE", ValueKind::file},       {"DIR", ValueKind::folder}, {"JOB.yaml", ValueKind::job_file},
      {"RUN", ValueKind::run},         {"JOB", ValueKind::job},    {"SCHEMA", ValueKind::file},
      {"FILE.jsonl", ValueKind::file},
  };
  const auto known = kinds.find(placeholder);
  return known == kinds.end() ? ValueKind::text : known->second;
}

std::string a_day(const std::string& text) {
  constexpr std::string_view shape = "0000-00-00";
  bool fits = text.size() == shape.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] == '-' ? text[i] == '-' : text[i] >= '0' && text[i] <= '9';
  if (fits && parse_utc(text + "T00:00:00Z")) return "";
  return fmt::format("\"{}\" is no day; write one as 2026-11-23", text);
}

std::string a_run_id(const std::string& text) {
  return is_ulid(text) ? "" : fmt::format("\"{}\" is no run's id: `batchd doctor` shows whole ones", text);
}

// N or N:SEED.
std::string a_sample(const std::string& text) {
  const auto colon = text.find(':');
  if (auto complaint = at_least_one(text.substr(0, colon)); !complaint.empty()) return complaint;
  return colon == std::string::npos ? "" : whole_number(text.substr(colon + 1));
}

std::optional<model::Sample> sample_option(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto number = [](const std::string& digits) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (fault != std::errc()) throw CLI::ValidationError("--sample", "\"" + digits + "\" is too large");
    return value;
  };
  model::Sample sample;
  const auto colon = text.find(':');
  sample.rows = number(text.substr(0, colon));
  if (colon != std::string::npos) sample.seed = number(text.substr(colon + 1));
  return sample;
}

// One value an occurrence: what stands behind it may be the job file.
void repeatable(CLI::Option* option) { option->allow_extra_args(false)->take_all(); }

// The grammar, and where each value goes. CLI11 writes into these while it parses.
class Grammar {
 public:
  Grammar() {
    app_.set_help_flag("-h,--help", "This help; behind a command: the command's");
    app_.set_version_flag("--version", std::string("batchd ") + BATCHD_VERSION, "The version");
    app_.require_subcommand(1);
    app_.fallthrough();  // global options may stand behind the command
    add_globals();
    add_run();
    add_validate();
    add_plan();
    add_reading();
    add_changing();
    add_doctor();
    add_keeping();
    add_schema();
    add_serve();
    add_token();
    add_simulate();
    add_tools();
  }

  std::variant<CommandLine, Printed> parse(int argc, const char* const* argv) {
    constexpr int usage = 2;
    try {
      app_.parse(argc, argv);
      if (auto printed = printed_command()) return *printed;
      return finished();
    } catch (const CLI::CallForHelp&) {
      const auto* command = chosen();
      return Printed{command ? command_help(syntax_of(*command)) : main_help(syntax()), 0};
    } catch (const CLI::CallForVersion& version) {
      return Printed{fmt::format("{}\n", version.what()), 0};
    } catch (const CLI::ParseError& error) {
      const auto* command = chosen();
      return Printed{fmt::format("error: {}  batchd {}--help tells more\n", complaint_about(error),
                                 command ? command->get_name() + " " : ""),
                     usage};
    }
  }

  Syntax syntax() const {
    Syntax all;
    for (const auto& text : command_texts()) {
      if (!text.group.empty()) all.commands.push_back(syntax_of(*app_.get_subcommand(std::string(text.name))));
    }
    all.options = syntax_of(app_.get_options());
    return all;
  }

 private:
  const CLI::App* chosen() const {
    const auto commands = app_.get_subcommands();
    return commands.empty() ? nullptr : commands.front();
  }

  // -- the grammar as values

  OptionSyntax syntax_of(const CLI::Option& option) const {
    OptionSyntax values;
    for (const auto& name : option.get_snames())
      values.names.push_back("-" + name);
    for (const auto& name : option.get_lnames())
      values.names.push_back("--" + name);
    values.help = option.get_description();
    values.required = option.get_required();
    values.repeatable = option.get_items_expected_max() > 1;
    if (option.get_items_expected_max() == 0) return values;
    const auto type = option.get_type_name();
    values.placeholder = type.substr(0, type.find(":{"));  // behind it CLI11 puts what its own checks are called
    values.kind = kind_of(values.placeholder);
    if (const auto words = words_.find(&option); words != words_.end()) {
      values.kind = ValueKind::word;
      values.words = words->second;
    }
    return values;
  }

  std::vector<OptionSyntax> syntax_of(const std::vector<const CLI::Option*>& options) const {
    std::vector<OptionSyntax> values;
    for (const auto* option : options)
      values.push_back(syntax_of(*option));
    return values;
  }

  CommandSyntax syntax_of(const CLI::App& command) const {
    CommandSyntax values;
    values.text = &text_of(command.get_name());
    const auto* help = command.get_help_ptr();
    values.operands =
        syntax_of(command.get_options([](const CLI::Option* option) { return option->get_positional(); }));
    values.options = syntax_of(
        command.get_options([&](const CLI::Option* option) { return option != help && !option->get_positional(); }));
    return values;
  }

  // -- what is said about a line that is none

  std::string complaint_about(const CLI::ParseError& error) const {
    const auto all = syntax();
    const auto* command = chosen();
    const auto kind = error.get_name();
    const std::string what = error.what();
    if (kind == "ArgumentMismatch") {
      const bool many = what.find("received") != std::string::npos;
      return fmt::format("{} {}\n", what.substr(0, what.find(':')), many ? "may be given once" : "needs a value");
    }
    if (!command) {
      const auto words = app_.remaining();
      return words.empty() && kind != "RequiredError" ? what + "\n" : not_a_command(all, words);
    }
    const auto about = syntax_of(*command);
    if (kind == "RequiredError") {
      for (const auto* option : command->get_options()) {
        if (option->get_required() && option->empty()) return lacks_operand(about, syntax_of(*option));
      }
    }
    // Its name() is the command's, for once.
    if (dynamic_cast<const CLI::ExtrasError*>(&error)) return not_expected(all, about, app_.remaining(true));
    return what + "\n";
  }

  // -- the grammar itself

  CLI::App& add_command(const std::string& name) {
    auto& command = *app_.add_subcommand(name, std::string(text_of(name).summary));
    if (text_of(name).group.empty()) command.group("");
    return command;
  }

  // A value that is one of few words. The placeholder names them all unless it is told.
  void one_of(CLI::Option* option, std::vector<std::string> words, const std::string& placeholder = "") {
    option->type_name(placeholder.empty() ? fmt::format("{}", fmt::join(words, "|")) : placeholder);
    option->check([words](const std::string& text) -> std::string {
      if (std::find(words.begin(), words.end(), text) != words.end()) return {};
      const auto meant = suggest(text, words);
      return fmt::format("\"{}\" is none of {}{}", text, fmt::join(words, ", "),
                         meant ? fmt::format("; did you mean \"{}\"?", *meant) : "");
    });
    words_[option] = std::move(words);
  }

  void add_globals() {
    app_.add_option("--config", config_,
                    "The configuration; else $BATCHD_CONFIG, else the nearest batchd.yaml or config/batchd.yaml at or "
                    "above the job")
        ->type_name("FILE");
    app_.add_option("--state-dir", state_dir_, "Where runs are remembered; else state_dir of the config")
        ->type_name("DIR");
    app_.add_flag("--json", line_.global.json, "One JSON object a line on standard output");
    app_.add_flag("-q,--quiet", line_.global.quiet, "Say nothing but errors");
    app_.add_flag("-v,--verbose", line_.global.verbose, "Log what happens, to standard error");
    one_of(app_.add_option("--log-format", log_format_, "How standard error is written: for people or for programs"),
           {"text", "json"});
    app_.add_flag("--no-color", no_color_,
                  "No colours (also: NO_COLOR in the environment; CLICOLOR_FORCE forces them)");
  }

  void add_job_arguments(CLI::App& command, JobArguments& job) {
    command
        .add_option("job", job.file,
                    "The job file; or, with --provider, a file of Batch API requests (.jsonl, .gz, .zst or -)")
        ->required()
        ->type_name("JOB.yaml");
    add_job_changes(command, job);
    command.add_option("--input", job.input, "Rows from here instead of input.path: a file, a pattern in quotes, or -")
        ->type_name("FILE");
    command.add_option("--limit", job.limit, "Only the first N rows (a sample: `latest` does not move)")
        ->type_name("N")
        ->check(at_least_one);
    command
        .add_option("--sample", sample_, "Only N rows, drawn evenly from the whole input; another SEED, other rows (1)")
        ->type_name("N[:SEED]")
        ->check(a_sample);
  }

  // What validate takes, too.
  void add_job_changes(CLI::App& command, JobArguments& job) {
    repeatable(command.add_option("--set", set_, "Change a value of the job for this run: request.model=qwen-max")
                   ->type_name("PATH=VALUE"));
    command.add_option("--date", job.date, "What ${run.date} in the job's paths stands for (today, UTC)")
        ->type_name("YYYY-MM-DD")
        ->check(a_day);
    command.add_option("--provider", job.provider, "Whom a file of requests is sent to")->type_name("NAME");
    command.add_option("--name", job.name, "The name of the job a file of requests makes (the file's own)")
        ->type_name("NAME");
    command.add_option("--output", job.output, "Where its results go (out/NAME beside the file)")->type_name("DIR");
  }

  void add_simulator_arguments(CLI::App& command, SimulatorArguments& simulator) {
    command.add_option("--seed", simulator.seed, "The rehearsal's seed: the same one gives the same answers (1)")
        ->type_name("N")
        ->check(whole_number);
    repeatable(
        command
            .add_option("--fault", faults_, "Something that goes wrong; `batchd simulate --list-faults` explains each")
            ->type_name("NAME=VALUE"));
  }

  void add_run() {
    auto& command = add_command("run");
    add_job_arguments(command, run_.job);
    command.add_option("--key", run_.key, "Name this run: a run is (job, key)")->type_name("K")->check(not_empty);
    command.add_flag("--new", run_.new_run, "Start another run although this one exists or another is unfinished");
    command
        .add_option("--adopt", run_.adopt,
                    "Take over the batches of a run that this state directory does not know: the rows must be the same")
        ->type_name("RUN_ID")
        ->check(a_run_id);
    command.add_flag("--no-wait", run_.no_wait, "Return once everything is submitted; prints the run's id");
    command.add_flag("--simulate", run_.simulate,
                     "Rehearse against the built-in simulator: no key, no network, no money");
    command.add_flag("-n,--dry-run", run_.plan_only, "Only show what would be done: the same as plan");
    add_give_up_after(command);
    add_simulator_arguments(command, run_.simulator);
    command.callback([this] { line_.command = run_; });
  }

  void add_give_up_after(CLI::App& command) {
    command
        .add_option("--give-up-after", give_up_after_,
                    "Provider unreachable for so long: end with 7 (24h; one minute while nothing is in flight)")
        ->type_name("DURATION");
  }

  void add_validate() {
    auto& command = add_command("validate");
    command.add_option("jobs", validate_.files, "Job files")->required()->type_name("JOB.yaml");
    add_job_changes(command, validate_.job);
    command.callback([this] { line_.command = validate_; });
  }

  void add_plan() {
    auto& command = add_command("plan");
    add_job_arguments(command, plan_.job);
    command.callback([this] { line_.command = plan_; });
  }

  CLI::App& add_named(const char* name, std::string& run, bool required) {
    auto& command = add_command(name);
    auto* option =
        command.add_option("run", run, "A run's id, the beginning of one, a job's name (its newest run) or JOB@KEY");
    option->type_name("RUN");
    if (required) option->required();
    return command;
  }

  void add_reading() {
    add_named("status", status_.run, false).callback([this] { line_.command = status_; });

    auto& runs = add_command("runs");
    runs.add_option("job", runs_.job, "Only this job's")->type_name("JOB");
    runs.add_option("--limit", runs_.limit, "At most so many (20)")->type_name("N")->check(at_least_one);
    runs.callback([this] { line_.command = runs_; });

    auto& watch = add_named("watch", watch_.run, true);
    watch.add_flag("--exit-status", watch_.exit_status, "Exit with the run's code");
    watch.callback([this] { line_.command = watch_; });

    auto& items = add_named("items", items_.run, true);
    one_of(items.add_option("--status", items_.status, "Only these: pending, submitted, succeeded or failed"),
           {"pending", "submitted", "succeeded", "failed"}, "STATUS");
    one_of(items.add_option("--reason", items_.reason, "Only those which failed so"), reason_names(), "REASON");
    items.add_option("--limit", items_.limit, "At most so many (100)")->type_name("N")->check(at_least_one);
    items.callback([this] { line_.command = items_; });

    auto& show = add_named("show", show_.run, true);
    show.add_option("item", show_.item, "An item's id, '#N' for row N, or a custom_id")->required()->type_name("ITEM");
    show.callback([this] { line_.command = show_; });

    auto& results = add_named("results", results_.run, true);
    results.add_option("-o,--output", results_.output, "To this file instead of standard output")->type_name("FILE");
    add_named("verify", verify_.run, true).callback([this] { line_.command = verify_; });

    auto& log = add_named("log", log_.run, true);
    log.add_option("--limit", log_.limit, "Only the newest N")->type_name("N")->check(at_least_one);
    log.callback([this] { line_.command = log_; });

    one_of(results.add_option(
               "--format", results_.format,
               "jsonl as in results.jsonl, csv for a spreadsheet, openai as the Batch API writes its output"),
           {"jsonl", "csv", "openai"});
    results.callback([this] { line_.command = results_; });
  }

  void add_changing() {
    auto& resume = add_named("resume", resume_.run, false);
    add_give_up_after(resume);
    resume.callback([this] { line_.command = resume_; });

    auto& retry = add_named("retry", retry_.run, true);
    auto* reason = retry.add_option("--reason", retry_.reasons,
                                    "Those which failed so (missing, expired, provider_error and cancelled)");
    one_of(reason, reason_names(), "REASON");
    repeatable(reason);
    add_give_up_after(retry);
    retry.callback([this] { line_.command = retry_; });

    add_named("cancel", cancel_.run, true).callback([this] { line_.command = cancel_; });
    add_resolve();
    add_pausing("pause", pause_).callback([this] { line_.command = pause_; });
    add_pausing("unpause", unpause_).callback([this] { line_.command = unpause_; });
  }

  CLI::App& add_pausing(const char* name, PauseOptions& options) {
    auto& command = add_command(name);
    command
        .add_option("run", options.target,
                    "A job's name (all its runs, later ones too), or one run: its id, the "
                    "beginning of one or JOB@KEY")
        ->type_name("RUN");
    command.add_option("--provider", options.provider, "All runs of this state directory that ask it")
        ->type_name("NAME");
    return command;
  }

  void add_resolve() {
    auto& command = add_named("resolve", resolve_.run, true);
    command.add_option("shard", resolve_.shard, "The number of the shard that is in doubt, as status tells it")
        ->required()
        ->type_name("SHARD")
        ->check(at_least_one);
    command.add_option("--adopt", resolve_.adopt, "It became this batch: wait for that one and take its answers")
        ->type_name("BATCH")
        ->check([](const std::string& id) { return std::string(id.empty() ? "may not be empty: a batch's id" : ""); });
    command.add_flag("--resubmit", resolve_.resubmit,
                     "It never arrived: submit it again. If it did arrive, it is paid for twice");
    command.add_flag("--fail", resolve_.fail, "End the shard: its items fail with what the provider said");
    command.add_flag("--yes", resolve_.yes, "Do not ask before --resubmit");
    add_give_up_after(command);
    command.callback([this] { line_.command = resolve_; });
  }

  void add_doctor() {
    auto& command = add_command("doctor");
    command.add_option("ids", doctor_.ids, "Batches and files to act on; without: all that carry batchd's mark")
        ->type_name("ID");
    repeatable(
        command.add_option("--provider", doctor_.providers, "Only this one (all that have a key)")->type_name("NAME"));
    command.add_flag("--adopt", doctor_.adopt, "Put a lost batch to the run that it is of; resume collects it");
    command.add_flag("--cancel", doctor_.cancel, "Cancel batches that no run here owns");
    command.add_flag("--delete", doctor_.remove, "Delete files that no run here owns");
    command.add_flag("--yes", doctor_.yes, "Do not ask");
    command.add_flag("--probe", doctor_.probe, "Send the provider's free test batch and wait for it (DashScope)");
    command.callback([this] { line_.command = doctor_; });
  }

  void add_keeping() {
    auto& prune = add_command("prune");
    prune.add_flag("-n,--dry-run", prune_.dry_run, "Say what would go, delete nothing");
    prune.add_flag("--reusable", prune_.reusable,
                   "Also answers that `reuse` copies from: the same requests are paid again");
    prune.callback([this] { line_.command = prune_; });

    auto& backup = add_command("backup");
    backup.add_option("file", backup_.file, "Where the copy goes; nothing may be there")->required()->type_name("FILE");
    backup.callback([this] { line_.command = backup_; });
  }

  void add_schema() {
    auto& command = add_command("schema");
    command.add_option("schema", schema_.schema, "A JSON Schema file")->required()->type_name("SCHEMA");
    command.add_option("files", schema_.files, "Values, one a line (.gz and .zst, too); - is standard input")
        ->type_name("FILE.jsonl");
    repeatable(command
                   .add_option("--map-uri", map_uri_,
                               "URIs that begin with PREFIX are read from DIR; schemas are never fetched")
                   ->type_name("PREFIX=DIR"));
    one_of(command.add_option("--formats", formats_, "annotate: `format` is a remark; assert: values must fit it"),
           {"annotate", "assert"});
    command.callback([this] { line_.command = schema_; });
  }

  void add_serve() {
    auto& command = add_command("serve");
    command.add_option("--jobs", serve_.jobs, "The folder of job files (jobs, beside the config)")->type_name("DIR");
    command
        .add_option("--listen", serve_.listen,
                    "HOST:PORT on this machine, or unix:PATH; several times (127.0.0.1:8740)")
        ->type_name("ADDRESS");
    command.callback([this] { line_.command = serve_; });
  }

  void add_token() {
    auto& command = add_command("token");
    one_of(command.add_option("what", token_.what, "Make one, list all, or take one back")->required(),
           {"create", "list", "revoke"}, "WHAT");
    command.add_option("name", token_.name, "Of create: a word of yours for it; of revoke: that, or its id")
        ->type_name("NAME");
    auto* scope = command.add_option("--scope", token_.scopes, "What it allows: read, content, run or admin");
    one_of(scope, {"read", "content", "run", "admin"}, "SCOPE");
    repeatable(scope);
    command.add_option("--expires", expires_, "It ends after so long: 90d (never)")->type_name("TIME");
    command.callback([this] { line_.command = token_; });
  }

  void add_simulate() {
    auto& command = add_command("simulate");
    command
        .add_option("--listen", simulate_.listen,
                    fmt::format("HOST:PORT or unix:PATH; port 0 takes a free one ({})", simulate_.listen))
        ->type_name("ADDRESS");
    command.add_option("--state", simulate_.state, "The folder its world lives in (batchd-simulator in $TMPDIR)")
        ->type_name("DIR");
    command.add_option("--journal", simulate_.journal, "Where it writes down what was asked of it")->type_name("FILE");
    command.add_flag("--list-faults", simulate_.list_faults, "Every fault it knows, explained in a line");
    add_simulator_arguments(command, simulate_.simulator);
    command.callback([this] { line_.command = simulate_; });
  }

  void add_tools() {
    auto& init = add_command("init");
    init.add_option("name", init_.name, "The job's name: letters, digits, dot, underscore, hyphen")
        ->required()
        ->type_name("NAME");
    init.add_option("--dir", init_.folder, "The folder to write to (this one)")->type_name("DIR");
    init.callback([this] { line_.command = init_; });

    auto& completion = add_command("completion");
    one_of(completion.add_option("shell", shell_, "Whose script")->required(), {"bash", "zsh", "fish"});
    auto& help = add_command("help");
    std::vector<std::string> commands;
    for (const auto& text : command_texts()) {
      if (!text.group.empty()) commands.emplace_back(text.name);
    }
    one_of(help.add_option("command", helped_, "Which one; without it: all of them"), commands, "COMMAND");
    add_command("man");

    auto& complete = add_command("__complete");
    complete.add_option("what", complete_.what)->required();
    complete.add_option("words", complete_.words);
    complete.callback([this] { line_.command = complete_; });
  }

  // help, completion and man need nothing but the grammar.
  std::optional<Printed> printed_command() const {
    const auto name = chosen()->get_name();
    if (name == "completion") return Printed{completion_script(syntax(), shell_), 0};
    if (name == "man") return Printed{manual_page(syntax()), 0};
    if (name != "help") return std::nullopt;
    return Printed{helped_.empty() ? main_help(syntax()) : command_help(*syntax().find(helped_)), 0};
  }

  CommandLine finished() {
    auto& global = line_.global;
    if (!config_.empty()) global.config = std::filesystem::absolute(config_);
    if (!state_dir_.empty()) global.state_dir = std::filesystem::absolute(state_dir_);
    global.log_format = log_format_ == "json" ? LogFormat::json : LogFormat::text;
    const char* environment = std::getenv("NO_COLOR");
    global.color = !no_color_ && (environment == nullptr || *environment == '\0');
    const char* forced = std::getenv("CLICOLOR_FORCE");
    global.force_color = global.color && forced != nullptr && *forced != '\0' && std::string_view(forced) != "0";
    std::vector<std::pair<std::string, std::string>> set;
    for (const auto& text : set_)
      set.push_back(split_assignment("--set", text));
    std::vector<std::pair<std::string, std::string>> faults;
    for (const auto& text : faults_)
      faults.push_back(split_assignment("--fault", text));
    const auto give_up_after = duration_option("--give-up-after", give_up_after_);
    if (auto* run = std::get_if<RunOptions>(&line_.command)) {
      run->job.set = set;
      run->job.sample = sample_option(sample_);
      run->simulator.faults = faults;
      run->give_up_after = give_up_after;
    } else if (auto* plan = std::get_if<PlanOptions>(&line_.command)) {
      plan->job.set = set;
      plan->job.sample = sample_option(sample_);
    } else if (auto* validate = std::get_if<ValidateOptions>(&line_.command)) {
      validate->job.set = set;
    } else if (auto* resume = std::get_if<ResumeOptions>(&line_.command)) {
      resume->give_up_after = give_up_after;
    } else if (auto* retry = std::get_if<RetryOptions>(&line_.command)) {
      retry->give_up_after = give_up_after;
    } else if (auto* resolve = std::get_if<ResolveOptions>(&line_.command)) {
      resolve->give_up_after = give_up_after;
    } else if (auto* schema = std::get_if<SchemaOptions>(&line_.command)) {
      for (const auto& text : map_uri_)
        schema->map_uri.push_back(split_assignment("--map-uri", text, "PREFIX=DIR"));
      schema->assert_formats = formats_ == "assert";
    } else if (auto* token = std::get_if<TokenOptions>(&line_.command)) {
      token->expires_in = duration_option("--expires", expires_);
    } else if (auto* simulate = std::get_if<SimulateOptions>(&line_.command)) {
      simulate->simulator.faults = faults;
    }
    return line_;
  }

  CLI::App app_{std::string(program_text), "batchd"};
  std::map<const CLI::Option*, std::vector<std::string>> words_;  // of one_of()
  CommandLine line_;
  std::string config_;
  std::string state_dir_;
  std::string log_format_ = "text";
  bool no_color_ = false;
  std::vector<std::string> set_;
  std::vector<std::string> faults_;
  std::string sample_;
  std::string give_up_after_;
  std::vector<std::string> map_uri_;
  std::string formats_ = "annotate";
  RunOptions run_;
  ValidateOptions validate_;
  PlanOptions plan_;
  StatusOptions status_;
  RunsOptions runs_;
  WatchOptions watch_;
  ItemsOptions items_;
  ShowOptions show_;
  ResultsOptions results_;
  ResumeOptions resume_;
  RetryOptions retry_;
  CancelOptions cancel_;
  ResolveOptions resolve_;
  PauseOptions pause_;
  UnpauseOptions unpause_;
  VerifyOptions verify_;
  LogOptions log_;
  DoctorOptions doctor_;
  PruneOptions prune_;
  BackupOptions backup_;
  SchemaOptions schema_;
  ServeOptions serve_;
  TokenOptions token_;
  std::string expires_;
  SimulateOptions simulate_;
  InitOptions init_;
  CompleteOptions complete_;
  std::string shell_;
  std::string helped_;
};

}  // namespace

std::variant<CommandLine, Printed> parse_command_line(int argc, const char* const* argv) {
  return Grammar().parse(argc, argv);
}

Syntax syntax() { return Grammar().syntax(); }

}  // namespace batchd::cli
