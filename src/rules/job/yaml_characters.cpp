#include "rules/job/yaml_characters.hpp"

#include <fmt/format.h>

#include "ground/base/utf8.hpp"

namespace batchd::job {
namespace {

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
    const std::size_t length = utf8_character_bytes(text.substr(at));
    if (length == 0) return YamlFault{place, "this byte is not UTF-8; save the file as UTF-8"};
    if (text[at] == '\n')
      ++place.line, place.byte_column = 1;
    else
      place.byte_column += static_cast<int>(length);
    at += length;
  }
  return std::nullopt;
}

}  // namespace batchd::job
