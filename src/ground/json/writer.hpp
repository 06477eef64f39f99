#pragma once
// JSON text, written. Appends to a string the caller owns; keeps no tree.

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"

namespace batchd::json {

// `text` as a JSON string with its quotes. Escapes only what RFC 8259 demands; non-ASCII stays UTF-8. The caller
// vouches for UTF-8.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);
// The inside of a JSON string, without the quotes: for text that is put into a string already open.
void append_escaped(std::string& out, std::string_view text);
// The same for a value: a string's text, anything else as the JSON it was written as. Cheaper than the text of a
// string: one that was written without escapes is copied unseen.
void append_escaped_value(std::string& out, View value);

// One form for one value: no white space, members in the order of their keys (by UTF-8 byte; equal keys as they
// came), strings with the fewest escapes, numbers as written. For hashes and comparisons.
void append_canonical(std::string& out, View value);
std::string canonical(View value);
// The value without the white space between its tokens; order and numbers as written.
void append_compact(std::string& out, View value);

// Commas and nesting kept right by the writer; wrong nesting, a value without a key in an object and more than 64
// levels are programming errors and crash. Values at the outermost level are not separated: each is a text of its own.
//   Writer w(out); w.begin_object(); w.key("id"); w.string(id); w.key("usage"); w.null(); w.end_object();
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view key);
  Writer& string(std::string_view value);
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& number(double value);  // shortest text that reads back the same; not finite: null
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(std::string_view json);  // finished JSON, put in as it is
  Writer& value(View value) { return raw(value.source_text()); }

 private:
  static constexpr int depth_max = 64;
  void open(char bracket, bool is_object);
  void close(char bracket, bool is_object);
  void before_value();
  void separate();
  std::string& out_;
  std::uint64_t has_elements_ = 0;  // one bit a level, deepest lowest
  std::uint64_t is_object_ = 0;     // likewise
  int depth_ = 0;
  bool after_key_ = false;
};

}  // namespace batchd::json
