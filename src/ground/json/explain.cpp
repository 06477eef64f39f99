#include "ground/json/explain.hpp"

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "ground/json/number.hpp"
#include "ground/json/unescape.hpp"

namespace batchd::json {
namespace {

constexpr std::size_t word_bytes_max = 32;  // of a wrong word that is shown

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The steps below return false at a fault, which they have then noted.
class Examination {
 public:
  Examination(std::string_view text, std::uint32_t depth_max, bool lone_surrogates_pass)
      : text_(text), depth_max_(depth_max), lone_surrogates_pass_(lone_surrogates_pass) {}

  std::optional<SyntaxFault> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) return SyntaxFault{0, "a byte-order mark, which JSON does not allow"};
    if (document()) return std::nullopt;
    return std::move(fault_);
  }

 private:
  bool document() {
    if (!value("a value")) return false;
    while (!open_.empty()) {
      if (!(open_.back() == '{' ? member() : element())) return false;
    }
    skip_space();
    return at_ == text_.size() || fault("expected the end after the value");
  }

  bool value(std::string_view expected) {
    skip_space();
    char c = peek();
    if (c == '{' || c == '[') return open(c);
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return number();
    if (is_letter(c)) return word();
    return fault(fmt::format("expected {}", expected));
  }

  bool open(char bracket) {
    if (open_.size() >= depth_max_) return fault_at(at_, fmt::format("nested deeper than {} levels", depth_max_));
    open_.push_back(bracket);
    fresh_ = true;
    ++at_;
    return true;
  }

  void close() {
    open_.pop_back();
    fresh_ = false;
    ++at_;
  }

  // In an open object, before its first member or behind one.
  bool member() {
    skip_space();
    if (peek() == '}') return close(), true;
    if (!fresh_ && !comma("expected ',' or '}' after a member")) return false;
    skip_space();
    if (peek() != '"')
      return fault(fresh_ ? "expected a key in double quotes or '}'" : "expected a key in double quotes");
    fresh_ = false;
    if (!string()) return false;
    skip_space();
    if (peek() != ':') return fault("expected ':' after a key");
    ++at_;
    return value("a value after ':'");
  }

  bool element() {
    skip_space();
    if (peek() == ']') return close(), true;
    if (!fresh_ && !comma("expected ',' or ']' after an element")) return false;
    bool first = fresh_;
    fresh_ = false;
    return value(first ? "a value or ']'" : "a value after ','");
  }

  bool comma(std::string_view expected) {
    if (peek() != ',') return fault(expected);
    ++at_;
    return true;
  }

  bool word() {
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '_'))
      ++end;
    std::string_view word = text_.substr(at_, end - at_);
    if (word != "true" && word != "false" && word != "null")
      return fault_at(at_, fmt::format("'{}' is no JSON value", word.substr(0, word_bytes_max)));
    at_ = end;
    return true;
  }

  bool number() {
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + text_.size();
    const char* behind = skip_number(begin, end);
    if (!behind) return wrong_number();
    if (*begin == '0' || (*begin == '-' && begin[1] == '0')) {
      if (behind != end && is_digit(*behind)) return fault_at(at_, "a number with a leading zero");
    }
    at_ = static_cast<std::size_t>(behind - text_.data());
    return true;
  }

  // Walks the same way again to see where the digit is lacking.
  bool wrong_number() {
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) return fault("expected a digit after '-'");
    if (peek() == '0') {
      ++at_;
    } else {
      skip_all_digits();
    }
    if (peek() == '.') {
      ++at_;
      if (!is_digit(peek())) return fault("expected a digit after '.'");
      skip_all_digits();
    }
    ++at_;  // over the 'e'
    if (peek() == '+' || peek() == '-') ++at_;
    return fault("expected a digit in the exponent");
  }

  void skip_all_digits() {
    while (is_digit(peek()))
      ++at_;
  }

  bool string() {
    std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20) return fault_at(at_, fmt::format("the control character 0x{:02X} in a string is not escaped", c));
      if (c == '\\') {
        if (!escape(begin)) return false;
        continue;
      }
      std::size_t size = utf8_character_bytes(text_.substr(at_));
      if (size == 0) return fault_at(at_, fmt::format("the byte 0x{:02X} is not UTF-8", c));
      at_ += size;
    }
    if (at_ == text_.size()) return never_closed(begin);
    ++at_;
    return true;
  }

  bool escape(std::size_t string_begin) {
    if (at_ + 1 == text_.size()) return never_closed(string_begin);
    char c = text_[at_ + 1];
    if (c == 'u') return code_unit_escape();
    if (unescaped_of(c) == '\0') {
      bool printable = c > ' ' && c < 0x7F;
      return fault_at(at_, printable ? fmt::format("'\\{}' is no JSON escape", c) : "'\\' begins no JSON escape here");
    }
    at_ += 2;
    return true;
  }

  bool code_unit_escape() {
    std::int32_t unit = unit_at(at_);
    if (unit < 0) return fault_at(at_, "'\\u' must be followed by four hexadecimal digits");
    std::string_view digits = text_.substr(at_ + 2, 4);
    std::size_t begin = at_;
    at_ += 6;
    if (is_high_surrogate(unit) && is_low_surrogate(unit_at(at_))) {
      at_ += 6;
    } else if (!lone_surrogates_pass_ && (is_high_surrogate(unit) || is_low_surrogate(unit))) {
      return fault_at(begin, fmt::format("'\\u{}' is one half of a surrogate pair without the other", digits));
    }
    return true;
  }

  // Of the `\uXXXX` at `at`; negative when there is none.
  std::int32_t unit_at(std::size_t at) const {
    if (!text_.substr(at).starts_with("\\u")) return -1;
    return hexadecimal4(text_.data() + at + 2, text_.data() + text_.size());
  }

  bool never_closed(std::size_t begin) { return fault_at(begin, "a string that is never closed"); }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
  }

  // Something else stands at the current byte than what was expected.
  bool fault(std::string_view expected) { return fault_at(at_, fmt::format("{}, found {}", expected, found())); }

  std::string found() const {
    if (at_ == text_.size()) return "the end of the text";
    char c = text_[at_];
    if (c > ' ' && c < 0x7F) return fmt::format("'{}'", c);
    std::size_t size = utf8_character_bytes(text_.substr(at_));
    if (size > 1) return fmt::format("'{}'", text_.substr(at_, size));
    return fmt::format("the byte 0x{:02X}", static_cast<unsigned char>(c));
  }

  bool fault_at(std::size_t byte, std::string what) {
    fault_ = {byte, std::move(what)};
    return false;
  }

  std::string_view text_;
  std::uint32_t depth_max_;
  bool lone_surrogates_pass_;
  std::size_t at_ = 0;
  std::string open_;    // the open brackets, outermost first
  bool fresh_ = false;  // the innermost open container has nothing in it yet
  SyntaxFault fault_;
};

}  // namespace

std::optional<SyntaxFault> explain(std::string_view text, std::uint32_t depth_max, bool lone_surrogates_pass) {
  return Examination(text, depth_max, lone_surrogates_pass).run();
}

}  // namespace batchd::json
