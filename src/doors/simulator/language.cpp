#include "doors/simulator/language.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

namespace batchd::simulator {
namespace {

// Short words that betray a language, by how often they stand there.
constexpr std::size_t tongue_words_max = 6;
struct Tongue {
  std::string_view code;
  std::array<std::string_view, tongue_words_max> words;
};
constexpr std::array<Tongue, 15> tongues{{
    {"en", {"the", "is", "and", "to", "we", "it"}},
    {"de", {"und", "nicht", "der", "ist", "ich", "die"}},
    {"fr", {"est", "les", "vous", "pas", "une", "je"}},
    {"es", {"que", "los", "una", "para", "está", "el"}},
    {"it", {"che", "non", "una", "per", "sono", "il"}},
    {"nl", {"het", "een", "niet", "wij", "maar", "van"}},
    {"pt", {"não", "uma", "você", "para", "com", "os"}},
    {"sv", {"och", "inte", "jag", "det", "att", "är"}},
    {"da", {"ikke", "jeg", "og", "det", "vores", "er"}},
    {"pl", {"nie", "się", "jest", "jak", "że", "na"}},
    {"tr", {"bir", "için", "değil", "ve", "çok", "bu"}},
    {"cs", {"je", "jsem", "není", "že", "ale", "se"}},
    {"fi", {"ei", "ja", "on", "että", "ole", "se"}},
    {"hu", {"nem", "hogy", "egy", "és", "az", "van"}},
    {"id", {"tidak", "yang", "dan", "saya", "untuk", "di"}},
}};

// A word → the languages it belongs to, one bit each.
const std::unordered_map<std::string_view, std::uint32_t>& tongues_by_word() {
  static const auto table = [] {
    std::unordered_map<std::string_view, std::uint32_t> words;
    for (std::size_t i = 0; i < tongues.size(); ++i)
      for (const std::string_view word : tongues[i].words)
        words[word] |= 1u << i;
    return words;
  }();
  return table;
}

std::string_view language_by_words(std::string_view text) {
  constexpr std::size_t word_bytes_max = 7;
  const auto& words = tongues_by_word();
  std::array<std::uint32_t, tongues.size()> found{};
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && text[end] != ' ' && text[end] != '\n')
      ++end;
    const auto word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.size() < 2 || word.size() > word_bytes_max) continue;
    const auto known = words.find(word);
    if (known == words.end()) continue;
    for (std::size_t i = 0; i < tongues.size(); ++i)
      found[i] += (known->second >> i) & 1;
  }
  const auto most = std::max_element(found.begin(), found.end());
  return *most < 2 ? tongues.front().code : tongues[static_cast<std::size_t>(most - found.begin())].code;
}

// By the letters, where they tell.
std::string_view language_by_script(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (first == 0xE3 && (second == 0x81 || second == 0x82 || second == 0x83)) return "ja";
    if (first >= 0xEA && first <= 0xED && second >= 0x80 && (first > 0xEA || second >= 0xB0)) return "ko";
    if (first == 0xE0 && (second == 0xA4 || second == 0xA5)) return "hi";
    if (first == 0xE0 && (second == 0xB8 || second == 0xB9)) return "th";
    if (first == 0xD8 || first == 0xD9) return "ar";
    if (first == 0xD7) return "he";
    if (first == 0xCE || first == 0xCF) return "el";
    if (first == 0xD1 && (second == 0x96 || second == 0x97)) return "uk";
  }
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first == 0xD0 || first == 0xD1) return "ru";
    if (first >= 0xE4 && first <= 0xE9) return "zh";
  }
  return {};
}

}  // namespace

std::string_view language_of(std::string_view text) {
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  if (!plain)
    if (const auto by_script = language_by_script(text); !by_script.empty()) return by_script;
  return language_by_words(text);
}

}  // namespace batchd::simulator
