#include "doors/cli/loading.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/first_line.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/standard_input.hpp"
#include "doors/cli/usage_complaints.hpp"
#include "doors/cli/workplace.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::cli {
namespace {

bool has_ending(const Path& file, std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings)
    if (file.native().ends_with(ending)) return true;
  return false;
}

bool is_of_requests(const Path& file) {
  return file == model::standard_input || has_ending(file, {".jsonl", ".ndjson", ".gz", ".zst"});
}

Error no_requests(const std::string& shown, std::string_view why =
                                                "begins with a line that is no Batch API request: it has no custom_id "
                                                "and body") {
  return {ErrorKind::invalid, fmt::format("{} {}", shown, why),
          "this is a file of rows; a job file says what to ask of them: `batchd init NAME` writes one to begin with"};
}

class Loader {
 public:
  Loader(const GlobalOptions& global, const JobArguments& arguments, Purpose purpose)
      : global_(global), arguments_(arguments), purpose_(purpose) {}

  Loaded load() {
    // Of what stands on standard input nothing is looked for but the current folder.
    auto config = job::load_config(config_options(global_, std::filesystem::absolute(arguments_.file)));
    show_complaints(global_, config.complaints);
    options_.config_is_sound = config.ok();
    all_.config = std::move(config.config);
    if (auto fault = fault_of_options()) return failed(*fault);
    set_options();
    return is_of_requests(arguments_.file) ? load_requests() : load_file();
  }

 private:
  Loaded failed(const Error& error) const { return {std::nullopt, show_error(global_, error)}; }

  std::optional<Error> fault_of_options() const {
    const auto& file = arguments_.file;
    if (has_ending(file, {".csv", ".tsv"})) return no_requests(file.string(), "is no job file");
    const bool of_requests = is_of_requests(file);
    const auto sets_path = [](const auto& change) { return change.first == "input.path"; };
    const bool has_other_input =
        arguments_.input || std::any_of(arguments_.set.begin(), arguments_.set.end(), sets_path);
    if (of_requests && has_other_input)
      return Error(ErrorKind::invalid, fmt::format("{} is the input already", file.string()),
                   "name the other one in its place");
    if (of_requests && !arguments_.provider) return fault_of_file(file).value_or(no_provider());
    if (of_requests) return std::nullopt;
    if (arguments_.provider)
      return Error(ErrorKind::invalid, "--provider is for a file of requests; a job file names its own",
                   fmt::format("for this once: --set provider={}", *arguments_.provider));
    if (arguments_.name) return Error(ErrorKind::invalid, "--name is for a file of requests; a job file says its own");
    if (arguments_.output)
      return Error(
          ErrorKind::invalid, "--output is for a file of requests; a job file says its own",
          fmt::format("for this once: --set output.path={}", std::filesystem::absolute(*arguments_.output).string()));
    return std::nullopt;
  }

  // With which a provider would not help.
  static std::optional<Error> fault_of_file(const Path& file) {
    if (file == model::standard_input) return std::nullopt;
    model::InputSpec input;
    input.path = std::filesystem::absolute(file).lexically_normal();
    input.path_as_written = file.string();
    const auto first = first_line_of(input);
    if (!first) return first.error();
    if (first->kind == FirstLine::Kind::row) return no_requests(input.path_as_written);
    return std::nullopt;
  }

  Error no_provider() const {
    std::vector<std::string_view> names;
    for (const auto& [name, spec] : all_.config.providers)
      names.push_back(name);
    return {ErrorKind::invalid, "requests say what is asked, not of whom: --provider is missing",
            fmt::format("there are {}", fmt::join(names, ", "))};
  }

  void set_options() {
    constexpr std::size_t date_characters = 10;  // of 2026-11-23T05:44:53Z
    options_.environment = job::system_environment();
    options_.set = arguments_.set;
    options_.input = arguments_.input;
    options_.limit = arguments_.limit;
    options_.sample = arguments_.sample;
    options_.date_was_given = arguments_.date.has_value();
    options_.run_date = arguments_.date.value_or(format_utc(SystemClock().now()).substr(0, date_characters));
  }

  Loaded load_file() {
    const auto& file = arguments_.file;
    if (!path_exists(std::filesystem::absolute(file))) return failed(no_such_job_file(file.string()));
    if (std::filesystem::is_directory(file)) return failed(folder_is_no_job(file.string()));
    auto loaded = job::load_job(std::filesystem::absolute(file), file.string(), all_.config, options_);
    if (auto code = settle(std::move(loaded))) return {std::nullopt, *code};
    if (auto kept = keep_standard_input(); !kept) return failed(kept.error());
    if (arguments_.input) {
      if (auto settled = settle_failures(); !settled) return failed(settled.error());
    }
    return {std::move(all_), exit_ok};
  }

