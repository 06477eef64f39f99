#include "rules/template/tags.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::tmpl {
namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr std::size_t shown_bytes_max = 40;

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

std::string_view beginning_of(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), shown_bytes_max));
}

Error not_spoken(std::string_view tag, std::string_view what) {
  return {ErrorKind::invalid, fmt::format("{} is not possible here: {}", tag, what)};
}

constexpr std::string_view sigils = "#^/!&>=";

TagKind kind_of(char sigil) {
  switch (sigil) {
    case '#':
      return TagKind::section;
    case '^':
      return TagKind::inverted_section;
    case '/':
      return TagKind::end;
    case '!':
      return TagKind::comment;
    default:
      return TagKind::variable;
  }
}

}  // namespace

Status TagReader::next() {
  std::size_t begin = text_.find("{{", at_);
  has_tag_ = begin != text_.npos;
  literal_ = text_.substr(at_, has_tag_ ? begin - at_ : text_.npos);
  if (has_tag_) return read_tag(begin);
  at_ = text_.size();
  return {};
}

Status TagReader::read_tag(std::size_t begin) {
  bool triple = text_.substr(begin).starts_with("{{{");
  std::string_view closing = triple ? "}}}" : "}}";
  std::size_t inside = begin + closing.size();
  std::size_t end = text_.find(closing, inside);
  if (end == text_.npos)
    return Error(ErrorKind::invalid,
                 fmt::format("the tag \"{}\" is never closed by \"{}\"", beginning_of(text_.substr(begin)), closing));
  at_ = end + closing.size();
  std::string_view name = trimmed(text_.substr(inside, end - inside));
  bool has_sigil = !triple && !name.empty() && sigils.find(name.front()) != sigils.npos;
  char sigil = has_sigil ? name.front() : '&';
  if (has_sigil) name = trimmed(name.substr(1));
  tag_ = {kind_of(sigil), name, text_.substr(begin, at_ - begin)};
  if (sigil == '>') return not_spoken(tag_.written, "a request is one text and has no partials");
  if (sigil == '=') return not_spoken(tag_.written, "the delimiters are always {{ and }}");
  if (tag_.kind != TagKind::variable) take_whole_line(begin);
  return {};
}

void TagReader::take_whole_line(std::size_t begin) {
  constexpr std::string_view blank = " \t";
  std::size_t before = text_.substr(0, begin).find_last_not_of(blank);
  std::size_t line_begin = before == text_.npos ? 0 : before + 1;
  if (line_begin > 0 && text_[line_begin - 1] != '\n') return;
  std::size_t line_end = std::min(text_.find_first_not_of(blank, at_), text_.size());
  if (text_.substr(line_end).starts_with("\r\n")) {
    line_end += 2;
  } else if (line_end < text_.size()) {
    if (text_[line_end] != '\n') return;
    ++line_end;
  }
  literal_.remove_suffix(begin - line_begin);
  at_ = line_end;
}

}  // namespace batchd::tmpl
