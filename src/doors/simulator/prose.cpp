#include "doors/simulator/prose.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "doors/simulator/language.hpp"
#include "doors/simulator/markup.hpp"

namespace batchd::simulator {
namespace {

constexpr std::size_t head_bytes_max = 1'000;  // what is read of a message: its beginning …
constexpr std::size_t tail_bytes_max = 300;    // … and its end
constexpr std::size_t language_bytes_max = 320;
constexpr std::size_t facts_max = 24;
constexpr std::size_t fact_name_bytes_max = 40;
constexpr std::size_t fact_value_bytes_max = 160;
constexpr std::size_t other_line_bytes_max = 80;
constexpr std::size_t other_lines_max = 2;
constexpr std::size_t sentences_max = 8;
constexpr std::size_t sentence_bytes_min = 16;
constexpr std::size_t sentence_bytes_max = 180;
constexpr std::size_t topic_bytes_max = 120;
// NUL, a byte order mark, right-to-left override, line separator, a non-character, a family joined of four, a letter
// with its accent apart, and one beyond the first plane.
constexpr std::string_view odd_characters(
    "\0\xEF\xBB\xBF\xE2\x80\xAE\xE2\x80\xA8\xEF\xBF\xBF"
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\xE2\x80\x8D\xF0\x9F\x91\xA6"
    "e\xCC\x81\xF0\x9D\x92\xB3 ",
    1 + 3 + 3 + 3 + 3 + 25 + 3 + 4 + 1);

// A word's first letters as a number below beginnings_max: what begins otherwise need not be looked for.
constexpr std::size_t beginning_bytes = 4;
std::size_t beginning_of(std::string_view word) {
  std::uint32_t letters = 0;
  std::memcpy(&letters, word.data(), beginning_bytes);
  return (letters * 0x9E3779B1u) >> 22;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n-*>\"";
  constexpr std::string_view bullet = "•";  // more than a byte: not for find_first_not_of()
  auto first = text.find_first_not_of(blanks);
  while (first != text.npos && text.substr(first).starts_with(bullet))
    first = text.find_first_not_of(blanks, first + bullet.size());
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n\"") - first + 1);
}

// The longest beginning of at most so many bytes that does not end within a character.
std::string_view first_bytes(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && is_continuation(text[bytes_max]))
    --bytes_max;
  return text.substr(0, bytes_max);
}
std::string_view last_bytes(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t begin = text.size() - bytes_max;
  while (begin < text.size() && is_continuation(text[begin]))
    ++begin;
  return text.substr(begin);
}

// Where the sentence that begins `text` ends: behind its mark, or at the line's end.
std::size_t sentence_end(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') return i;
    const bool mark = c == '.' || c == '!' || c == '?';
    if (mark && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n')) return i + 1;
    if (c == '\xE3' && text.substr(i).starts_with("。")) return i + 3;
    if (c == '\xEF' && (text.substr(i).starts_with("！") || text.substr(i).starts_with("？"))) return i + 3;
  }
  return text.size();
}

// "Declan: hiya" → "hiya": who says it does not belong to it.
std::string_view without_speaker(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == line.npos || colon > 24) return line;
  return trimmed(line.substr(colon + 2));
}

bool is_worth_quoting(std::string_view sentence) {
  if (sentence.size() < sentence_bytes_min || sentence.size() > sentence_bytes_max) return false;
  if (sentence.ends_with(',')) return false;  // "Good morning Hanna,"
  const auto letters = std::count_if(sentence.begin(), sentence.end(), is_letter);
  return letters * 10 >= static_cast<std::ptrdiff_t>(sentence.size()) * 6;
}

bool contains_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

// What a property's name says about the text it wants.
enum class Role { summary, title, keyword, action, cause, resolution, code, plain };

struct RoleWords {
  Role role;
  std::array<std::string_view, 8> words;
};
constexpr std::array<RoleWords, 7> role_words{{
    {Role::summary, {"summary", "description", "abstract", "overview", "explanation", "notes", "details", "text"}},
    {Role::keyword, {"keyword", "keywords", "tag", "tags", "term", "label", "labels", "topics"}},
    {Role::action, {"action", "task", "step", "todo", "next", "steps", "recommendation", "suggestion"}},
    {Role::cause, {"cause", "reason", "why", "rationale", "because", "origin", "diagnosis", "motive"}},
    {Role::resolution, {"resolution", "solution", "answer", "reply", "response", "outcome", "result", "conclusion"}},
    {Role::title, {"title", "subject", "headline", "name", "topic", "liner", "tagline", "caption"}},
    {Role::code, {"code", "sku", "number", "reference", "ref", "identifier", "id", "key"}},
}};

Role role_of(std::string_view name) {
  for (const RoleWords& entry : role_words)
    for (const std::string_view word : entry.words)
      if (contains_word(name, word)) return entry.role;
  return Role::plain;
}

std::string with_full_stop(std::string_view sentence) {
  std::string text(sentence);
  constexpr std::array<std::string_view, 7> marks{".", "!", "?", "。", "！", "？", "…"};
  const bool ended = std::any_of(marks.begin(), marks.end(), [&](auto mark) { return text.ends_with(mark); });
  return ended ? text : text + ".";
}

}  // namespace

