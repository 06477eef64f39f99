#include <cstdlib>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/options.hpp"
#include "ground/base/suggest.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr std::string_view see_help = "Run with --help for more information.\n";

constexpr std::string_view footer = R"(
Examples:
  batchd run jobs/ticket_summaries.yaml --simulate    rehearse: no key, no network, no money
  batchd run jobs/ticket_summaries.yaml               the real thing; the same command again resumes or shows it
  batchd status                                       what runs, and what it waits for
  batchd items ticket-summaries --status failed       which rows did not make it, and why

Exit codes: 0 succeeded, 1 internal or I/O error, 2 usage or invalid input (nothing was sent), 3 failed below
min_success, 4 the provider refused us, 5 stopped or cancelled, 6 another process owns the run, 7 provider
unreachable, 130/143 interrupted (can be resumed).)";

// NAME=VALUE options, kept in the order given.
std::pair<std::string, std::string> split_assignment(const std::string& option, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw CLI::ValidationError(option, "\"" + text + "\" is not of the form NAME=VALUE");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::optional<Duration> duration_option(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto parsed = parse_duration(text);
  if (!parsed) throw CLI::ValidationError(option, parsed.error().message + "; " + parsed.error().hint);
  return *parsed;
}

// "0" would be read as "no limit" further in.
std::string at_least_one(const std::string& text) {
  return text.find_first_not_of('0') == std::string::npos ? "must be 1 or more" : "";
}

// One value an occurrence: what stands behind it may be the job file.
void repeatable(CLI::Option* option) { option->allow_extra_args(false)->take_all(); }

// The grammar, and where each value goes. CLI11 writes into these while it parses.
class Grammar {
 public:
  Grammar() {
    app_.set_version_flag("--version", std::string("batchd ") + BATCHD_VERSION);
    app_.footer(std::string(footer));
    app_.require_subcommand(1);
    app_.fallthrough();  // global options may stand behind the command
    app_.get_formatter()->column_width(34);
    add_globals();
    add_run();
    add_validate();
    add_plan();
    add_reading();
    add_changing();
    add_simulate();
  }

  std::variant<CommandLine, Printed> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
      return finished();
    } catch (const CLI::ParseError& error) {
      std::ostringstream out;
      std::ostringstream complaint;
      const bool asked = app_.exit(error, out, complaint) == 0;  // --help and --version
      constexpr int usage = 2;
      if (!asked && app_.get_subcommands().empty()) return Printed{no_command(error), usage};
      return Printed{asked ? out.str() : "error: " + complaint.str(), asked ? 0 : usage};
    }
  }

 private:
  // CLI11 would only say that a command is missing, also when one was mistyped.
  std::string no_command(const CLI::ParseError& error) const {
    std::vector<std::string> known;
    for (const auto* command : app_.get_subcommands([](const CLI::App*) { return true; }))
      known.push_back(command->get_name());
    for (const auto& word : app_.remaining()) {
      if (word.starts_with('-')) continue;
      const auto meant = suggest(word, known);
      return fmt::format("error: there is no command \"{}\"{}\n{}", word,
                         meant ? fmt::format("; did you mean \"{}\"?", *meant) : "", see_help);
    }
    if (error.get_name() != "RequiredError") return fmt::format("error: {}\n{}", error.what(), see_help);
    return fmt::format("error: a command is needed: {}\n{}", fmt::join(known, ", "), see_help);
  }

  void add_globals() {
    app_.add_option("--config", config_, "Configuration file")->type_name("FILE");
    app_.add_option("--state-dir", state_dir_, "Where runs are remembered")->type_name("DIR");
    app_.add_flag("--json", line_.global.json, "One JSON object per line on standard output");
    app_.add_flag("-q,--quiet", line_.global.quiet, "Only errors");
    app_.add_flag("-v,--verbose", line_.global.verbose, "Log what happens");
    app_.add_option("--log-format", log_format_, "text or json")->check(CLI::IsMember({"text", "json"}));
    app_.add_flag("--no-color", no_color_, "No colours (also: NO_COLOR in the environment)");
  }

  void add_job_arguments(CLI::App& command, JobArguments& job) {
    command.add_option("job", job.file, "The job file")->required()->type_name("JOB.yaml");
    repeatable(command.add_option("--set", set_, "Change a value of the job for this run: request.model=qwen-max")
                   ->type_name("PATH=VALUE"));
    command.add_option("--limit", job.limit, "Only the first N rows (a sample: `latest` does not move)")
        ->type_name("N")
        ->check(at_least_one);
  }

  void add_simulator_arguments(CLI::App& command, SimulatorArguments& simulator) {
    command.add_option("--seed", simulator.seed, "The rehearsal's seed: the same one gives the same answers");
    repeatable(command.add_option("--fault", faults_, "Something that goes wrong (`batchd simulate --list-faults`)")
                   ->type_name("NAME=VALUE"));
  }

  void add_run() {
    auto& command = *app_.add_subcommand("run", "Prepare, submit, wait, collect, report; safe to repeat at any time");
    add_job_arguments(command, run_.job);
    command.add_option("--key", run_.key, "Name this run: a run is (job, key)")->type_name("K");
    command.add_flag("--new", run_.new_run, "Start another run although this one exists or another is unfinished");
    command.add_flag("--no-wait", run_.no_wait, "Return once everything is submitted; prints the run's id");
    command.add_flag("--simulate", run_.simulate,
                     "Rehearse against the built-in simulator: no key, no network, no money");
    command.add_flag("-n,--dry-run", run_.plan_only, "Only show what would be done (plan)");
    command.add_option("--give-up-after", give_up_after_, "Unreachable provider: end with 7 after this long (24h)")
        ->type_name("DURATION");
    add_simulator_arguments(command, run_.simulator);
    command.footer(
        "\nExamples:\n  batchd run jobs/tickets.yaml --simulate\n  batchd run jobs/tickets.yaml --limit 20\n"
        "  batchd run jobs/tickets.yaml --key 2026-11-23 --set request.temperature=0");
    command.callback([this] { line_.command = run_; });
  }

  void add_validate() {
    auto& command =
        *app_.add_subcommand("validate", "Check job files, schemas, templates and the first rows; no network");
    command.add_option("jobs", validate_.files, "Job files")->required()->type_name("JOB.yaml");
    command.footer("\nExample:\n  batchd validate jobs/*.yaml");
    command.callback([this] { line_.command = validate_; });
  }

  void add_plan() {
    auto& command = *app_.add_subcommand(
        "plan", "Read the whole input: items, rejected rows, shards, bytes; nothing is written or sent");
    add_job_arguments(command, plan_.job);
    command.footer("\nExample:\n  batchd plan jobs/tickets.yaml");
    command.callback([this] { line_.command = plan_; });
  }

  CLI::App& add_named(const char* name, const char* what, std::string& run, bool required) {
    auto& command = *app_.add_subcommand(name, what);
    auto* option = command.add_option("run", run, "A run's id, the beginning of it, a job (its newest run) or JOB@KEY");
    option->type_name("RUN");
    if (required) option->required();
    return command;
  }

  void add_reading() {
    add_named("status", "Where things stand, what they wait for and what happens next", status_.run, false)
        .callback([this] { line_.command = status_; });

    auto& runs = *app_.add_subcommand("runs", "The runs there are, newest first");
    runs.add_option("job", runs_.job, "Only this job's")->type_name("JOB");
    runs.add_option("--limit", runs_.limit, "At most so many")->type_name("N")->check(at_least_one);
    runs.callback([this] { line_.command = runs_; });

    auto& watch = add_named("watch", "Follow a run that another process works on, until it ends", watch_.run, true);
    watch.add_flag("--exit-status", watch_.exit_status, "Exit with the run's code");
    watch.callback([this] { line_.command = watch_; });

    auto& items = add_named("items", "The items of a run", items_.run, true);
    items.add_option("--status", items_.status, "pending, submitted, succeeded or failed")
        ->check(CLI::IsMember({"pending", "submitted", "succeeded", "failed"}));
    items.add_option("--reason", items_.reason, "Why they failed: not_json, schema_mismatch, truncated, …");
    items.add_option("--limit", items_.limit, "At most so many")->type_name("N")->check(at_least_one);
    items.footer("\nExample:\n  batchd items ticket-summaries --status failed --reason truncated");
    items.callback([this] { line_.command = items_; });

    auto& show = add_named("show", "One item's whole life: row, request, raw answer, verdict, tokens", show_.run, true);
    show.add_option("item", show_.item, "An item's id, #row-number or a custom_id")->required()->type_name("ITEM");
    show.footer("\nExample:\n  batchd show ticket-summaries T-10293\n  batchd show ticket-summaries '#17'");
    show.callback([this] { line_.command = show_; });

    auto& results = add_named("results", "The results again, in input order", results_.run, true);
    results.add_option("-o,--output", results_.output, "To this file instead of standard output")->type_name("FILE");
    results.callback([this] { line_.command = results_; });
  }

  void add_changing() {
    auto& resume =
        add_named("resume", "Go on with an unfinished run, with the job as it was frozen", resume_.run, false);
    resume.add_option("--give-up-after", give_up_after_, "Unreachable provider: end with 7 after this long (24h)")
        ->type_name("DURATION");
    resume.callback([this] { line_.command = resume_; });

    add_named("cancel", "Send nothing more, cancel what is in flight, keep what has finished", cancel_.run, true)
        .callback([this] { line_.command = cancel_; });
  }

  void add_simulate() {
    auto& command = *app_.add_subcommand("simulate", "The simulator as a server: OpenAI's Files, Batches and Chat API");
    command.add_option("--listen", simulate_.listen, "HOST:PORT or unix:PATH; port 0 takes a free one and prints it");
    command.add_option("--state", simulate_.state, "The folder its world lives in")->type_name("DIR");
    command.add_option("--journal", simulate_.journal, "Where it writes down what was asked of it")->type_name("FILE");
    command.add_flag("--list-faults", simulate_.list_faults, "Every fault it knows, explained in a line");
    add_simulator_arguments(command, simulate_.simulator);
    command.footer("\nExample:\n  batchd simulate --listen 127.0.0.1:8080 --fault rate_429=0.1");
    command.callback([this] { line_.command = simulate_; });
  }

  CommandLine finished() {
    auto& global = line_.global;
    if (!config_.empty()) global.config = std::filesystem::absolute(config_);
    if (!state_dir_.empty()) global.state_dir = std::filesystem::absolute(state_dir_);
    global.log_format = log_format_ == "json" ? LogFormat::json : LogFormat::text;
    const char* environment = std::getenv("NO_COLOR");
    global.color = !no_color_ && (environment == nullptr || *environment == '\0');
    std::vector<std::pair<std::string, std::string>> set;
    for (const auto& text : set_)
      set.push_back(split_assignment("--set", text));
    std::vector<std::pair<std::string, std::string>> faults;
    for (const auto& text : faults_)
      faults.push_back(split_assignment("--fault", text));
    const auto give_up_after = duration_option("--give-up-after", give_up_after_);
    if (auto* run = std::get_if<RunOptions>(&line_.command)) {
      run->job.set = set;
      run->simulator.faults = faults;
      run->give_up_after = give_up_after;
    } else if (auto* plan = std::get_if<PlanOptions>(&line_.command)) {
      plan->job.set = set;
    } else if (auto* resume = std::get_if<ResumeOptions>(&line_.command)) {
      resume->give_up_after = give_up_after;
    } else if (auto* simulate = std::get_if<SimulateOptions>(&line_.command)) {
      simulate->simulator.faults = faults;
    }
    return line_;
  }

  CLI::App app_{"batchd: batch processing that never pays twice", "batchd"};
  CommandLine line_;
  std::string config_;
  std::string state_dir_;
  std::string log_format_ = "text";
  bool no_color_ = false;
  std::vector<std::string> set_;
  std::vector<std::string> faults_;
  std::string give_up_after_;
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
  CancelOptions cancel_;
  SimulateOptions simulate_;
};

}  // namespace

std::variant<CommandLine, Printed> parse_command_line(int argc, const char* const* argv) {
  return Grammar().parse(argc, argv);
}

}  // namespace batchd::cli
