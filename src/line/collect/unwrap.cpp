#include "line/collect/unwrap.hpp"

#include <optional>

#include <fmt/format.h>

namespace batchd::collect {
namespace {

constexpr std::string_view fence = "```";

// How often the whole text may be walked in search of brackets that parse. Only text made to annoy ("[[[[[[…")
// comes near it; without the bound it would cost the square of its length.
constexpr std::size_t walks_max = 16;
constexpr std::size_t walk_bytes_min = 64 * 1024;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool begins_a_line(std::string_view text, std::size_t at) {
  while (at > 0 && is_blank(text[at - 1]))
    --at;
  return at == 0 || text[at - 1] == '\n';
}

// The next fence that stands first in its line; npos when there is none.
std::size_t next_fence(std::string_view text, std::size_t from) {
  std::size_t at = text.find(fence, from);
  while (at != text.npos && !begins_a_line(text, at))
    at = text.find(fence, at + fence.size());
  return at;
}

// What stands in the only fenced block; nothing when there is none or more than one.
std::optional<std::string_view> only_fenced_block(std::string_view text) {
  const std::size_t opening = next_fence(text, 0);
  if (opening == text.npos) return std::nullopt;
  const std::size_t line_end = text.find('\n', opening);
  if (line_end == text.npos) return std::nullopt;
  const std::size_t begin = line_end + 1;
  std::size_t closing = next_fence(text, begin);
  if (closing == text.npos) {  // "…}```" on the last line, or never closed
    closing = text.find(fence, begin);
    return text.substr(begin, closing == text.npos ? text.npos : closing - begin);
  }
  const std::size_t closing_end = text.find('\n', closing);
  if (closing_end != text.npos && next_fence(text, closing_end) != text.npos) return std::nullopt;
  return text.substr(begin, closing - begin);
}

// Where the string that opens at `at` has its closing quote; npos when it has none or cannot be JSON's.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at;
    else if (static_cast<unsigned char>(text[at]) < 0x20)
      return text.npos;
  }
  return text.npos;
}

// Behind the bracket that closes the one at `begin`. Right for every JSON value that begins there; for anything else
// the parser has the last word. `walked` counts the bytes looked at.
std::size_t end_of_brackets(std::string_view text, std::size_t begin, std::size_t& walked) {
  std::size_t depth = 0;
  std::size_t at = begin;
  std::size_t end = text.npos;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      if (at == text.npos) break;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      end = at + 1;
      break;
    }
  }
  walked += (at == text.npos ? text.size() : at) - begin;
  return end;
}

struct Candidates {
  std::size_t count = 0;  // counted no further than two
  std::string_view first;
  bool gave_up = false;
};

Candidates find_candidates(std::string_view text, json::Document& document) {
  Candidates found;
  const std::size_t walked_max = walks_max * text.size() + walk_bytes_min;
  std::size_t walked = 0;
  std::size_t at = text.find_first_of("{[");
  while (at != text.npos && found.count < 2) {
    if (walked > walked_max) {
      found.gave_up = true;
      return found;
    }
    const std::size_t end = end_of_brackets(text, at, walked);
    const std::string_view candidate = end == text.npos ? std::string_view() : text.substr(at, end - at);
    if (!candidate.empty() && document.parse(candidate).ok()) {
      if (found.count++ == 0) found.first = candidate;
      at = text.find_first_of("{[", end);
    } else {
      at = text.find_first_of("{[", at + 1);
    }
  }
  return found;
}

}  // namespace

Result<FoundJson> find_json(std::string_view text, json::Document& document) {
  auto whole = document.parse(text);
  if (whole) return FoundJson{*whole, false};

  if (const auto block = only_fenced_block(text)) {
    auto inside = document.parse(*block);
    if (inside) return FoundJson{*inside, true};
  }
  const Candidates candidates = find_candidates(text, document);
  if (candidates.gave_up)
    return Error{ErrorKind::invalid, "the answer is not JSON, and its brackets are too tangled to search"};
  if (candidates.count > 1)
    return Error{ErrorKind::invalid, "the answer holds more than one JSON value within other text"};
  if (candidates.count == 0)
    return Error{ErrorKind::invalid, fmt::format("the answer is not JSON: {}", whole.error().message)};
  auto only = document.parse(candidates.first);  // the search for a second one has used the document
  if (!only) return only.error();
  return FoundJson{*only, true};
}

}  // namespace batchd::collect
