// The man page, in the man macros that groff, mandoc and man(1) share.

#include <array>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/help.hpp"

namespace batchd::cli {
namespace {

// Text as roff takes it literally. `typed`: something to be typed, where a dash and a quote are ASCII's.
std::string escaped(std::string_view text, bool typed) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-' && typed) {
      out += "\\-";
    } else if (c == '\'' && typed) {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  // A line that begins with a dot or a quote would be an instruction.
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string bold(std::string_view typed) { return "\\fB" + escaped(typed, true) + "\\fR"; }
std::string placeholder(std::string_view word) { return "\\fI" + escaped(word, true) + "\\fR"; }

// Prose; what stands in `backticks` is something to be typed.
std::string prose(std::string_view text) {
  std::string out;
  for (bool typed = false; !text.empty(); typed = !typed) {
    const auto end = std::min(text.find('`'), text.size());
    const auto part = text.substr(0, end);
    out += typed ? bold(part) : escaped(part, false);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

std::string heading(std::string_view title) { return fmt::format(".SH {}\n", title); }

std::string option(const OptionSyntax& option) {
  std::string names;
  for (const auto& name : option.names)
    names += (names.empty() ? "" : ", ") + bold(name);
  if (!option.placeholder.empty()) names += (names.empty() ? "" : " ") + placeholder(option.placeholder);
  std::string more;
  if (option.repeatable) more += "; repeatable";
  return fmt::format(".TP\n{}\n{}", names, prose(option.help + more + "."));
}

std::string options(const std::vector<OptionSyntax>& all) {
  std::string text;
  for (const auto& each : all)
    text += option(each);
  return text;
}

std::string example(const Example& example) {
  auto does = prose(example.does);
  does.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(does.front())));
  does.back() = ':';
  return fmt::format(".PP\n{}\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", does, bold(example.command));
}

std::string usage(const CommandSyntax& command) {
  auto text = bold(fmt::format("batchd {}", command.name()));
  if (!command.options.empty()) text += " [" + placeholder("OPTION") + "]...";
  for (const auto& operand : command.operands) {
    const auto word = placeholder(operand.placeholder) + (operand.repeatable ? "..." : "");
    text += operand.required ? " " + word : " [" + word + "]";
  }
  return text;
}

std::string command_section(const CommandSyntax& command) {
  auto text = fmt::format(".SS {}\n{}\n.PP\n{}", command.name(), usage(command),
                          prose(fmt::format("{}.", command.text->summary)));
  for (const auto& part : command.text->paragraphs)
    text += ".PP\n" + prose(part);
  text += options(command.operands) + options(command.options);
  for (const auto& each : command.text->examples)
    text += example(each);
  return text;
}

struct Entry {
  std::string_view name;
  std::string_view means;
};

constexpr std::array<Entry, 7> environment = {{
    {"BATCHD_CONFIG", "The configuration, where --config is not given."},
    {"DASHSCOPE_API_KEY, OPENAI_API_KEY",
     "The key of a built-in provider; `api_key_env` and `api_key_file` of the "
     "configuration name others. Keys are never logged, printed or stored."},
    {"NO_COLOR", "When set and not empty: no colours."},
    {"CLICOLOR_FORCE", "When set and neither empty nor 0: colours also where no terminal is."},
    {"XDG_CONFIG_HOME, XDG_STATE_HOME", "Where the user's configuration and, without any configuration, runs are."},
    {"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "How the provider is reached."},
    {"TZ", "The time zone in which times are shown on a terminal; logs and --json are in UTC."},
}};

constexpr std::array<Entry, 4> files = {{
    {"batchd.yaml, config/batchd.yaml",
     "The configuration: the nearest one at or above the job or the current folder."},
    {"$XDG_CONFIG_HOME/batchd/batchd.yaml, /etc/batchd/batchd.yaml", "The user's and the machine's."},
    {"$XDG_STATE_HOME/batchd",
     "The state folder, where no configuration names another: the database, the requests as "
     "they were sent, the provider's answers. It belongs on a local disk."},
    {"<output.path>/<run>/",
     "The results of a run: results.jsonl, failures.jsonl, rejected.jsonl, report.json, "
     "report.md. It is there complete or not at all; `latest` points to the newest."},
}};

template <std::size_t N>
std::string entries(const std::array<Entry, N>& all) {
  std::string text;
  for (const auto& [name, means] : all)
    text += fmt::format(".TP\n{}\n{}", bold(name), prose(means));
  return text;
}

}  // namespace

std::string manual_page(const Syntax& syntax) {
  auto text = fmt::format(
      ".\\\" Made by `batchd man` from the grammar of the command line.\n"
      ".TH BATCHD 1 \"\" \"batchd {}\" \"User Commands\"\n",
      BATCHD_VERSION);
  text += heading("NAME") + "batchd \\- the same question about every row of a file, by a provider's Batch API\n";
  text += heading("SYNOPSIS");
  bool first = true;
  for (const auto& command : syntax.commands) {
    text += (first ? "" : ".br\n") + usage(command) + "\n";
    first = false;
  }
  text += heading("DESCRIPTION") + prose(program_text);
  text += ".PP\n" + prose(
                        "Results go to files, progress to standard error: a live panel on a terminal, else a line "
                        "for each change. With `--json` every line of standard output is a JSON object with a `type`; "
                        "the last one is the summary.");
  text += heading("COMMANDS");
  for (const auto& command : syntax.commands)
    text += command_section(command);
  text += heading("OPTIONS") + ".PP\nOf every command:\n" + options(syntax.options);
  text += heading("EXIT STATUS");
  for (const auto& row : exit_code_table())
    text += fmt::format(".TP\n{}\n{}", bold(row.codes), prose(fmt::format("{}.", row.means)));
  text += ".PP\n" + prose(
                        "Commands that only read exit with 0 when they could answer; `watch --exit-status` exits with "
                        "the run's code.");
  text += heading("ENVIRONMENT") + entries(environment);
  text += heading("FILES") + entries(files);
  return text;
}

}  // namespace batchd::cli
