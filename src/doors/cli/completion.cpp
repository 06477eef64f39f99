// The shells' completion scripts. What the grammar knows stands in them; for runs and jobs they ask
// `batchd __complete`, which looks into the state folder that the line names.

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/cli/help.hpp"
#include "ground/base/check.hpp"

namespace batchd::cli {
namespace {

// For 'single quotes' of bash and zsh.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<std::string> names_of(const std::vector<OptionSyntax>& options) {
  std::vector<std::string> names;
  for (const auto& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// -- bash

std::string bash_values(const OptionSyntax& option) {
  switch (option.kind) {
    case ValueKind::word:
      return "_batchd_words " + shell_quoted(joined(option.words));
    case ValueKind::file:
      return "_batchd_files ''";
    case ValueKind::folder:
      return "_batchd_files /";
    case ValueKind::job_file:
      return "_batchd_files yaml";
    case ValueKind::run:
      return "_batchd_ask runs";
    case ValueKind::job:
      return "_batchd_ask jobs";
    case ValueKind::none:
    case ValueKind::text:
      break;
  }
  return ":";
}

constexpr std::string_view bash_head = R"script(# bash completion for batchd, made by `batchd completion bash`.

_batchd_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }

# '': every file; yaml: folders and job files; /: folders only
_batchd_files() {
  local IFS=$'\n' name
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -d -- "$cur"))
  [[ $1 == / ]] && return
  for name in $(compgen -f -- "$cur"); do
    [[ -d $name ]] && continue
    [[ -z $1 || $name == *.yaml || $name == *.yml ]] && COMPREPLY+=("$name")
  done
}

_batchd_ask() {
  local IFS=$'\n' found
  found=$("${COMP_WORDS[0]}" __complete "$1" -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null | cut -f 1)
  COMPREPLY=($(compgen -W "$found" -- "$cur"))
}

_batchd() {
  local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' word i operands=0
  COMPREPLY=()
  [[ $cur == '=' ]] && cur=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      =) continue ;;
      -*)
        option=''
        case $word in
          @VALUED@)
            [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
            if ((i + 1 >= COMP_CWORD)); then option=$word; else ((i++)); fi ;;
        esac ;;
      *) if [[ -z $command ]]; then command=$word; else ((operands++)); fi ;;
    esac
  done
)script";

std::string bash_script(const Syntax& syntax) {
  std::vector<std::string> valued;
  std::string values;
  std::string options;
  std::string operands;
  std::vector<std::string> commands;
  const auto add = [&](std::string_view command, const std::vector<OptionSyntax>& all) {
    for (const auto& option : all) {
      if (option.kind == ValueKind::none) continue;
      valued.insert(valued.end(), option.names.begin(), option.names.end());
      for (const auto& name : option.names)
        values += fmt::format("    {}:{}) {} ;;\n", command, name, bash_values(option));
    }
  };
  add("*", syntax.options);
  for (const auto& command : syntax.commands) {
    commands.emplace_back(command.name());
    add(command.name(), command.options);
    options +=
        fmt::format("      {}) options={} ;;\n", command.name(), shell_quoted(joined(names_of(command.options))));
    for (std::size_t i = 0; i < command.operands.size(); ++i) {
      const auto place = command.operands[i].repeatable ? "*" : std::to_string(i);
      operands += fmt::format("    {}:{}) {} ;;\n", command.name(), place, bash_values(command.operands[i]));
    }
  }
  std::string script(bash_head);
  constexpr std::string_view mark = "@VALUED@";
  script.replace(script.find(mark), mark.size(), fmt::format("{}", fmt::join(valued, "|")));
  script += "  if [[ -n $option ]]; then\n    case $command:$option in\n" + values + "    esac\n    return\n  fi\n";
  script += "  if [[ $cur == -* ]]; then\n    local options=''\n    case $command in\n" + options + "    esac\n";
  script += fmt::format("    _batchd_words \"$options \"{}\n    return\n  fi\n",
                        shell_quoted(joined(names_of(syntax.options))));
  script += "  case $command:$operands in\n    :*) _batchd_words " + shell_quoted(joined(commands)) + " ;;\n";
  return script + operands + "  esac\n}\n\ncomplete -F _batchd batchd\n";
}

// -- zsh

// Within [...] of an _arguments specification.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// A blank before an action: zsh hands it nothing but what stands there.
std::string zsh_values(const OptionSyntax& option) {
  const auto what = zsh_text(option.placeholder) + ":";
  switch (option.kind) {
    case ValueKind::word:
      return what + "(" + joined(option.words) + ")";
    case ValueKind::file:
      return what + "_files";
    case ValueKind::folder:
      return what + "_files -/";
    case ValueKind::job_file:
      return what + "_files -g \"*.(yaml|yml)\"";
    case ValueKind::run:
      return what + " _batchd_ask runs";
    case ValueKind::job:
      return what + " _batchd_ask jobs";
    case ValueKind::none:
    case ValueKind::text:
      break;
  }
  return what;
}

