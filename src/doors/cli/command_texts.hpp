#pragma once
// What is said about each command, apart from its grammar: for --help and the man page.

#include <span>
#include <string_view>
#include <vector>

namespace batchd::cli {

struct Example {
  std::string_view command;  // as typed in this repository
  std::string_view does;
};

struct CommandText {
  std::string_view name;
  std::string_view group;    // of the main help; "" for hidden commands
  std::string_view summary;  // a line without a full stop
  std::vector<std::string_view> paragraphs;
  std::vector<Example> examples;
};

// In the order of the main help; commands of a group stand together.
std::span<const CommandText> command_texts();
// Every command has one: an unknown name is a programming error.
const CommandText& text_of(std::string_view command);

// One paragraph on the whole program.
extern const std::string_view program_text;

}  // namespace batchd::cli
