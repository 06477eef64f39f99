#include "doors/simulator/faults.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "ground/base/suggest.hpp"
#include "ground/base/units.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint64_t number_max = 1'000'000'000'000;
constexpr std::size_t relatives_max = 4;  // named in a suggestion

std::string_view name_of(const FaultEntry& entry) {
  static const Faults names;
  return std::visit([](auto place) { return (names.*place).name; }, entry.place);
}

template <typename T>
bool read_whole(std::string_view text, T& value) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size();
}

// What a value of each kind is called and how it is read.
struct Kind {
  std::string_view called;
  std::string_view rule;
  std::string_view example;
};
Kind kind_of(const Share&) { return {"SHARE", "a share between 0 and 1", "0.2 strikes one in five, 1 all"}; }
Kind kind_of(const Count&) { return {"COUNT", "a whole number", "3"}; }
Kind kind_of(const Bytes&) { return {"SIZE", "a number of bytes", "4096, 500kB or 2MB"}; }
Kind kind_of(const Delay&) { return {"TIME", "a number of milliseconds or a duration", "700, 5s or 2m"}; }

bool read(std::string_view text, Share& share) {
  double value = 0;
  if (!read_whole(text, value) || !(value >= 0 && value <= 1)) return false;
  share.value = value;
  return true;
}
bool read(std::string_view text, Count& count) { return read_whole(text, count.value) && count.value <= number_max; }
bool read(std::string_view text, Bytes& bytes) {
  if (read_whole(text, bytes.value)) return bytes.value <= number_max;
  const auto size = parse_size(text);
  if (size) bytes.value = *size;
  return size && *size <= number_max;
}
bool read(std::string_view text, Delay& delay) {
  std::uint64_t milliseconds = 0;
  if (read_whole(text, milliseconds)) {
    delay.value = Duration(static_cast<std::int64_t>(std::min(milliseconds, number_max)));
    return milliseconds <= number_max;
  }
  const auto duration = parse_duration(text);
  if (duration) delay.value = *duration;
  return duration && *duration <= Duration(static_cast<std::int64_t>(number_max));
}

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  while (!name.empty()) {
    const auto end = std::min(name.find_first_of("_- "), name.size());
    if (end >= 3) words.push_back(name.substr(0, end));
    name.remove_prefix(std::min(name.size(), end + 1));
  }
  return words;
}

// Faults that share a word with what was written: "create_lost" → lose_create_answer, …
std::string relatives_of(std::string_view name) {
  std::string text;
  std::size_t found = 0;
  for (const FaultEntry& entry : fault_table()) {
    const auto theirs = words_of(name_of(entry));
    const auto ours = words_of(name);
    const bool related = std::any_of(ours.begin(), ours.end(), [&](std::string_view word) {
      return std::find(theirs.begin(), theirs.end(), word) != theirs.end();
    });
    if (!related || ++found > relatives_max) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(entry));
  }
  return text;
}

Error unknown(std::string_view name) {
  std::vector<std::string> names;
  for (const FaultEntry& entry : fault_table())
    names.emplace_back(name_of(entry));
  std::string hint = "`batchd simulate --list-faults` explains each";
  if (const auto meant = suggest(name, names)) {
    hint = fmt::format("did you mean \"{}\"?", *meant);
  } else if (const auto relatives = relatives_of(name); !relatives.empty()) {
    hint = fmt::format("did you mean one of {}? {}", relatives, hint);
  }
  return {ErrorKind::invalid, fmt::format("there is no fault \"{}\"", name), hint};
}

Status take(const FaultEntry& entry, std::string_view value, Faults& faults) {
  return std::visit(
      [&](auto place) -> Status {
        auto& setting = faults.*place;
        if (read(value, setting)) return {};
        const Kind kind = kind_of(setting);
        return Error(ErrorKind::invalid,
                     fmt::format("the fault {} wants {}, not \"{}\"", setting.name, kind.rule, value),
                     fmt::format("for example {}", kind.example));
      },
      entry.place);
}

}  // namespace

const std::vector<FaultName>& fault_names() {
  static const std::vector<FaultName> names = [] {
    std::vector<FaultName> list;
    const Faults usual;
    for (const FaultEntry& entry : fault_table())
      std::visit(
          [&](auto place) { list.push_back({(usual.*place).name, kind_of(usual.*place).called, entry.explained}); },
          entry.place);
    return list;
  }();
  return names;
}

Result<Faults> parse_faults(const std::vector<std::pair<std::string, std::string>>& settings) {
  Faults faults;
  for (const auto& [name, value] : settings) {
    const auto& table = fault_table();
    const auto entry =
        std::find_if(table.begin(), table.end(), [&](const FaultEntry& one) { return name_of(one) == name; });
    if (entry == table.end()) return unknown(name);
    if (auto taken = take(*entry, value, faults); !taken) return taken.error();
  }
  return faults;
}

bool Share::hits(std::uint64_t seed, std::uint64_t key) const {
  if (value <= 0) return false;
  return Draw(mixed(mixed(seed, number_of(name)), key)).unit() < value;
}

}  // namespace batchd::simulator
