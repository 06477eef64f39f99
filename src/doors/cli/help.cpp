#include "doors/cli/help.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/terminal.hpp"

namespace batchd::cli {
namespace {

constexpr unsigned text_column = 28;     // where an option's explanation begins
constexpr unsigned command_column = 14;  // where a command's summary does

// `left`, then `right` from `column` on; on a line of its own when `left` reaches into it.
std::string two_columns(std::string_view left, std::string_view right, unsigned column) {
  constexpr unsigned gap = 2;
  const std::string indent(column, ' ');
  const bool fits = width_of(left) + gap <= column;
  std::string text(left);
  text += fits ? std::string(column - width_of(left), ' ') : "\n" + indent;
  bool first = true;
  for (const auto& line : wrapped(right, help_columns - column)) {
    text += (first ? "" : indent) + line + "\n";
    first = false;
  }
  return text;
}

std::string paragraph(std::string_view text, unsigned indent = 0) {
  std::string lines;
  for (const auto& line : wrapped(text, help_columns - indent))
    lines += std::string(indent, ' ') + line + "\n";
  return lines;
}

// "  -o, --output FILE"; options without a short name stand where the long names of the others do.
std::string option_column(const OptionSyntax& option) {
  const bool has_short = option.names.front().size() == 2;
  auto text = fmt::format("  {}{}", has_short ? "" : "    ", fmt::join(option.names, ", "));
  return option.placeholder.empty() ? text : text + " " + option.placeholder;
}

std::string help_of(const OptionSyntax& option) { return option.help + (option.repeatable ? "; repeatable" : ""); }

std::string options_of(const std::vector<OptionSyntax>& options) {
  std::string text;
  for (const auto& option : options)
    text += two_columns(option_column(option), help_of(option), text_column);
  return text;
}

// The explanations go beside the commands where there is room for all of them.
std::string examples_of(const CommandText& command) {
  constexpr unsigned does_column = 40;
  const bool beside = std::all_of(command.examples.begin(), command.examples.end(), [](const Example& example) {
    return width_of(example.command) + 4 <= does_column && does_column + width_of(example.does) <= help_columns;
  });
  std::string text;
  for (const auto& [typed, does] : command.examples) {
    const auto line = fmt::format("  {}", typed);
    text += beside ? two_columns(line, does, does_column) : line + "\n" + paragraph(does, 6);
  }
  return text;
}

constexpr std::array<ExitCodeRow, 9> exit_codes = {{
    {"0", "succeeded: at least min_success of the items were accepted"},
    {"1", "an internal or input/output error; may be repeated"},
    {"2", "usage, or an invalid job, config, schema or input; nothing was sent"},
    {"3", "failed: finished, but below min_success"},
    {"4", "the provider refused us: key, permission, billing, or a batch it will not take"},
    {"5", "stopped or cancelled"},
    {"6", "another process owns this run; try later"},
    {"7", "the provider was unreachable for too long; repeat, nothing is lost"},
    {"130, 143", "Ctrl-C, SIGTERM: the same command goes on"},
}};

}  // namespace

std::span<const ExitCodeRow> exit_code_table() { return exit_codes; }

std::string usage_of(const CommandSyntax& command) {
  std::string usage(command.name());
  if (!command.options.empty()) usage += " [OPTION]...";
  for (const auto& operand : command.operands) {
    const auto word = operand.placeholder + (operand.repeatable ? "..." : "");
    usage += operand.required ? " " + word : " [" + word + "]";
  }
  return usage;
}

const CommandSyntax* Syntax::find(std::string_view command) const {
  for (const auto& known : commands) {
    if (known.name() == command) return &known;
  }
  return nullptr;
}

std::string main_help(const Syntax& syntax) {
  auto text = paragraph(program_text) + "\nUsage: batchd COMMAND [OPTION]...\n";
  std::string_view group;
  for (const auto& command : syntax.commands) {
    if (command.text->group != group) text += fmt::format("\n{}\n", command.text->group);
    group = command.text->group;
    text += two_columns(fmt::format("  {}", command.name()), command.text->summary, command_column);
  }
  text += "\nOptions of every command\n" + options_of(syntax.options);
  text += "\nExamples\n";
  for (const auto& [typed, does] : std::initializer_list<Example>{
           {"batchd run jobs/ticket_summaries.yaml --simulate", "rehearse: no key, no network, no money"},
           {"batchd run jobs/ticket_summaries.yaml", "the real thing; again: goes on, or shows the end"},
           {"batchd status", "what runs, and what it waits for"},
           {"batchd items ticket-summaries --status failed", "which rows did not make it, and why"}})
    text += fmt::format("  {}\n      {}\n", typed, does);
  text += "\nExit codes\n";
  for (const auto& row : exit_code_table())
    text += two_columns(fmt::format("  {}", row.codes), row.means, 12);
  return text + "\nMore on a command: batchd help COMMAND. All of it: man batchd.\n";
}

std::string command_help(const CommandSyntax& command) {
  const auto& about = *command.text;
  auto text = fmt::format("Usage: batchd {}\n\n{}.\n", usage_of(command), about.summary);
  for (const auto& part : about.paragraphs)
    text += "\n" + paragraph(part);
  if (!command.operands.empty()) text += "\n";
  for (const auto& operand : command.operands)
    text += two_columns("  " + operand.placeholder, help_of(operand), text_column);
  if (!command.options.empty()) text += "\nOptions\n" + options_of(command.options);
  if (!about.examples.empty()) text += "\nExamples\n" + examples_of(about);
  return text + "\nOptions of every command and exit codes: batchd --help\n";
}

}  // namespace batchd::cli
