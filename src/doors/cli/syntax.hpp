#pragma once
// The grammar of the command line as plain values, read off the parser itself. --help, the man page and the shells'
// completion are made of these, so that none of them can tell anything but what is parsed.

#include <string>
#include <string_view>
#include <vector>

#include "doors/cli/command_texts.hpp"

namespace batchd::cli {

enum class ValueKind {
  none,  // a flag
  text,
  word,      // one of `words`
  file,      // any
  folder,    //
  job_file,  // *.yaml
  run,       // an id, the beginning of one, a job, JOB@KEY
  job,       // a job that has run
};

struct OptionSyntax {
  std::vector<std::string> names;  // "-o", "--output"; none for an operand
  std::string placeholder;         // "FILE"; "" for a flag
  ValueKind kind = ValueKind::none;
  std::vector<std::string> words;
  std::string help;
  bool required = false;
  bool repeatable = false;
};

struct CommandSyntax {
  const CommandText* text = nullptr;  // never null; lives as long as the program
  std::vector<OptionSyntax> operands;
  std::vector<OptionSyntax> options;
  std::string_view name() const { return text->name; }
};

struct Syntax {
  std::vector<CommandSyntax> commands;  // in the order of command_texts(); hidden ones are left out
  std::vector<OptionSyntax> options;    // of every command
  const CommandSyntax* find(std::string_view command) const;
};

// Of the parser as it is built. Defined in command_line.cpp.
Syntax syntax();

// "run [OPTION]... JOB.yaml"
std::string usage_of(const CommandSyntax& command);

}  // namespace batchd::cli