std::uint64_t characters_of(std::string_view text) {
  return static_cast<std::uint64_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string_view cut_to(std::string_view text, std::uint64_t characters_max) {
  if (text.size() <= characters_max) return text;
  std::size_t end = 0;
  for (std::uint64_t characters = 0; end < text.size(); ++end)
    if (!is_continuation(text[end]) && ++characters > characters_max) break;
  if (end >= text.size()) return text;
  const auto blank = text.rfind(' ', end);
  return text.substr(0, blank == text.npos || blank < end / 2 ? end : blank);
}

void Prose::read(std::string_view message) {
  message_ = without_markup(message, plain_);
  body_ = message_;
  facts_.clear();
  sentences_.clear();
  read_facts();
  const auto head = first_bytes(body_, head_bytes_max);
  read_sentences(head);
  if (head.size() < body_.size()) read_sentences(last_bytes(body_.substr(head.size()), tail_bytes_max));
  choose_topic();
  spoken_ = spoken(topic_);
  for (const Fact& fact : facts_)
    (spoken_ += '\n') += spoken(fact.value);
  remember_beginnings();
}

// "Name: value" lines at the very beginning; a short line of another kind among them is passed over, an empty one ends
// them.
void Prose::read_facts() {
  std::string_view rest = message_;
  std::size_t others = 0;
  while (facts_.size() < facts_max && !rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto colon = line.find(": ");
    const bool named = colon != line.npos && colon > 0 && colon <= fact_name_bytes_max;
    const auto value = named ? trimmed(line.substr(colon + 2)) : std::string_view();
    const bool is_fact = !value.empty() && value.size() <= fact_value_bytes_max;
    if (!is_fact && (line.empty() || line.size() > other_line_bytes_max || ++others > other_lines_max)) break;
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!is_fact) continue;
    facts_.push_back({spoken(line.substr(0, colon)), value});
    body_ = rest;
  }
}

void Prose::read_sentences(std::string_view text) {
  while (!text.empty() && sentences_.size() < sentences_max) {
    const std::size_t end = sentence_end(text);
    const auto sentence = without_speaker(trimmed(text.substr(0, end)));
    if (is_worth_quoting(sentence)) sentences_.push_back(sentence);
    text.remove_prefix(std::min(text.size(), std::max<std::size_t>(end, 1)));
  }
}

void Prose::choose_topic() {
  topic_ = {};
  for (const std::string_view name : {"subject", "title", "short description", "headline", "topic", "question"})
    for (const Fact& fact : facts_)
      if (topic_.empty() && fact.name == name) topic_ = fact.value;
  if (topic_.empty() && !facts_.empty()) topic_ = facts_.front().value;
  if (topic_.empty() && !sentences_.empty()) topic_ = sentences_.front();
  if (topic_.empty()) topic_ = trimmed(message_.substr(0, message_.find('\n')));
  topic_ = first_bytes(topic_, topic_bytes_max);
  if (topic_.empty()) topic_ = "an empty message";
}

std::string_view Prose::fact(std::string_view name) const {
  for (const Fact& fact : facts_)
    if (fact.name == name) return fact.value;
  for (const Fact& fact : facts_)
    if (fact.name.starts_with(name) && contains_word(fact.name, name)) return fact.value;
  return {};
}

std::string_view Prose::sentence(std::uint64_t which) const {
  return sentences_.empty() ? topic_ : sentences_[which % sentences_.size()];
}

std::string_view Prose::last_sentence() const { return sentences_.empty() ? topic_ : sentences_.back(); }

std::string Prose::word(Draw& draw) const {
  const std::string_view source = draw.chance(0.5) ? topic_ : sentence(draw.next());
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < source.size();) {
    std::size_t end = i;
    while (end < source.size() && is_letter(source[end]))
      ++end;
    if (end - i >= 4 && end - i <= 24) words.push_back(source.substr(i, end - i));
    i = std::max(end, i + 1);
  }
  return words.empty() ? "general" : spoken(words[draw.below(words.size())]);
}

std::string_view Prose::language() const {
  return language_of(first_bytes(body_.empty() ? message_ : body_, language_bytes_max));
}

void Prose::remember_beginnings() {
  beginnings_.reset();
  for (std::size_t i = 0; i + beginning_bytes <= spoken_.size(); ++i)
    if (i == 0 || !is_letter(spoken_[i - 1])) beginnings_.set(beginning_of(std::string_view(spoken_).substr(i)));
}

bool Prose::says(std::string_view word) const { return contains_word(message_, word); }

bool Prose::mentions(std::string_view text) const {
  if (text.size() < beginning_bytes || !beginnings_.test(beginning_of(text))) return false;
  return contains_word(spoken_, text);
}

std::string Prose::text_for(std::string_view name, std::uint64_t characters_max, Draw& draw) const {
  if (const auto known = fact(name); !known.empty() && characters_of(known) <= characters_max)
    return std::string(known);
  std::string text;
  if (odd_) text = odd_characters;
  switch (role_of(name)) {
    case Role::summary: {
      text += with_full_stop(fmt::format("This is about “{}”", topic_));
      const auto first = sentence(draw.below(2));
      if (first != topic_) text += " " + with_full_stop(first);
      const auto last = last_sentence();
      if (last != first && last != topic_) text += " " + with_full_stop(fmt::format("It ends with: {}", last));
      break;
    }
    case Role::title:
      text += topic_;
      break;
    case Role::keyword:
      text += word(draw);
      break;
    case Role::action: {
      constexpr std::array<std::string_view, 4> verbs{"Follow up on", "Look once more at", "Write down what came of",
                                                      "Tell the team about"};
      text += fmt::format("{} “{}”", verbs[draw.below(verbs.size())], topic_);
      break;
    }
    case Role::cause:
      text += with_full_stop(fmt::format("Going by the text: {}", sentence(draw.next())));
      break;
    case Role::resolution:
      text += with_full_stop(last_sentence());
      break;
    case Role::code:
      text += fmt::format("{}-{}", static_cast<char>('A' + draw.below(26)), draw.between(1000, 9999));
      break;
    case Role::plain:
      text += characters_max >= 60 ? std::string(sentence(draw.next())) : word(draw);
      break;
  }
  return std::string(cut_to(text, characters_max));
}

}  // namespace batchd::simulator
