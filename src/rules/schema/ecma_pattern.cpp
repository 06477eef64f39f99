#include "rules/schema/ecma_pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace batchd::schema {
namespace {

// \s of ECMA-262 is WhiteSpace and LineTerminator together; PCRE2's knows ASCII only.
constexpr std::string_view white_space =
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
constexpr std::string_view not_white_space =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";

struct LongName {
  std::string_view ecma;
  std::string_view pcre;
};
// Values of General_Category by their long names and aliases; PCRE2 knows the short ones.
constexpr std::array<LongName, 43> categories{{
    {"Cased_Letter", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"LC", "L&"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
    {"cntrl", "Cc"},
    {"digit", "Nd"},
    {"punct", "P"},
}};

std::string_view short_category(std::string_view name) {
  const auto* found = std::ranges::find(categories, name, &LongName::ecma);
  return found == categories.end() ? name : found->pcre;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<std::uint32_t> hex_number(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0 || value > 0x10FFFF) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return digits.empty() || value > 0x10FFFF ? std::nullopt : std::optional(value);
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  Result<std::string> run() {
    while (at_ < pattern_.size() && fault_.empty()) {
      if (in_class_) {
        class_character();
      } else {
        character();
      }
    }
    if (fault_.empty() && in_class_) fail("a [ is never closed");
    if (!fault_.empty()) return Error(ErrorKind::invalid, fault_);
    return std::move(out_);
  }

 private:
  void fail(std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("at character {}: {}", at_ + 1, what);
  }
  char peek(std::size_t ahead) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }
  void copy(std::size_t count) {
    out_ += pattern_.substr(at_, count);
    at_ += count;
  }
  void replace(std::size_t count, std::string_view with) {
    out_ += with;
    at_ += count;
  }

  void character() {
    switch (pattern_[at_]) {
      case '\\':
        can_repeat_ = true;
        return escape();
      case '[':
        return open_class();
      case '(':
        return open_group();
      case '.':
        can_repeat_ = true;
        return replace(1, "[^\\n\\r\\x{2028}\\x{2029}]");
      case '*':
      case '+':
      case '?':
        return quantifier(1);
      case '{':
        if (const std::size_t length = counted_length(); length != 0) return quantifier(length);
        can_repeat_ = true;
        return replace(1, "\\{");
      case '}':
      case ']':
        can_repeat_ = true;
        return replace(1, pattern_[at_] == '}' ? "\\}" : "\\]");
      case '|':
      case '^':
        can_repeat_ = false;
        return copy(1);
      case '$':
        can_repeat_ = false;
        return copy(1);
      default:
        can_repeat_ = true;
        return copy(1);
    }
  }

  // The length of "{3}", "{3,}" or "{3,5}" here; 0 when the brace is only a brace.
  std::size_t counted_length() const {
    std::size_t i = at_ + 1;
    const std::size_t first = i;
    while (i < pattern_.size() && is_digit(pattern_[i]))
      ++i;
    if (i == first) return 0;
    if (i < pattern_.size() && pattern_[i] == ',') ++i;
    while (i < pattern_.size() && is_digit(pattern_[i]))
      ++i;
    return i < pattern_.size() && pattern_[i] == '}' ? i + 1 - at_ : 0;
  }

  void quantifier(std::size_t length) {
    // Also what keeps PCRE2's possessive "a++" out.
    if (!can_repeat_) return fail("nothing to repeat");
    copy(length);
    if (peek(0) == '?') copy(1);
    can_repeat_ = false;
  }

  void open_group() {
    can_repeat_ = false;
    if (peek(1) == '*') return fail("nothing to repeat");
    if (peek(1) != '?') return copy(1);
    const char kind = peek(2);
    if (kind == ':' || kind == '=' || kind == '!') return copy(3);
    if (kind == '<' && (peek(3) == '=' || peek(3) == '!')) return copy(4);
    if (kind == '<' && (is_letter(peek(3)) || peek(3) == '_' || peek(3) == '$' || (peek(3) & 0x80) != 0))
      return copy(3);
    fail(fmt::format("(?{} is no group of ECMA-262", kind == '\0' ? std::string() : std::string(1, kind)));
  }

  void open_class() {
    in_class_ = true;
    if (peek(1) == '^') {
      // PCRE2 takes a ']' right behind as the end, too, with ALLOW_EMPTY_CLASS.
      return copy(2);
    }
    copy(1);
  }

  void class_character() {
    switch (pattern_[at_]) {
      case ']':
        in_class_ = false;
        can_repeat_ = true;
        return copy(1);
      case '[':
        return replace(1, "\\[");  // else PCRE2 may see a POSIX class
      case '\\':
        return escape();
      default:
        return copy(1);
    }
  }

  void escape() {
    const char c = peek(1);
    if (at_ + 1 >= pattern_.size()) return fail("a \\ at the end");
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 't':
      case 'n':
      case 'r':
      case 'f':
        return copy(2);
      case 'v':
        return replace(2, "\\x{b}");
      case 's':
        return replace(2, in_class_ ? std::string(white_space) : fmt::format("[{}]", white_space));
      case 'S':
        return replace(2, in_class_ ? std::string(not_white_space) : fmt::format("[^{}]", white_space));
      case 'b':
        can_repeat_ = false;
        return in_class_ ? replace(2, "\\x{8}") : copy(2);
      case 'B':
        if (in_class_) return fail("\\B inside [ ]");
        can_repeat_ = false;
        return copy(2);
      case 'c':
        if (!is_letter(peek(2))) return fail("\\c needs a letter");
        return code_point(3, static_cast<unsigned char>(peek(2)) % 32U);
      case 'x':
        return hexadecimal(2, 2);
      case 'u':
        return unicode();
      case 'p':
      case 'P':
        return property();
      case 'k':
        return named_reference();
      case '0':
        if (is_digit(peek(2))) return fail("octal escapes are not of ECMA-262 with Unicode");
        return code_point(2, 0);
      default:
        break;
    }
    if (is_digit(c)) return numbered_reference();
    if (is_letter(c)) return fail(fmt::format("\\{} is not of ECMA-262", c));
    if ((c & 0x80) != 0) return replace(1, "");  // an escaped letter beyond ASCII is itself
    copy(2);
  }

