#pragma once
// What is said about a command line that is none, with what was probably meant. Each ends in a line break. Pure.

#include <string>
#include <vector>

#include "doors/cli/syntax.hpp"
#include "ground/base/result.hpp"

namespace batchd::cli {

// No command: the words there are instead.
std::string not_a_command(const Syntax& syntax, const std::vector<std::string>& words);
std::string lacks_operand(const CommandSyntax& command, const OptionSyntax& operand);
// Words nobody took: an unknown option, or one operand too many.
std::string not_expected(const Syntax& syntax, const CommandSyntax& command, const std::vector<std::string>& words);

// A job that was named and is not there, with what lies beside it and is nearly called so.
Error no_such_job_file(const std::string& path);
// With the job files that lie in it.
Error folder_is_no_job(const std::string& folder);

}  // namespace batchd::cli
