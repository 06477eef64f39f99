// The only place that knows the date library. It throws; nothing of that leaves this file.

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <date/tz.h>
#include <fmt/format.h>

#include "ground/base/suggest.hpp"
#include "ground/base/utf8.hpp"
#include "rules/schedule/stretch.hpp"

namespace batchd::schedule {

struct ZoneData {
  std::string name;
  const date::time_zone* zone = nullptr;  // the library's, and there for good; UTC needs none
};

namespace {

using std::chrono::local_seconds;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

constexpr std::string_view utc = "UTC";
constexpr sys_seconds utc_begin = std::chrono::sys_days(-9999y / 1 / 1);
constexpr sys_seconds utc_end = std::chrono::sys_days(9999y / 12 / 31);
constexpr std::size_t shown_bytes_max = 60;

constexpr std::string_view install_hint = "Install the package tzdata (/usr/share/zoneinfo).";
constexpr std::string_view name_hint = "A zone is written as in /usr/share/zoneinfo: Europe/Berlin, UTC.";

// The library reads the transitions a file lists and no rule for those after. Files of the slim kind list none long
// before 2037: taken for granted, they would silently end all daylight saving.
bool database_reaches_2037() {
  const date::time_zone* zone = date::locate_zone("America/New_York");
  return zone->get_info(date::sys_days(date::year(2037) / 7 / 1)).abbrev == "EDT";
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto& zone : date::get_tzdb().zones)
    names.push_back(zone.name());
  return names;
}

// In other letters, or without its region: "europe/berlin", "new york". Else what is nearly written so.
std::optional<std::string> meant_by(std::string_view written) {
  const std::vector<std::string> names = all_names();
  std::string word = lower(written);
  std::replace(word.begin(), word.end(), ' ', '_');
  for (const std::string& name : names)
    if (lower(name) == word) return name;
  const bool is_place = word.find('/') != std::string::npos;
  for (const std::string& name : names)
    if (!is_place && !word.empty() && name.starts_with("Etc/") == false && lower(name).ends_with("/" + word))
      return name;
  // An abbreviation is near to others that mean other hours (PST is not EST), and so is an offset to its opposite.
  constexpr std::size_t abbreviation_characters_max = 5;
  const bool is_abbreviation = !is_place && word.size() <= abbreviation_characters_max;
  return is_abbreviation ? std::nullopt : suggest(written, names);
}

Error unknown_zone(std::string_view written) {
  std::string message = fmt::format("there is no time zone \"{}\"", as_utf8(beginning_of(written, shown_bytes_max)));
  if (const auto meant = meant_by(written)) message += fmt::format("; did you mean \"{}\"?", *meant);
  return {ErrorKind::invalid, std::move(message), std::string(name_hint)};
}

Error no_database(std::string_view why) {
  return {ErrorKind::io, fmt::format("the system's time zone database cannot be used: {}", why),
          std::string(install_hint)};
}

bool is_known(std::string_view name) {
  const auto& zones = date::get_tzdb().zones;
  return std::any_of(zones.begin(), zones.end(), [&](const auto& zone) { return zone.name() == name; });
}

std::string date_text(local_seconds time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace

Result<Zone> Zone::find(std::string_view iana_name) {
  std::string name(iana_name);
  if (name == utc) return Zone(std::make_shared<const ZoneData>(ZoneData{std::move(name), nullptr}));
  // Debian has a file of that name: whatever the machine is set to.
  if (name == "localtime")
    return Error(ErrorKind::invalid, "\"localtime\" is another time zone on another machine", std::string(name_hint));
  try {
    static const bool is_whole = database_reaches_2037();
    if (!is_whole) return no_database("its files end before 2037");
    if (!is_known(name)) return unknown_zone(name);
    const date::time_zone* zone = date::locate_zone(name);
    (void)zone->get_info(sys_seconds());  // reads the zone's file: a damaged one is found now
    return Zone(std::make_shared<const ZoneData>(ZoneData{std::move(name), zone}));
  } catch (const std::exception& error) {
    return no_database(error.what());
  }
}

const std::string& Zone::name() const { return data_->name; }

Stretch stretch_at(const ZoneData& zone, sys_seconds time) {
  if (zone.zone == nullptr) return {utc_begin, utc_end, std::chrono::seconds(0), std::string(utc)};
  auto info = zone.zone->get_info(time);
  return {info.begin, info.end, info.offset, std::move(info.abbrev)};
}

std::string local_date(const Zone& zone, Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return date_text(stretch_at(zone.data(), second).local(second));
}

std::string local_text(const Zone& zone, Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const Stretch stretch = stretch_at(zone.data(), second);
  const local_seconds moment = stretch.local(second);
  const auto since_midnight = moment - std::chrono::floor<std::chrono::days>(moment);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(since_midnight).count();
  return fmt::format("{} {:02}:{:02} {}", date_text(moment), minutes / 60, minutes % 60, stretch.abbreviation);
}

}  // namespace batchd::schedule
