#pragma once
// A question before something that cannot be taken back. Ask only where somebody is: is_terminal(STDIN_FILENO).

#include <string>

namespace batchd::cli {

// `question` ends in "[y/N] ". Whatever is no yes is a no.
bool agreed(const std::string& question);

}  // namespace batchd::cli