  // What the job reads when it is our own failures.jsonl: the row of each line stands within it.
  Status settle_failures() {
    auto& input = all_.job.input;
    if (purpose_ == Purpose::validate && input.path == model::standard_input) return {};
    const auto first = first_line_of(input);
    if (!first) return first.error();
    if (first->kind != FirstLine::Kind::failed_row && first->kind != FirstLine::Kind::failed_request) return {};
    input.row_pointer = "/input";
    // What was CSV is an object by now.
    if (input.format == model::InputFormat::csv) input.format = model::InputFormat::rows;
    return {};
  }

  Loaded load_requests() {
    job::RequestsJob requests;
    const auto& file = arguments_.file;
    const bool is_pipe = file == model::standard_input;
    const auto absolute = std::filesystem::absolute(file).lexically_normal();
    requests.input = is_pipe ? file : absolute;
    requests.shown = file.string();
    requests.folder = absolute.parent_path();
    while (!path_exists(requests.folder))  // of a pattern it may be part
      requests.folder = requests.folder.parent_path();
    requests.name = arguments_.name.value_or(job::job_name_of(file));
    requests.provider = *arguments_.provider;
    requests.output = arguments_.output ? std::filesystem::absolute(*arguments_.output).lexically_normal()
                                        : requests.folder / "out" / requests.name;
    all_.job.input.path = requests.input;
    all_.job.input.path_as_written = requests.shown;
    if (auto kept = keep_standard_input(); !kept) return failed(kept.error());
    auto endpoint = endpoint_of(requests.shown);
    if (!endpoint) return failed(endpoint.error());
    requests.endpoint = std::move(*endpoint);
    const auto kept_at = all_.job.input;
    if (auto code = settle(job::load_requests_job(requests, all_.config, options_))) return {std::nullopt, *code};
    all_.job.input.path = kept_at.path;
    all_.job.input.path_as_written = requests.shown;
    all_.job.input.row_pointer = kept_at.row_pointer;
    return {std::move(all_), exit_ok};
  }

  // As the first line says it.
  Result<std::string> endpoint_of(const std::string& shown) {
    constexpr std::string_view usual = "/v1/chat/completions";
    auto& input = all_.job.input;
    if (input.path == model::standard_input) return std::string(usual);  // validate: it is not read
    const auto first = first_line_of(input);
    if (!first) return first.error();
    switch (first->kind) {
      case FirstLine::Kind::none:
        return std::string(usual);  // whether an empty input is fine, the run decides
      case FirstLine::Kind::row:
        return no_requests(shown);
      case FirstLine::Kind::failed_row:
        return Error(ErrorKind::invalid, fmt::format("{} holds failed rows of a job", shown),
                     fmt::format("give them to their job: batchd run JOB.yaml --input {}", shown));
      case FirstLine::Kind::failed_request:
        input.row_pointer = "/input";
        break;
      case FirstLine::Kind::request:
        break;
    }
    if (!first->url.empty()) return first->url;
    input.format = model::InputFormat::requests;
    return prepare::endpoint_of_requests(input);
  }

  // Takes the job over; or the exit code, when it cannot be used.
  std::optional<int> settle(job::LoadedJob loaded) {
    show_complaints(global_, loaded.complaints);
    all_.job = std::move(loaded.job);
    if (loaded.ok() && options_.config_is_sound) return std::nullopt;
    // What would be said next, so that one round is enough.
    const auto& input = all_.job.input;
    if (!input.path.empty() && input.path != model::standard_input) {
      if (auto paths = prepare::input_paths(input); !paths) show_error(global_, paths.error());
    }
    return exit_usage;
  }

  Status keep_standard_input() {
    auto& input = all_.job.input;
    if (input.path != model::standard_input || purpose_ == Purpose::validate) return {};
    auto file = spool_standard_input(folder_to_keep_in());
    if (!file) return file.error();
    all_.standard_input = std::move(*file);
    input.path = all_.standard_input.path();
    return {};
  }

  Path folder_to_keep_in() const {
    if (purpose_ == Purpose::plan) return std::filesystem::temp_directory_path();
    return state_folder_of(all_.config, purpose_ == Purpose::rehearse);
  }

  const GlobalOptions& global_;
  const JobArguments& arguments_;
  Purpose purpose_;
  job::JobOptions options_;
  LoadedAll all_;
};

}  // namespace

Loaded load_all(const GlobalOptions& global, const JobArguments& arguments, Purpose purpose) {
  return Loader(global, arguments, purpose).load();
}

}  // namespace batchd::cli
