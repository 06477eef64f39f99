#pragma once
// Words that look as if somebody had read the message: its subject, its facts ("Product: Lumen desk lamp"), a sentence
// of it here and there. Nobody has; but whoever looks at three results sees whose they are.

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/shape.hpp"

namespace batchd::simulator {

// What a message offers, without its markup. Borrows the message; reuse it: its buffers grow once.
class Prose {
 public:
  void read(std::string_view message);
  // From now on every free text is full of characters that are seldom seen.
  void season(bool odd) { odd_ = odd; }

  struct Fact {
    std::string name;  // spoken: "short description"
    std::string_view value;
  };

  // The value of the fact that `name` (spoken) stands for; "" when the message has none.
  std::string_view fact(std::string_view name) const;
  std::string_view topic() const { return topic_; }
  std::string_view sentence(std::uint64_t which) const;  // some sentence of it; the topic when it has none
  std::string_view last_sentence() const;
  std::string word(Draw& draw) const;          // one of its longer words, in lower case
  std::string_view language() const;           // "de", …: a guess; "en" when in doubt
  bool mentions(std::string_view text) const;  // in the topic or a fact, as it is spoken; four letters at least
  bool says(std::string_view word) const;      // anywhere, letter by letter

  // A text for the property `name` (spoken) of at most `characters_max`.
  std::string text_for(std::string_view name, std::uint64_t characters_max, Draw& draw) const;

 private:
  static constexpr std::size_t beginnings_max = 1024;
  void read_facts();
  void read_sentences(std::string_view text);
  void choose_topic();
  void remember_beginnings();

  bool odd_ = false;
  std::string plain_;  // the message without its markup, where it has some
  std::string_view message_;
  std::string_view body_;
  std::vector<Fact> facts_;
  std::vector<std::string_view> sentences_;
  std::string_view topic_;
  std::string spoken_;                      // topic and facts in lower case
  std::bitset<beginnings_max> beginnings_;  // of its words
};

std::uint64_t characters_of(std::string_view text);
// At most so many characters, cut at a word where there is one.
std::string_view cut_to(std::string_view text, std::uint64_t characters_max);

}  // namespace batchd::simulator
