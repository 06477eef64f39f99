#include "doors/daemon/page_pieces.hpp"

#include <fmt/format.h>

#include "ground/base/ulid.hpp"
#include "ground/base/units.hpp"
#include "ground/http/url.hpp"

namespace batchd::daemon {

using html::element;
using html::lone_element;
using html::together;

namespace {

constexpr std::size_t short_id_characters = 13;   // ten of them are the time
constexpr std::size_t key_characters_shown = 24;  // a fingerprint is as good cut

Html hidden_fields(const Fields& fields) {
  Html html;
  for (const auto& [name, value] : fields)
    html.add(lone_element("input", {{"type", "hidden"}, {"name", name}, {"value", value}}));
  return html;
}

}  // namespace

std::string path_of(std::initializer_list<std::string_view> pieces) {
  std::string path;
  for (const auto piece : pieces)
    path += "/" + http::percent_encode(piece);
  return path.empty() ? "/" : path;
}

Html link(const std::string& address, std::string_view text) { return element("a", {{"href", address}}, text); }

Html time_of(Time time) {
  const auto utc = format_utc(time);  // 2026-11-29T06:50:12Z
  const auto shown = utc.substr(0, 10) + " " + utc.substr(11, 5) + " UTC";
  return element("time", {{"datetime", utc}, {"data-form", "clock"}}, shown);
}

Html second_of(Time time) {
  const auto utc = format_utc(time);
  const auto shown = utc.substr(0, 10) + " " + utc.substr(11, 8) + " UTC";
  return element("time", {{"datetime", utc}, {"data-form", "second"}}, shown);
}

Html time_beside(Time time, Time now) {
  const auto utc = format_utc(time);
  auto ago = format_ago(time, now);
  if (const auto unit = ago.find(' '); unit != std::string::npos && ago.ends_with(" ago")) {
    const auto rest = ago.find(' ', unit + 1);
    if (rest != std::string::npos) ago = ago.substr(0, rest) + " ago";  // one unit is enough of what is past
  }
  return element("time", {{"datetime", utc}, {"data-form", "beside"}, {"title", utc}}, ago);
}

Html prose(std::string_view text) {
  Html html;
  for (bool is_command = false;; is_command = !is_command) {
    const auto end = text.find('`');
    const auto part = text.substr(0, end);
    html.add(is_command ? element("code", {}, part) : Html(part));
    if (end == std::string_view::npos) return html;
    text.remove_prefix(end + 1);
  }
}

Html badge(std::string_view state) { return element("span", {{"class", fmt::format("state state-{}", state)}}, state); }

std::string short_id(const model::Run& run) { return run.id.substr(0, short_id_characters); }

Html purpose_of(const model::Run& run) {
  constexpr std::string_view by_api = "api/";
  std::string_view key = run.key;
  if (const auto due = parse_utc(key)) return together("due ", time_of(*due));
  if (!key.starts_with(by_api))
    return Html(key.size() > key_characters_shown ? cut(key, key_characters_shown).text : key);
  key.remove_prefix(by_api.size());
  if (key.starts_with(begun_here)) return Html("begun on the page");
  return is_ulid(key) ? Html("begun through the API") : Html(key);
}

Html figure(std::string_view name, const Html& value, std::string_view note) {
  Html shown = element("dd", {}, value);
  if (!note.empty()) shown = element("dd", {}, value, " ", element("small", {}, note));
  return element("div", {}, element("dt", {}, name), shown);
}

Html section(std::string_view name, std::string_view heading, const Html& content) {
  const std::string id(name);
  return element("section", {{"id", id}, {"aria-labelledby", id + "-heading"}},
                 element("h2", {{"id", id + "-heading"}}, heading), content);
}

Html button_form(const std::string& action, std::string_view label, const Fields& fields) {
  return element("form", {{"method", "post"}, {"action", action}}, hidden_fields(fields),
                 element("button", {{"type", "submit"}}, label));
}

Html careful_form(std::string_view id, const std::string& action, std::string_view label, std::string_view warning,
                  const Fields& fields) {
  return element(
      "details", {{"class", "careful"}, {"id", std::string(id)}}, element("summary", {{"class", "button"}}, label, "…"),
      element("form", {{"method", "post"}, {"action", action}, {"class", "sheet"}}, element("p", {}, warning),
              hidden_fields(fields), element("button", {{"type", "submit"}, {"class", "primary"}}, label)));
}

CutText cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return {text, false};
  auto end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return {text.substr(0, end), true};
}

}  // namespace batchd::daemon
