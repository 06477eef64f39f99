#pragma once

namespace batchd::cli {

// Everything main() does. The exit code.
int run_command_line(int argc, const char* const* argv);

}  // namespace batchd::cli
