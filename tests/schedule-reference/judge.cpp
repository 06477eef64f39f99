// Lines of "AFTER COUNT PATTERN" on standard input, AFTER in seconds since 1970; for each a line on standard output:
// the next COUNT due times in UTC, fewer when there are no more, or "refused: …".

#include <iostream>
#include <string>

#include "rules/schedule/schedule.hpp"

using namespace batchd;

int main() {
  const schedule::Zone utc = schedule::Zone::find("UTC").value();
  long long after = 0;
  int count = 0;
  std::string text;
  while (std::cin >> after >> count && std::getline(std::cin, text)) {
    const auto pattern = schedule::Pattern::parse(text);
    if (!pattern) {
      std::cout << "refused: " << pattern.error().message << '\n';
      continue;
    }
    Time time = from_unix_seconds(after);
    for (int n = 0; n < count; ++n) {
      const auto due = schedule::next(*pattern, utc, time);
      if (!due) break;
      time = *due;
      std::cout << to_unix_ms(time) / 1000 << ' ';
    }
    std::cout << '\n';
  }
  return 0;
}
