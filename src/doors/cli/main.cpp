#include "doors/cli/cli.hpp"

int main(int argc, char** argv) { return batchd::cli::run_command_line(argc, argv); }
