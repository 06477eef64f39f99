#include "ground/json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "ground/base/check.hpp"
#include "ground/json/eight_bytes.hpp"

namespace batchd::json {
namespace {

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// The first byte of [at, end) that needs an escape, or `end`.
const char* find_escape(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    std::uint64_t eight = eight_bytes_at(at);
    std::uint64_t found = mask_of_below(eight, 0x20) | mask_of_equal(eight, '"') | mask_of_equal(eight, '\\');
    if (found) return at + first_of(found);
  }
  return std::find_if(at, end, needs_escape);
}

void append_escape(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00", out += digits[c >> 4], out += digits[c & 0xF];
  }
}

// A key lies on the tape just before its value.
View key_of(const Member& member) { return {&member.value.tape(), member.value.index() - 1}; }

// A string as written has the fewest escapes already when it has none.
void append_canonical_string(std::string& out, View value) {
  if (!value.node().escaped) {
    out += value.source_text();
  } else {
    append_quoted(out, *value.as_string());
  }
}

void append_sorted_members(std::string& out, std::span<Member> members) {
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    int order = a.key.compare(b.key);
    return order != 0 ? order < 0 : a.value.index() < b.value.index();
  });
  for (const Member& member : members) {
    if (&member != members.data()) out += ',';
    append_canonical_string(out, key_of(member));
    out += ':';
    append_canonical(out, member.value);
  }
}

void append_canonical_object(std::string& out, View object) {
  std::vector<Member> members;
  members.reserve(object.size());
  for (Member member : object.members())
    members.push_back(member);
  out += '{';
  append_sorted_members(out, members);
  out += '}';
}

void append_canonical_array(std::string& out, View array) {
  char before = '[';
  for (View element : array.elements()) {
    out += before;
    append_canonical(out, element);
    before = ',';
  }
  out += array.size() == 0 ? "[]" : "]";
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    const char* stop = find_escape(at, end);
    out.append(at, stop);
    if (stop == end) return;
    append_escape(out, *stop);
    at = stop + 1;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

void append_escaped_value(std::string& out, View value) {
  if (!value.is(Kind::string)) return append_escaped(out, value.source_text());
  const Node& node = value.node();
  std::string_view text = value.tape().text_of(node);
  if (node.escaped) return append_escaped(out, text);
  out += text;
}

void append_canonical(std::string& out, View value) {
  switch (value.kind()) {
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
      out += value.source_text();
      return;
    case Kind::string:
      append_canonical_string(out, value);
      return;
    case Kind::array:
      append_canonical_array(out, value);
      return;
    case Kind::object:
      append_canonical_object(out, value);
      return;
  }
}

std::string canonical(View value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

void append_compact(std::string& out, View value) {
  if (value.is(Kind::array)) {
    out += '[';
    const char* before = "";
    for (View element : value.elements()) {
      out += before;
      append_compact(out, element);
      before = ",";
    }
    out += ']';
  } else if (value.is(Kind::object)) {
    out += '{';
    const char* before = "";
    for (Member member : value.members()) {
      out += before;
      out += key_of(member).source_text();
      out += ':';
      append_compact(out, member.value);
      before = ",";
    }
    out += '}';
  } else {
    out += value.source_text();
  }
}

void Writer::open(char bracket, bool is_object) {
  before_value();
  check(depth_ < depth_max, "JSON is written at most 64 levels deep");
  out_ += bracket;
  has_elements_ <<= 1;
  is_object_ = is_object_ << 1 | (is_object ? 1 : 0);
  ++depth_;
}

void Writer::close(char bracket, bool is_object) {
  check(depth_ > 0 && (is_object_ & 1) == (is_object ? 1 : 0) && !after_key_,
        "end_object() and end_array() close what was begun last, and no key is left without a value");
  out_ += bracket;
  has_elements_ >>= 1;
  is_object_ >>= 1;
  --depth_;
}

void Writer::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  check(depth_ == 0 || (is_object_ & 1) == 0, "a value in an object follows its key");
  separate();
}

void Writer::separate() {
  if (depth_ == 0) return;
  if (has_elements_ & 1) out_ += ',';
  has_elements_ |= 1;
}

Writer& Writer::begin_object() { return open('{', true), *this; }
Writer& Writer::end_object() { return close('}', true), *this; }
Writer& Writer::begin_array() { return open('[', false), *this; }
Writer& Writer::end_array() { return close(']', false), *this; }

Writer& Writer::key(std::string_view key) {
  check(depth_ > 0 && (is_object_ & 1) == 1 && !after_key_, "a key stands in an object and not behind another key");
  separate();
  append_quoted(out_, key);
  out_ += ':';
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view value) {
  before_value();
  append_quoted(out_, value);
  return *this;
}

namespace {
template <typename Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> text;
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc(), "a number's text fits 32 characters");
  out.append(text.data(), end);
}
}  // namespace

Writer& Writer::integer(std::int64_t value) {
  before_value();
  append_number(out_, value);
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  before_value();
  append_number(out_, value);
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  before_value();
  append_number(out_, value);
  return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

}  // namespace batchd::json
