#include "ground/base/suggest.hpp"

#include <algorithm>

namespace batchd {
namespace {

constexpr std::size_t word_bytes_max = 64;  // the distance costs word times candidate; nobody mistypes a longer name

// Damerau-Levenshtein, the restricted form: insert, delete, replace, swap two neighbours, each counts one.
std::size_t distance_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> suggest(std::string_view word, const std::vector<std::string>& candidates,
                                   std::size_t distance_max) {
  if (word.empty() || word.size() > word_bytes_max) return std::nullopt;
  std::size_t allowed = std::min(std::max<std::size_t>(1, word.size() / 3), distance_max);
  std::optional<std::string> best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word_bytes_max) continue;
    const std::size_t distance = distance_between(word, candidate);
    // A distance of the whole word means that nothing of it is left: "n" is no slip for "q".
    if (distance > allowed || distance >= word.size()) continue;
    best = candidate;
    if (distance == 0) break;
    allowed = distance - 1;  // only a nearer one may replace it
  }
  return best;
}

}  // namespace batchd
