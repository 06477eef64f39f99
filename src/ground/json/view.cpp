#include <algorithm>
#include <charconv>

#include "ground/json/document.hpp"
#include "ground/json/number.hpp"

namespace batchd::json {
namespace {

// An array index as RFC 6901 writes it: digits without a leading zero.
std::optional<std::size_t> element_index(std::string_view token) {
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  std::size_t index = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return index;
}

// `~1` is '/', `~0` is '~'; nothing else may follow a '~'.
std::optional<std::string> unescaped_token(std::string_view token) {
  std::string key;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      key += token[i];
    } else if (++i < token.size() && (token[i] == '0' || token[i] == '1')) {
      key += token[i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return key;
}

View step(View value, std::string_view token) {
  if (value.is(Kind::array)) {
    auto index = element_index(token);
    return index ? value.at(*index) : View();
  }
  if (token.find('~') == token.npos) return value.find(token);
  auto key = unescaped_token(token);
  return key ? value.find(*key) : View();
}

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return "number";
    case Kind::string:
      return "string";
    case Kind::array:
      return "array";
    case Kind::object:
      return "object";
  }
  return "";
}

std::optional<bool> View::as_bool() const {
  if (!is(Kind::boolean)) return std::nullopt;
  return node().boolean;
}

std::optional<std::string_view> View::as_string() const {
  if (!is(Kind::string)) return std::nullopt;
  return tape_->text_of(node());
}

std::optional<std::string_view> View::as_number_text() const {
  if (!is(Kind::number)) return std::nullopt;
  return source_text();
}

std::optional<std::int64_t> View::as_int64() const {
  if (!is(Kind::number)) return std::nullopt;
  return integer_of(source_text());
}

std::optional<double> View::as_double() const {
  if (!is(Kind::number)) return std::nullopt;
  return double_of(source_text());
}

bool View::holds_mended() const {
  if (!tape_ || !tape_->holds_mended) return false;
  for (std::uint32_t n = index_; n < node().next; ++n)
    if (tape_->nodes[n].kind == Kind::string && tape_->nodes[n].mended) return true;
  return false;
}

std::size_t View::size() const {
  if (!is(Kind::array) && !is(Kind::object)) return 0;
  return node().count;
}

View View::find(std::string_view key) const {
  View found;
  for (auto [name, value] : members()) {
    if (name == key) found = value;
  }
  return found;
}

View View::at(std::size_t element) const {
  if (!is(Kind::array) || element >= node().count) return {};
  auto iterator = elements().begin();
  for (; element > 0; --element)
    ++iterator;
  return *iterator;
}

View View::at_pointer(std::string_view pointer) const {
  View value = *this;
  while (value && !pointer.empty()) {
    if (pointer.front() != '/') return {};
    pointer.remove_prefix(1);
    auto end = std::min(pointer.find('/'), pointer.size());
    value = step(value, pointer.substr(0, end));
    pointer.remove_prefix(end);
  }
  return value;
}

std::string_view View::source_text() const {
  if (!tape_) return {};
  return tape_->source.substr(node().begin, node().end - node().begin);
}

View::Elements View::elements() const {
  if (!is(Kind::array)) return {tape_, 0, 0};
  return {tape_, index_ + 1, node().next};
}

View::Members View::members() const {
  if (!is(Kind::object)) return {tape_, 0, 0};
  return {tape_, index_ + 1, node().next};
}

Member View::Members::Iterator::operator*() const {
  return {tape_->text_of(tape_->nodes[index_]), {tape_, index_ + 1}};
}

}  // namespace batchd::json
