#include "doors/simulator/markup.hpp"

#include <array>
#include <utility>

namespace batchd::simulator {
namespace {

constexpr std::size_t tag_bytes_max = 2'000;  // with its attributes

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The length of the tag or comment that `text` begins with; 0 when it is none.
std::size_t tag_length(std::string_view text) {
  if (text.starts_with("<!--")) {
    const auto end = text.find("-->");
    return end == text.npos ? 0 : end + 3;
  }
  const std::size_t name = text.size() > 1 && text[1] == '/' ? 2 : 1;
  if (text.size() <= name || !(is_letter(text[name]) || text[name] == '!')) return 0;
  const auto end = text.substr(0, tag_bytes_max).find_first_of("<>", 1);
  return end == text.npos || text[end] == '<' ? 0 : end + 1;
}

std::string name_of_tag(std::string_view tag) {
  std::string name;
  for (const char c : tag.substr(tag[1] == '/' ? 2 : 1)) {
    if (!is_letter(c) && !(c >= '0' && c <= '9')) break;
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

// What stands in a tag's place: a line end, a blank or nothing.
std::string_view place_of(std::string_view tag) {
  constexpr std::array<std::string_view, 16> blocks{"p",  "div", "li", "ul", "ol", "tr", "table",   "h1",
                                                    "h2", "h3",  "h4", "h5", "h6", "td", "section", "blockquote"};
  const auto name = name_of_tag(tag);
  if (name == "br" || name == "hr") return "\n";
  for (const std::string_view block : blocks)
    if (name == block) return tag[1] == '/' ? "\n" : " ";
  return {};
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> entities{
    {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&apos;", "'"}, {"&nbsp;", " "}}};

}  // namespace

std::string_view without_markup(std::string_view text, std::string& plain) {
  plain.clear();
  std::size_t copied = 0;
  const auto replace = [&](std::size_t at, std::size_t length, std::string_view by) {
    plain.append(text, copied, at - copied).append(by);
    copied = at + length;
  };
  for (auto at = text.find_first_of("<&"); at != text.npos; at = text.find_first_of("<&", at)) {
    const auto rest = text.substr(at);
    std::size_t length = 0;
    if (rest.front() == '<') {
      length = tag_length(rest);
      if (length > 0) replace(at, length, rest.starts_with("<!--") ? "" : place_of(rest.substr(0, length)));
    } else {
      for (const auto& [entity, character] : entities) {
        if (!rest.starts_with(entity)) continue;
        length = entity.size();
        replace(at, length, character);
      }
    }
    at += length > 0 ? length : 1;
  }
  if (copied == 0) return text;
  plain.append(text, copied);
  return plain;
}

}  // namespace batchd::simulator
