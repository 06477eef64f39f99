#include "doors/cli/asking.hpp"

#include <iostream>

namespace batchd::cli {

bool agreed(const std::string& question) {
  std::cout << std::flush;
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace batchd::cli
