#include "rules/job/source.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "ground/base/check.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/overrides.hpp"

namespace batchd::job {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t shown_bytes_max = 60;

std::string without_byte_order_mark(std::string text) {
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  return text;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string cut(std::string_view text) {
  if (text.size() <= shown_bytes_max) return std::string(text);
  std::size_t length = shown_bytes_max;
  while (length > 0 && is_continuation(text[length]))
    --length;
  return std::string(text.substr(0, length)) + "…";
}

std::string prefixed(std::string_view pointer, std::string_view message) {
  return pointer.empty() ? std::string(message) : dotted(pointer).append(": ").append(message);
}

}  // namespace

Source::Source(std::string text, const Environment& environment, Options options)
    : text_(without_byte_order_mark(std::move(text))), options_(std::move(options)) {
  YamlReading reading = read_yaml(text_);
  for (const YamlFault& fault : reading.faults)
    add(fault.place, fault.message, false);
  if (!reading.usable) return;
  for (std::uint32_t n = 0; n < options_.set.size(); ++n)
    for (const YamlFault& fault : override_value(reading.tree, options_.set[n].first, options_.set[n].second, n + 1))
      add(fault.place, fault.message, false);
  Emission emission = emit_json(reading.tree, environment, options_.rules);
  for (const YamlFault& fault : emission.faults)
    add(fault.place, fault.message, false);
  if (!emission.usable) return;
  json_ = std::move(emission.json);
  origins_ = std::move(emission.origins);
  used_run_date_ = emission.used_run_date;
  auto parsed = document_.parse(json_);
  check(parsed.ok(), "what the YAML walk wrote is JSON");
  check(parsed->node().next == origins_.size(), "every JSON value has its origin");
  root_ = *parsed;
}

void Source::complain(std::string_view pointer, std::string_view message) {
  complain_as_written(pointer, prefixed(pointer, message));
}

void Source::complain_as_written(std::string_view pointer, std::string message) {
  const json::View value = nearest(pointer);
  if (!value || is_broken(value) || !complained_.insert(value.index()).second) return;
  add(origin_of(value).place, std::move(message), false);
}

void Source::warn(std::string_view pointer, std::string_view message) {
  const json::View value = nearest(pointer);
  if (!value || is_broken(value) || complained_.contains(value.index())) return;
  add(origin_of(value).place, prefixed(pointer, message), true);
}

void Source::complain_at_key(std::string_view pointer, std::string_view message) {
  const json::View value = nearest(pointer);
  if (!value || is_broken(value)) return;
  complained_.insert(value.index());
  const Origin& origin = origin_of(value);
  add(origin.is_member ? origins_[value.index() - 1].place : origin.place, std::string(message), false);
}

void Source::warn_at_key(std::string_view pointer, std::string_view message) {
  const json::View value = nearest(pointer);
  if (!value || complained_.contains(value.index())) return;
  const Origin& origin = origin_of(value);
  add(origin.is_member ? origins_[value.index() - 1].place : origin.place, std::string(message), true);
}

void Source::complain_in(std::string file, std::string message) {
  complaints_.push_back({std::move(file), 0, 0, std::move(message), false});
}

void Source::warn_in(std::string file, std::string message) {
  complaints_.push_back({std::move(file), 0, 0, std::move(message), true});
}

std::string Source::shown(std::string_view pointer) const {
  const json::View value = at(pointer);
  if (!value) return "nothing";
  if (dotted(pointer).find("api_key") != std::string::npos) return "what stands there";
  if (origin_of(value).from_variable) return "the value of a variable";
  if (value.is(json::Kind::array)) return "a list";
  if (value.is(json::Kind::object)) return "a map";
  const auto text = value.as_string();
  // "https://me:key@host": people write keys into addresses, too.
  if (text && text->find("://") < text->find('@') && text->find('@') != std::string_view::npos)
    return "what stands there";
  if (text) return json::quoted(cut(*text));
  return cut(value.source_text());
}

bool Source::has_errors() const {
  return std::any_of(complaints_.begin(), complaints_.end(), [](const Complaint& c) { return !c.is_warning; });
}

std::vector<Complaint> Source::take_complaints() {
  // By place; what was said first of a place stays first.
  std::multimap<std::pair<int, int>, Complaint> sorted;
  for (Complaint& complaint : complaints_)
    sorted.emplace(std::pair(complaint.line, complaint.column), std::move(complaint));
  complaints_.clear();
  for (auto& [place, complaint] : sorted)
    complaints_.push_back(std::move(complaint));
  // An anchored value is judged once for every alias.
  const auto is_same = [](const Complaint& a, const Complaint& b) { return a.text() == b.text(); };
  complaints_.erase(std::unique(complaints_.begin(), complaints_.end(), is_same), complaints_.end());
  if (complaints_dropped_ > 0)
    complain_in(options_.shown, fmt::format("{} more complaints are not shown", complaints_dropped_));
  return std::move(complaints_);
}

json::View Source::nearest(std::string_view pointer) const {
  for (;;) {
    if (const json::View value = at(pointer)) return value;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

void Source::add(const Place& place, std::string message, bool is_warning) {
  if (complaints_.size() >= complaints_max) return void(++complaints_dropped_);
  Complaint complaint{options_.shown, options_.is_unseen ? 0 : place.line, character_column(place), std::move(message),
                      is_warning};
  if (place.origin > 0) complaint.file = "--set " + options_.set[place.origin - 1].first;
  complaints_.push_back(std::move(complaint));
}

// People count characters, yaml-cpp counts bytes.
int Source::character_column(const Place& place) const {
  if (place.line <= 0 || place.origin > 0) return 0;
  std::size_t begin = 0;
  for (int line = 1; line < place.line; ++line) {
    const std::size_t end = text_.find('\n', begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  const std::size_t end = std::min(text_.size(), begin + static_cast<std::size_t>(std::max(place.byte_column - 1, 0)));
  int column = 1;
  for (std::size_t at = begin; at < end; ++at)
    column += is_continuation(text_[at]) ? 0 : 1;
  return column;
}

std::string dotted(std::string_view pointer) {
  std::string text;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const bool is_escape = pointer[i] == '~' && i + 1 < pointer.size();
    if (is_escape)
      text += pointer[++i] == '0' ? '~' : '/';
    else if (pointer[i] != '/')
      text += pointer[i];
    else if (i > 0)
      text += '.';
  }
  return text;
}

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : key)
    pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string_view(&c, 1);
  return pointer;
}

}  // namespace batchd::job
