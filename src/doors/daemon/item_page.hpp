#pragma once
// One item's whole life: its row, its request, what was answered each time and what was made of it; what was rejected
// and what was accepted side by side.

#include <optional>
#include <string>
#include <vector>

#include "core/runner/item_life.hpp"
#include "doors/daemon/page_layout.hpp"

namespace batchd::daemon {

inline constexpr std::size_t text_bytes_max = 64 * 1024;    // of each text that is shown
inline constexpr std::uint64_t blob_bytes_max = 1'000'000;  // of each stretch that is read for it
inline constexpr std::size_t attempts_shown_max = 12;       // the newest

struct StoredText {
  std::string text;         // at most blob_bytes_max of it
  std::uint64_t bytes = 0;  // of the whole
  std::string trouble;      // why it cannot be read; "": it can
  bool is_gone = false;     // its file is not there any more
};

struct AttemptTexts {
  runner::LifeAttempt attempt;
  std::optional<StoredText> answer;  // as the provider sent it; nothing: none came
  std::optional<StoredText> result;  // our finished row
};

struct ItemFacts {
  model::Run run;
  runner::ItemLife life;
  std::string currency;
  bool shows_content = true;  // false: nothing below is to be shown, and nothing was read
  std::optional<StoredText> row;
  std::optional<StoredText> request;
  std::optional<StoredText> result;         // of the attempt that counts; also of a reused answer
  std::vector<AttemptTexts> attempts;       // oldest first
  std::optional<model::Happening> pruning;  // when prune last deleted files of the run
  bool has_results = false;                 // its results are where they were published
};
Page item_page(const ItemFacts& facts);

// What a finished row of ours says.
struct Verdict {
  std::string text;         // what the model gave: the output, or what was not accepted
  std::string error;        // what is wrong with it; "": nothing
  std::string reused_from;  // the run that asked; "": this one
};
Verdict verdict_of(const std::string& result_row);

}  // namespace batchd::daemon
