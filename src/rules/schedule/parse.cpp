// The text of a pattern → its fields. Strict: what other dialects mean by something more is refused with what to write,
// never taken for something else.

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/suggest.hpp"
#include "ground/base/utf8.hpp"
#include "rules/schedule/fields.hpp"

namespace batchd::schedule {
namespace {

constexpr std::size_t pattern_bytes_max = 1'000;
constexpr std::size_t shown_bytes_max = 40;
constexpr std::string_view blanks = " \t";

constexpr std::string_view five_fields = "minute, hour, day of the month, month, day of the week";

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Span {
  unsigned first = 0;
  unsigned last = 0;
};

struct FieldKind {
  std::string_view name;
  unsigned min;
  unsigned max;
  const std::string_view* names = nullptr;  // of the values from `min` on
  std::size_t name_count = 0;
};

constexpr FieldKind minute_kind = {"minute", 0, 59};
constexpr FieldKind hour_kind = {"hour", 0, 23};
constexpr FieldKind day_kind = {"day of the month", 1, 31};
constexpr FieldKind month_kind = {"month", 1, 12, month_names.data(), month_names.size()};
constexpr FieldKind weekday_kind = {"day of the week", 0, 7, weekday_names.data(), weekday_names.size()};

constexpr unsigned sunday = 0;
constexpr unsigned other_sunday = 7;

struct Nickname {
  std::string_view name;
  std::string_view pattern;
};
constexpr std::array<Nickname, 7> nicknames = {{{"@hourly", "0 * * * *"},
                                                {"@daily", "0 0 * * *"},
                                                {"@midnight", "0 0 * * *"},
                                                {"@weekly", "0 0 * * 0"},
                                                {"@monthly", "0 0 1 * *"},
                                                {"@yearly", "0 0 1 1 *"},
                                                {"@annually", "0 0 1 1 *"}}};

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// For a complaint: in quotes, on one line, and not too long for it.
std::string quoted(std::string_view text) {
  std::string shown = as_utf8(beginning_of(text, shown_bytes_max));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  return fmt::format("\"{}{}\"", shown, text.size() > shown_bytes_max ? "…" : "");
}

Error invalid(std::string message, std::string hint = {}) {
  return {ErrorKind::invalid, std::move(message), std::move(hint)};
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string_view> split_at_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0;;) {
    const std::size_t begin = text.find_first_not_of(blanks, at);
    if (begin == text.npos) return words;
    at = std::min(text.find_first_of(blanks, begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
}

bool is_weekday_name(std::string_view word) {
  return std::find(weekday_names.begin(), weekday_names.end(), word) != weekday_names.end();
}

// Of what is not spoken here only that which is known to mean something elsewhere.
std::optional<std::string_view> what_others_mean(std::string_view element) {
  const std::string low = lower(element);
  if (low == "l" || low == "lw") return "the last one";
  if (low.find('#') != low.npos) return "the n-th of that weekday in the month";
  if (low.empty()) return std::nullopt;
  const std::string_view stem = std::string_view(low).substr(0, low.size() - 1);
  if (low.back() == 'l' && (is_all_digits(stem) || is_weekday_name(stem)))
    return "the last of that weekday in the month";
  if (low.back() == 'w' && is_all_digits(stem)) return "the working day nearest to it";
  return std::nullopt;
}

// One field. Every error begins with its name.
class FieldReader {
 public:
  explicit FieldReader(const FieldKind& kind) : kind_(kind) {}

  Result<std::uint64_t> read(std::string_view text) const {
    if (text.find('?') != text.npos)
      return fault("\"?\" is another dialect's word for no restriction", "Write * instead.");
    std::uint64_t bits = 0;
    for (const std::string_view element : split_at(text, ',')) {
      if (element.empty()) return fault(fmt::format("the list {} has an empty element", quoted(text)));
      const auto added = read_element(element);
      if (!added) return added.error();
      bits |= *added;
    }
    return bits;
  }

 private:
  // span[/step]
  Result<std::uint64_t> read_element(std::string_view element) const {
    const std::size_t slash = element.find('/');
    const std::string_view written = element.substr(0, slash);
    const auto span = read_span(written);
    if (!span) return span.error();
    unsigned step = 1;
    if (slash != element.npos) {
      const auto read = read_step(element, written, element.substr(slash + 1));
      if (!read) return read.error();
      step = *read;
    }
    std::uint64_t bits = 0;
    for (unsigned value = span->first; value <= span->last; value += step)
      bits |= std::uint64_t{1} << value;
    return bits;
  }

  Result<Span> read_span(std::string_view written) const {
    // The 7 is only another word for Sunday: a step over the week must not count it as an eighth day.
    if (written == "*") return Span{kind_.min, is_weekday() ? other_sunday - 1 : kind_.max};
    const std::size_t dash = written.find('-');
    const auto first = read_value(written.substr(0, dash));
    if (!first) return first.error();
    if (dash == written.npos) return Span{*first, *first};
    auto last = read_value(written.substr(dash + 1));
    if (!last) return last.error();
    const bool ends_on_sunday = is_weekday() && lower(written.substr(dash + 1)) == weekday_names[sunday];
    if (ends_on_sunday && *first != sunday) *last = other_sunday;
    if (*first > *last) return backwards(written, *first, *last);
    return Span{*first, *last};
  }

  Result<unsigned> read_step(std::string_view element, std::string_view written, std::string_view text) const {
    const auto step = number(text);
    if (!step) return fault(fmt::format("the step in {} is no number", quoted(element)));
    if (*step == 0) return fault(fmt::format("the step in {} is 0", quoted(element)), "A step is at least 1.");
    if (*step > kind_.max - kind_.min)
      return fault(
          fmt::format("the step in {} is longer than the whole field, {} to {}", quoted(element), kind_.min, kind_.max),
          "A step begins anew with every field: nothing here is due every so often beyond that.");
    if (written != "*" && written.find('-') == written.npos)
      return fault(fmt::format("the step in {} has no range to step through", quoted(element)),
                   fmt::format("Write {}-{}/{}, or */{}.", written, kind_.max, text, text));
    return *step;
  }

  Result<unsigned> read_value(std::string_view text) const {
    if (text.empty()) return fault("a range lacks one of its ends", "Write it as 1-5.");
    if (is_all_digits(text)) return read_number(text);
    const std::string word = lower(text);
    for (std::size_t n = 0; n < kind_.name_count; ++n)
      if (kind_.names[n] == word) return kind_.min + static_cast<unsigned>(n);
    return no_value(text);
  }

  Result<unsigned> read_number(std::string_view text) const {
    const auto value = number(text);
    if (value && *value >= kind_.min && *value <= kind_.max) return *value;
    return fault(fmt::format("{} is none of {} to {}", text.substr(0, shown_bytes_max), kind_.min, kind_.max),
                 wraps_around(value) ? "The first one is written 0." : "");
  }

  Error no_value(std::string_view text) const {
    if (const auto meaning = what_others_mean(text))
      return fault(fmt::format("{}, {} in other dialects, is not spoken here", quoted(text), *meaning),
                   "Write the days themselves: 1, 22-28, mon-fri.");
    if (text == "*") return fault("\"*\" stands alone or before a step, as in */5");
    if (text.find('*') != text.npos) return fault(fmt::format("{} is neither * nor a number", quoted(text)));
    if (kind_.name_count == 0) return fault(fmt::format("{} is no number", quoted(text)));
    return fault(fmt::format("{} is neither a number nor a name{}", quoted(text), meant_by(text)),
                 fmt::format("The names are {}.", fmt::join(kind_.names, kind_.names + kind_.name_count, ", ")));
  }

  // "january", "tues": the name begins it. Else what is nearly written so.
  std::string meant_by(std::string_view text) const {
    const std::vector<std::string> names(kind_.names, kind_.names + kind_.name_count);
    const std::string word = lower(text);
    std::optional<std::string> meant;
    for (const std::string& name : names)
      if (word.starts_with(name)) meant = name;
    if (!meant) meant = suggest(word, names);
    return meant ? fmt::format("; did you mean \"{}\"?", *meant) : "";
  }

  Error backwards(std::string_view written, unsigned first, unsigned last) const {
    const unsigned max = is_weekday() ? other_sunday - 1 : kind_.max;
    const auto part = [](unsigned from, unsigned to) {
      return from == to ? std::to_string(from) : fmt::format("{}-{}", from, to);
    };
    return fault(fmt::format("the range {} goes backwards", quoted(written)),
                 fmt::format("Write {},{}.", part(std::min(first, max), max), part(kind_.min, last)));
  }

  static std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data(), end, value);
    if (!is_all_digits(text) || problem != std::errc() || at != end) return std::nullopt;
    return value;
  }

  // 60 for a minute, 24 for an hour: the next one's 0.
  bool wraps_around(std::optional<unsigned> value) const {
    return kind_.min == 0 && !is_weekday() && value == kind_.max + 1;
  }
  bool is_weekday() const { return kind_.max == other_sunday; }
  Error fault(std::string what, std::string hint = {}) const {
    return invalid(fmt::format("{}: {}", kind_.name, what), std::move(hint));
  }

  const FieldKind& kind_;
};

// A day of the month that none of the months has. With either day enough, the week always has one.
std::optional<Error> never_comes(const Fields& fields) {
  if (fields.either_day_will_do) return std::nullopt;
  constexpr std::array<unsigned, 12> lengths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const auto first_day = static_cast<unsigned>(std::countr_zero(fields.days));
  unsigned longest = 0;
  for (unsigned month = 1; month <= lengths.size(); ++month)
    if (fields.allows_month(month)) longest = std::max(longest, lengths[month - 1]);
  if (first_day <= longest) return std::nullopt;
  return invalid(
      fmt::format("day of the month: {} never comes: the months named have at most {} days", first_day, longest),
      "The last day of a month is not spoken here; the first of the next one is: 0 0 1 * *.");
}

Result<Fields> read_fields(const std::vector<std::string_view>& words) {
  Fields fields;
  struct Part {
    const FieldKind& kind;
    std::uint64_t& bits;
  };
  const std::array<Part, 5> parts = {{{minute_kind, fields.minutes},
                                      {hour_kind, fields.hours},
                                      {day_kind, fields.days},
                                      {month_kind, fields.months},
                                      {weekday_kind, fields.weekdays}}};
  for (std::size_t n = 0; n < parts.size(); ++n) {
    const auto bits = FieldReader(parts[n].kind).read(words[n]);
    if (!bits) return bits.error();
    parts[n].bits = *bits;
  }
  if ((fields.weekdays >> other_sunday & 1) != 0) fields.weekdays |= std::uint64_t{1} << sunday;
  const auto is_open = [&](std::size_t n) { return words[n].front() == '*'; };
  fields.is_fixed_time = !is_open(0) && !is_open(1);
  fields.either_day_will_do = !is_open(2) && !is_open(4);
  if (auto error = never_comes(fields)) return *error;
  return fields;
}

Result<Fields> read_nickname(std::string_view word) {
  const std::string low = lower(word);
  for (const Nickname& nickname : nicknames)
    if (nickname.name == low) return read_fields(split_at_blanks(nickname.pattern));
  if (low == "@reboot")
    return invalid("@reboot is no time: nothing here is due because a machine was started",
                   "Write a time, 30 1 * * *; what was missed meanwhile is made up for by catch_up.");
  std::vector<std::string> names;
  for (const Nickname& nickname : nicknames)
    names.emplace_back(nickname.name);
  const auto meant = suggest(low, names);
  return invalid(
      fmt::format("{} is no known time{}", quoted(word), meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""),
      fmt::format("There are {}.", fmt::join(names, ", ")));
}

Error wrong_count(std::string_view text, std::size_t count) {
  const std::string hint = fmt::format("Write {}: 30 1 * * * is half past one every night.", five_fields);
  if (count == 0) return invalid("the time is empty", hint);
  if (count == 6 || count == 7)
    return invalid(fmt::format("{} has {} fields: seconds and years are not spoken here", quoted(text), count), hint);
  return invalid(fmt::format("{} has {} field{}, not five", quoted(text), count, count == 1 ? "" : "s"), hint);
}

}  // namespace

Result<Fields> parse_fields(std::string_view text) {
  if (text.size() > pattern_bytes_max)
    return invalid(fmt::format("the time is longer than {} bytes", pattern_bytes_max));
  const auto words = split_at_blanks(text);
  if (words.size() == 1 && words[0].front() == '@') return read_nickname(words[0]);
  if (words.size() != 5) return wrong_count(text, words.size());
  return read_fields(words);
}

}  // namespace batchd::schedule