std::string zsh_option(const OptionSyntax& option) {
  const bool value = option.kind != ValueKind::none;
  std::string spec = option.repeatable ? "'*'" : fmt::format("'({})'", joined(option.names));
  const auto tail = shell_quoted(fmt::format("[{}]{}", zsh_text(option.help), value ? ":" + zsh_values(option) : ""));
  std::vector<std::string> specs;
  for (const auto& name : option.names)
    specs.push_back(name + (value && name.starts_with("--") ? "=" : ""));
  if (specs.size() == 1) return fmt::format("    {}{}{}", spec, specs.front(), tail);
  return fmt::format("    {}{{{}}}{}", spec, fmt::join(specs, ","), tail);
}

std::string zsh_script(const Syntax& syntax) {
  std::string script = R"script(#compdef batchd
# zsh completion for batchd, made by `batchd completion zsh`.

_batchd_ask() {
  local -a found
  found=(${(f)"$($batchd_line[1] __complete $1 -- ${batchd_line[2,-1]} 2>/dev/null)"})
  found=(${${found//:/\\:}//$'\t'/:})
  _describe $1 found
}

_batchd() {
  local context state state_descr line
  local -a batchd_line=($words[1,CURRENT-1])
  typeset -A opt_args
)script";
  std::string globals;
  for (const auto& option : syntax.options)
    globals += zsh_option(option) + "\n";
  script += "  local -a globals=(\n" + globals + "  )\n";
  script += "  local -a commands=(\n";
  for (const auto& command : syntax.commands)
    script += fmt::format("    {}\n", shell_quoted(fmt::format("{}:{}", command.name(), command.text->summary)));
  script += R"script(  )
  _arguments -C $globals '1:command:->command' '*::argument:->argument' && return
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
)script";
  for (const auto& command : syntax.commands) {
    script += fmt::format("        {})\n          _arguments $globals", command.name());
    for (const auto& option : command.options)
      script += " \\\n        " + zsh_option(option);
    for (std::size_t i = 0; i < command.operands.size(); ++i) {
      const auto& operand = command.operands[i];
      const auto place = operand.repeatable ? "*" : std::to_string(i + 1);
      script += " \\\n            " + shell_quoted(fmt::format("{}:{}", place, zsh_values(operand)));
    }
    script += " ;;\n";
  }
  // Sourced it registers itself; from a folder of $fpath it is the function's body.
  return script + R"script(      esac ;;
  esac
}

if [[ $funcstack[1] == _batchd ]]; then _batchd "$@"; else compdef _batchd batchd; fi
)script";
}

// -- fish

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

std::string fish_values(const OptionSyntax& option) {
  switch (option.kind) {
    case ValueKind::word:
      return " -x -a " + fish_quoted(joined(option.words));
    case ValueKind::file:
      return " -r -F";
    case ValueKind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::job_file:
      return " -x -a '(__fish_complete_suffix .yaml .yml)'";
    case ValueKind::run:
      return " -x -a '(__batchd_ask runs)'";
    case ValueKind::job:
      return " -x -a '(__batchd_ask jobs)'";
    case ValueKind::text:
      return " -x";
    case ValueKind::none:
      break;
  }
  return "";
}

std::string fish_option(std::string_view condition, const OptionSyntax& option) {
  std::string names;
  for (const auto& name : option.names)
    names += name.size() == 2 ? " -s " + name.substr(1) : " -l " + name.substr(2);
  return fmt::format("complete -c batchd{}{}{} -d {}\n", condition, names, fish_values(option),
                     fish_quoted(option.help));
}

std::string fish_script(const Syntax& syntax) {
  std::string script = R"script(# fish completion for batchd, made by `batchd completion fish`.

function __batchd_ask
    set -l words (commandline -opc)
    $words[1] __complete $argv[1] -- $words[2..-1] 2>/dev/null
end

complete -c batchd -f
)script";
  for (const auto& option : syntax.options)
    script += fish_option("", option);
  for (const auto& command : syntax.commands) {
    script += fmt::format("complete -c batchd -n __fish_use_subcommand -a {} -d {}\n", command.name(),
                          fish_quoted(command.text->summary));
    const auto condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name());
    for (const auto& option : command.options)
      script += fish_option(condition, option);
    for (const auto& operand : command.operands) {
      if (operand.kind != ValueKind::text)
        script += fmt::format("complete -c batchd{}{}\n", condition, fish_values(operand));
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const Syntax& syntax, std::string_view shell) {
  if (shell == "bash") return bash_script(syntax);
  if (shell == "zsh") return zsh_script(syntax);
  check(shell == "fish", "the grammar takes these three shells");
  return fish_script(syntax);
}

}  // namespace batchd::cli
