#pragma once
// What is printed of the grammar: help for a terminal of 80 columns, the man page, the shells' completion. Pure.

#include <span>
#include <string>
#include <string_view>

#include "doors/cli/syntax.hpp"

namespace batchd::cli {

inline constexpr unsigned help_columns = 80;

// The published table (README), in few words.
struct ExitCodeRow {
  std::string_view codes;
  std::string_view means;
};
std::span<const ExitCodeRow> exit_code_table();

std::string main_help(const Syntax& syntax);
std::string command_help(const CommandSyntax& command);

// roff with the man macros, for man(1), mandoc and groff.
std::string manual_page(const Syntax& syntax);

// shell: bash, zsh or fish.
std::string completion_script(const Syntax& syntax, std::string_view shell);

}  // namespace batchd::cli
