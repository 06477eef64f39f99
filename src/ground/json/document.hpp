#pragma once
// One full walk of a JSON text into a tape of our own. Full means: everything is judged (syntax, UTF-8, escapes, lone
// surrogates, nesting), because a line that is only looked into here and there is accepted with faults in it
// (performance.md). Numbers keep their text, so 20-digit integers, 19.90 and 1e400 survive; strings are unescaped;
// duplicate keys are found.
//
//   Document document;                      // reuse it: its buffers grow once
//   auto root = document.parse(line);       // borrowed views, valid until the next parse or the Document's end
//   auto model = root->find("request").find("model").as_string();

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"

namespace batchd::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
std::string_view name_of(Kind kind);  // "null" "boolean" "number" "string" "array" "object"

// One value on the tape. Values lie in document order; a container is followed by its content, an object's content
// is key, value, key, value… (a key is a string node).
struct Node {
  Kind kind = Kind::null;
  bool boolean = false;
  bool escaped = false;     // string: written with escapes, so its bytes lie in Tape::texts, not in the source
  bool mended = false;      // string: held half a surrogate pair; see ParseOptions::mends_lone_surrogates
  std::uint32_t count = 0;  // array: elements; object: members; string: bytes unescaped; number: bytes of its text;
                            // boolean and null: 0
  std::uint32_t next = 0;   // tape index behind this value and all that is in it
  std::uint32_t begin = 0;  // byte range of the value as written in the source text: [begin, end)
  std::uint32_t end = 0;
  std::uint32_t text = 0;  // string: offset of its bytes, in Tape::texts when `escaped`, else in the source
};

class View;

// A parsed text, its tape and its unescaped strings. `nodes` and `texts` only ever grow: of the nodes the first
// nodes[0].next belong to the text last parsed, what lies behind them is room for a longer one.
struct Tape {
  std::vector<Node> nodes;
  std::string texts;        // strings that were written with escapes, without them
  std::string_view source;  // borrowed: the caller's text
  bool holds_mended = false;

  // The bytes of a string node. A string without escapes is not copied: it is seen where it was written.
  std::string_view text_of(const Node& node) const {
    return {(node.escaped ? texts.data() : source.data()) + node.text, node.count};
  }
};

struct Member;

// A borrowed value. An absent View (from find() of a key that is not there) is falsy, has no kind, and every
// accessor of it answers "absent" (nullopt, an absent View, size 0): chains need no checks between the links.
class View {
 public:
  View() = default;
  View(const Tape* tape, std::uint32_t index) : tape_(tape), index_(index) {}

  explicit operator bool() const { return tape_ != nullptr; }
  Kind kind() const { return node().kind; }  // of a present value; asking an absent one is a programming error
  bool is(Kind k) const { return tape_ != nullptr && node().kind == k; }
  bool is_null() const { return is(Kind::null); }

  std::optional<bool> as_bool() const;
  std::optional<std::string_view> as_string() const;       // unescaped
  std::optional<std::string_view> as_number_text() const;  // as written
  std::optional<std::int64_t> as_int64() const;            // 7, 7.0 and 7e0 are integers; nullopt when it does not fit
  std::optional<double> as_double() const;                 // nearest; ±infinity beyond the range

  bool holds_mended() const;                        // a string or key in it, or itself, is not as it was written
  std::size_t size() const;                         // elements or members; 0 otherwise
  View find(std::string_view key) const;            // object member; the last one wins should keys repeat
  View at(std::size_t element) const;               // array element, linear; iterate instead where you can
  View at_pointer(std::string_view pointer) const;  // JSON Pointer (RFC 6901); "" is the value itself

  std::string_view source_text() const;  // the value as written, without surrounding white space
  std::uint32_t index() const { return index_; }
  const Tape& tape() const { return *tape_; }
  const Node& node() const { return tape_->nodes[index_]; }

  class Elements;
  class Members;
  Elements elements() const;  // for (View element : view.elements()); empty unless an array
  Members members() const;    // for (auto [key, value] : view.members()); empty unless an object

 private:
  const Tape* tape_ = nullptr;
  std::uint32_t index_ = 0;
};

struct Member {
  std::string_view key;
  View value;
};

class View::Elements {
 public:
  class Iterator {
   public:
    Iterator(const Tape* tape, std::uint32_t index) : tape_(tape), index_(index) {}
    View operator*() const { return {tape_, index_}; }
    Iterator& operator++() { return index_ = tape_->nodes[index_].next, *this; }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const Tape* tape_;
    std::uint32_t index_;
  };
  Elements(const Tape* tape, std::uint32_t first, std::uint32_t last) : tape_(tape), first_(first), last_(last) {}
  Iterator begin() const { return {tape_, first_}; }
  Iterator end() const { return {tape_, last_}; }

 private:
  const Tape* tape_;
  std::uint32_t first_;
  std::uint32_t last_;
};

class View::Members {
 public:
  class Iterator {
   public:
    Iterator(const Tape* tape, std::uint32_t index) : tape_(tape), index_(index) {}
    Member operator*() const;
    Iterator& operator++() { return index_ = tape_->nodes[index_ + 1].next, *this; }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const Tape* tape_;
    std::uint32_t index_;
  };
  Members(const Tape* tape, std::uint32_t first, std::uint32_t last) : tape_(tape), first_(first), last_(last) {}
  Iterator begin() const { return {tape_, first_}; }
  Iterator end() const { return {tape_, last_}; }

 private:
  const Tape* tape_;
  std::uint32_t first_;
  std::uint32_t last_;
};

struct ParseOptions {
  bool duplicate_keys_are_errors = true;
  std::uint32_t depth_max = 512;          // nesting; deeper is an error
  std::uint64_t bytes_max = 0xFFFF'0000;  // offsets are 32 bits
  // Half a surrogate pair ("\ud83d" alone) is no character and a fault. For text of others that must not be lost for
  // it (a provider's result line): U+FFFD stands in its place, and the string is marked. source_text() has it as it
  // came.
  bool mends_lone_surrogates = false;
};

// Not for two threads at once. Views point into it: moving it leaves them dangling.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // `text` must outlive the views. The fault is ErrorKind::invalid with its byte ("at byte 17: …"), the key for a
  // duplicate. A leading byte-order mark is a fault.
  Result<View> parse(std::string_view text, const ParseOptions& options = {});
  // The same without a copy, where the caller vouches for `padding` readable bytes behind the text.
  static constexpr std::size_t padding = 64;
  Result<View> parse_padded(std::string_view text, const ParseOptions& options = {});

  View root() const { return {&tape_, 0}; }  // of the last parse that succeeded, until the next one

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  Tape tape_;
};

}  // namespace batchd::json
