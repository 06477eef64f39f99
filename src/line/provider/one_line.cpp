#include "line/provider/one_line.hpp"

#include <algorithm>

#include "ground/base/utf8.hpp"

namespace batchd::provider {
namespace {

constexpr std::string_view ellipsis = "…";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
  std::string line;
  bool gap = false;
  while (!text.empty()) {
    const char c = text.front();
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    const std::size_t length = utf8_character_bytes(text);
    const std::string_view character = length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    if (is_blank) {
      gap = !line.empty();
      continue;
    }
    if (line.size() + (gap ? 1 : 0) + character.size() > bytes_max) return line.append(ellipsis);
    if (gap) line += ' ';
    gap = false;
    line += character;
  }
  return line;
}

std::string without_secret(std::string_view text, std::string_view secret) {
  std::string clean;
  while (!secret.empty()) {
    const auto at = text.find(secret);
    if (at == text.npos) break;
    clean.append(text.substr(0, at)).append("[key]");
    text.remove_prefix(at + secret.size());
  }
  return clean.append(text);
}

bool contains_without_case(std::string_view text, std::string_view part) {
  const auto same = [](char left, char right) { return lower(left) == lower(right); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace batchd::provider