  void code_point(std::size_t length, std::uint32_t value) {
    if (value >= 0xD800 && value <= 0xDFFF) return fail("half a surrogate pair can never match");
    replace(length, fmt::format("\\x{{{:x}}}", value));
  }

  void hexadecimal(std::size_t start, std::size_t count) {
    const auto value =
        at_ + start + count <= pattern_.size() ? hex_number(pattern_.substr(at_ + start, count)) : std::nullopt;
    if (!value) return fail(fmt::format("\\{} needs {} hexadecimal digits", peek(1), count));
    code_point(start + count, *value);
  }

  void unicode() {
    if (peek(2) == '{') {
      const std::size_t end = pattern_.find('}', at_);
      const auto value =
          end == std::string_view::npos ? std::nullopt : hex_number(pattern_.substr(at_ + 3, end - at_ - 3));
      if (!value) return fail("\\u{ } needs a code point in hexadecimal digits");
      return code_point(end + 1 - at_, *value);
    }
    const auto high = at_ + 6 <= pattern_.size() ? hex_number(pattern_.substr(at_ + 2, 4)) : std::nullopt;
    if (high && *high >= 0xD800 && *high <= 0xDBFF && pattern_.substr(at_ + 6).starts_with("\\u")) {
      const auto low = at_ + 12 <= pattern_.size() ? hex_number(pattern_.substr(at_ + 8, 4)) : std::nullopt;
      if (low && *low >= 0xDC00 && *low <= 0xDFFF) {
        return code_point(12, 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
      }
    }
    hexadecimal(2, 4);
  }

  void property() {
    const std::size_t end = pattern_.find('}', at_);
    if (peek(2) != '{' || end == std::string_view::npos) return fail(fmt::format("\\{} needs a {{name}}", peek(1)));
    const std::string_view inside = pattern_.substr(at_ + 3, end - at_ - 3);
    const std::size_t equals = inside.find('=');
    const std::string_view name = equals == std::string_view::npos ? std::string_view{} : inside.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? inside : inside.substr(equals + 1);
    std::string pcre;
    if (name == "Script" || name == "sc") {
      pcre = fmt::format("sc:{}", value);
    } else if (name == "Script_Extensions" || name == "scx") {
      pcre = fmt::format("scx:{}", value);
    } else if (name.empty() || name == "General_Category" || name == "gc") {
      pcre = short_category(value);
    } else {
      return fail(fmt::format("\\p knows no {}", name));
    }
    replace(end + 1 - at_, fmt::format("\\{}{{{}}}", pattern_[at_ + 1], pcre));
  }

  void numbered_reference() {
    if (in_class_) return fail("a reference to a group inside [ ]");
    std::size_t end = at_ + 1;
    while (end < pattern_.size() && is_digit(pattern_[end]))
      ++end;
    replace(end - at_, fmt::format("\\g{{{}}}", pattern_.substr(at_ + 1, end - at_ - 1)));
  }

  void named_reference() {
    const std::size_t end = pattern_.find('>', at_);
    if (in_class_ || peek(2) != '<' || end == std::string_view::npos) return fail("\\k needs a <name>");
    copy(end + 1 - at_);
  }

  std::string_view pattern_;
  std::string out_;
  std::string fault_;
  std::size_t at_ = 0;
  bool in_class_ = false;
  bool can_repeat_ = false;
};

}  // namespace

Result<std::string> ecma_to_pcre(std::string_view pattern) { return Translation(pattern).run(); }

}  // namespace batchd::schema
