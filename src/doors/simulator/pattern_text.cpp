#include "doors/simulator/pattern_text.hpp"

#include <algorithm>
#include <optional>

namespace batchd::simulator {
namespace {

constexpr std::size_t text_bytes_max = 4'096;
constexpr std::string_view word_characters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view printable =
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_.,:;/+*=()!?@#%&'\"<>[]{}|~^$`\\";

class Generator {
 public:
  Generator(std::string_view pattern, std::uint64_t extra, Draw& draw)
      : pattern_(pattern), extra_(extra), draw_(draw) {}

  std::string run() {
    std::string text;
    while (at_ < pattern_.size()) {
      alternatives(&text);
      if (at_ < pattern_.size()) ++at_;  // a bracket nobody opened
    }
    return text;
  }

 private:
  bool at(char c) const { return at_ < pattern_.size() && pattern_[at_] == c; }

  // One of the branches is written, the others are only walked over. With no `out` all of them are.
  void alternatives(std::string* out) {
    const std::size_t begin = at_;
    std::size_t branches = 1;
    for (sequence(nullptr); at('|'); ++branches) {
      ++at_;
      sequence(nullptr);
    }
    const std::size_t end = at_;
    if (out) {
      at_ = begin;
      for (std::uint64_t skipped = draw_.below(branches); skipped > 0; --skipped) {
        sequence(nullptr);
        ++at_;
      }
      sequence(out);
    }
    at_ = end;
  }

  void sequence(std::string* out) {
    while (at_ < pattern_.size() && !at('|') && !at(')'))
      repeated(out);
  }

  void repeated(std::string* out) {
    const std::size_t begin = at_;
    atom(nullptr);
    const std::size_t end_of_atom = at_;
    std::uint64_t least = 1;
    std::uint64_t most = 1;
    quantifier(least, most);
    const std::size_t end = at_;
    if (!out) return;
    const std::uint64_t room = most - least;
    const std::uint64_t times = least + std::min(room, draw_.below(extra_ + 1));
    for (std::uint64_t i = 0; i < times && out->size() < text_bytes_max; ++i) {
      at_ = begin;
      atom(out);
    }
    at_ = std::max(end, end_of_atom);
  }

  void quantifier(std::uint64_t& least, std::uint64_t& most) {
    constexpr std::uint64_t many = 1'000'000;
    if (at('*') || at('+') || at('?')) {
      least = at('+') ? 1 : 0;
      most = at('?') ? 1 : many;
      ++at_;
    } else if (at('{')) {
      const std::size_t close = pattern_.find('}', at_);
      if (close == pattern_.npos) return;
      std::size_t i = at_ + 1;
      const auto digits = [&]() -> std::optional<std::uint64_t> {
        if (i >= close || pattern_[i] < '0' || pattern_[i] > '9') return std::nullopt;
        std::uint64_t value = 0;
        for (; i < close && pattern_[i] >= '0' && pattern_[i] <= '9'; ++i)
          value = std::min(value * 10 + static_cast<std::uint64_t>(pattern_[i] - '0'), many);
        return value;
      };
      const auto first = digits();
      if (!first) return;
      least = most = *first;
      if (i < close && pattern_[i] == ',') {
        ++i;
        most = std::max(digits().value_or(many), least);
      }
      at_ = close + 1;
    }
    if (at('?')) ++at_;  // lazy: the same language
  }

  void put(std::string* out, char c) {
    if (out) *out += c;
  }
  void put_one_of(std::string* out, std::string_view set) {
    if (out && !set.empty()) *out += set[draw_.below(set.size())];
  }

  void atom(std::string* out) {
    const char c = pattern_[at_++];
    if (c == '^' || c == '$') return;
    if (c == '.') return put_one_of(out, word_characters);
    if (c == '(') return group(out);
    if (c == '[') return put_one_of(out, class_set());
    if (c == '\\') return escape(out);
    put(out, c);
  }

  void group(std::string* out) {
    if (at('?')) {
      const std::string_view rest = pattern_.substr(at_);
      const bool looks =
          rest.starts_with("?=") || rest.starts_with("?!") || rest.starts_with("?<=") || rest.starts_with("?<!");
      if (looks) out = nullptr;
      if (rest.starts_with("?<")) {
        const std::size_t name_end = pattern_.find('>', at_);
        at_ = looks || name_end == pattern_.npos ? at_ + 3 : name_end + 1;
      } else {
        at_ += 2;
      }
    }
    alternatives(out);
    if (at(')')) ++at_;
  }

  // What `\c` may stand for.
  std::string set_of_escape(char c) {
    switch (c) {
      case 'd':
        return "0123456789";
      case 'w':
        return std::string(word_characters);
      case 's':
        return " ";
      case 'D':
      case 'S':
      case 'W':
        return c == 'W' ? " -." : "abcdefghijklmnopqrstuvwxyz";
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'r':
        return "\r";
      case 'b':
      case 'B':
        return "";
      case 'p':
      case 'P':
        if (at('{')) {
          const std::size_t close = pattern_.find('}', at_);
          const bool upper = pattern_.substr(at_).starts_with("{Lu");
          const bool number = pattern_.substr(at_).starts_with("{N");
          at_ = close == pattern_.npos ? pattern_.size() : close + 1;
          return number ? "0123456789" : upper ? "ABCDEFGHKLMNPRSTUVWXYZ" : "abcdefghijklmnopqrstuvwxyz";
        }
        return "a";
      case 'x':
      case 'u': {
        const std::size_t digits = c == 'x' ? 2 : 4;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < digits && at_ < pattern_.size(); ++i, ++at_) {
          const char h = pattern_[at_];
          value = value * 16 + static_cast<std::uint32_t>(h <= '9' ? h - '0' : (h | 32) - 'a' + 10);
        }
        return value < 128 ? std::string(1, static_cast<char>(value)) : "a";
      }
      default:
        return std::string(1, c);
    }
  }

  void escape(std::string* out) {
    if (at_ >= pattern_.size()) return;
    const char c = pattern_[at_++];
    put_one_of(out, set_of_escape(c));
  }

  std::string class_set() {
    const bool negated = at('^');
    if (negated) ++at_;
    std::string set;
    for (bool first = true; at_ < pattern_.size() && (first || !at(']')); first = false) {
      if (at(']') && first) break;
      char c = pattern_[at_++];
      if (c == '\\' && at_ < pattern_.size()) {
        const std::string several = set_of_escape(pattern_[at_++]);
        if (several.size() != 1) {
          set += several;
          continue;
        }
        c = several.front();
      }
      add_range(set, c);
    }
    if (at(']')) ++at_;
    if (!negated) return set;
    std::string others;
    for (const char c : printable)
      if (set.find(c) == set.npos) others += c;
    return others;
  }

  void add_range(std::string& set, char first) {
    if (!at('-') || at_ + 1 >= pattern_.size() || pattern_[at_ + 1] == ']') {
      if (static_cast<unsigned char>(first) < 128) set += first;  // half of a longer character would not be UTF-8
      return;
    }
    ++at_;
    char last = pattern_[at_++];
    if (last == '\\' && at_ < pattern_.size()) {
      const std::string one = set_of_escape(pattern_[at_++]);
      last = one.empty() ? first : one.front();
    }
    for (int c = static_cast<unsigned char>(first); c <= static_cast<unsigned char>(last) && c < 128; ++c)
      set += static_cast<char>(c);
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::uint64_t extra_;
  Draw& draw_;
};

}  // namespace

std::string text_matching(std::string_view pattern, std::uint64_t extra, Draw& draw) {
  return Generator(pattern, extra, draw).run();
}

}  // namespace batchd::simulator
