#include "doors/cli/usage_complaints.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/files.hpp"
#include "ground/base/suggest.hpp"

namespace batchd::cli {
namespace {

bool is_job_file(std::string_view word) { return word.ends_with(".yaml") || word.ends_with(".yml"); }

std::string meant(const std::string& word, const std::vector<std::string>& known) {
  const auto likely = suggest(word, known);
  return likely ? fmt::format("; did you mean \"{}\"?", *likely) : "";
}

void add_names(std::vector<std::string>& names, const std::vector<OptionSyntax>& options) {
  for (const auto& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
}

// "; it is an option of run, resume"
std::string owners_of(const Syntax& syntax, const std::string& option) {
  std::vector<std::string_view> owners;
  for (const auto& command : syntax.commands) {
    std::vector<std::string> names;
    add_names(names, command.options);
    if (std::find(names.begin(), names.end(), option) != names.end()) owners.push_back(command.name());
  }
  return owners.empty() ? "" : fmt::format("; it is an option of {}", fmt::join(owners, ", "));
}

std::string no_such_option(const Syntax& syntax, const CommandSyntax* command, const std::string& word) {
  const auto name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  if (command) add_names(known, command->options);
  add_names(known, syntax.options);
  auto more = owners_of(syntax, name);
  if (more.empty()) more = name == "-V" ? "; did you mean \"--version\"?" : meant(name, known);
  return fmt::format("{} has no option \"{}\"{}\n", command ? command->name() : "batchd", name, more);
}

// Hyphens and underscores are what people mix up most, and the ending what they leave out.
std::string without_finery(const std::string& path) {
  auto bare = Path(path).replace_extension().string();
  std::replace(bare.begin(), bare.end(), '-', '_');
  return bare;
}

std::vector<std::string> job_files_beside(const std::string& path) {
  const auto folder = Path(path).parent_path();
  std::vector<std::string> names;
  std::error_code fault;
  std::filesystem::directory_iterator entries(folder.empty() ? Path(".") : folder, fault);
  for (; !fault && entries != std::filesystem::directory_iterator(); entries.increment(fault)) {
    const auto name = entries->path().filename().string();
    if (is_job_file(name) && name != "batchd.yaml") names.push_back((folder / name).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string listed(std::vector<std::string> names) {
  constexpr std::size_t shown_max = 5;
  if (names.empty()) return "`batchd init NAME` writes one to begin with";
  const auto more = names.size() - std::min(names.size(), shown_max);
  names.resize(names.size() - more);
  const auto also = more > 0 ? fmt::format(" and {} more", more) : "";
  return fmt::format("there {}: {}{}", names.size() == 1 ? "is" : "are", fmt::join(names, ", "), also);
}

std::string near_job_files(const std::string& path) {
  auto names = job_files_beside(path);
  std::vector<std::string> bare;
  for (const auto& name : names)
    bare.push_back(without_finery(name));
  const auto wanted = without_finery(path);
  auto likely = std::find(bare.begin(), bare.end(), wanted);
  if (const auto similar = suggest(wanted, bare); likely == bare.end() && similar)
    likely = std::find(bare.begin(), bare.end(), *similar);
  if (likely != bare.end())
    return fmt::format("did you mean {}?", names[static_cast<std::size_t>(likely - bare.begin())]);
  return listed(std::move(names));
}

bool takes_input(const CommandSyntax& command) {
  std::vector<std::string> names;
  add_names(names, command.options);
  return std::find(names.begin(), names.end(), "--input") != names.end();
}

}  // namespace

std::string not_a_command(const Syntax& syntax, const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const auto& command : syntax.commands)
    known.emplace_back(command.name());
  if (words.empty()) return fmt::format("a command is needed: {}\n", fmt::join(known, ", "));
  const auto& word = words.front();
  if (word.starts_with('-')) return no_such_option(syntax, nullptr, word);
  if (is_job_file(word)) return fmt::format("\"{0}\" is no command; to run this job: batchd run {0}\n", word);
  return fmt::format("there is no command \"{}\"{}\n", word, meant(word, known));
}

std::string lacks_operand(const CommandSyntax& command, const OptionSyntax& operand) {
  return fmt::format("{} needs {}\n  batchd {}\n", command.name(), operand.placeholder, usage_of(command));
}

std::string not_expected(const Syntax& syntax, const CommandSyntax& command, const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word.size() > 1 && word.starts_with('-')) return no_such_option(syntax, &command, word);
  }
  const auto& word = words.empty() ? std::string() : words.front();
  // A shell that was not told otherwise makes a pattern into the names it finds.
  const bool may_be_pattern = takes_input(command) && path_exists(word);
  return fmt::format("\"{}\" is one too many\n  batchd {}\n{}", word, usage_of(command),
                     may_be_pattern ? "  of several files give a pattern, in quotes: --input \"data/*.jsonl\"\n" : "");
}

Error folder_is_no_job(const std::string& folder) {
  return {ErrorKind::invalid, fmt::format("{} is a folder, not a job file", folder),
          listed(job_files_beside(folder + "/"))};
}

Error no_such_job_file(const std::string& path) {
  return {ErrorKind::invalid, fmt::format("there is no job file {}", path), near_job_files(path)};
}

}  // namespace batchd::cli
