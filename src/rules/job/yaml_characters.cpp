#include "rules/job/yaml_characters.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::job {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the character that begins `text`, 0 when it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length), is_continuation) ? length
                                                                                                            : 0;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

}  // namespace

std::optional<YamlFault> character_fault(std::string_view text) {
  Place place{0, 1, 1};
  for (std::size_t at = 0; at < text.size();) {
    if (is_control(text[at]))
      return YamlFault{place, fmt::format("the control character 0x{:02X} cannot stand in YAML",
                                          static_cast<unsigned char>(text[at]))};
    const std::size_t length = character_bytes(text.substr(at));
    if (length == 0) return YamlFault{place, "this byte is not UTF-8; save the file as UTF-8"};
    if (text[at] == '\n')
      ++place.line, place.byte_column = 1;
    else
      place.byte_column += static_cast<int>(length);
    at += length;
  }
  return std::nullopt;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace batchd::job
