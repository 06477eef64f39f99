#include "ground/json/document.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <simdjson.h>

#include "ground/json/duplicate_keys.hpp"
#include "ground/json/explain.hpp"
#include "ground/json/number.hpp"
#include "ground/json/unescape.hpp"

// simdjson's first stage finds, 64 bytes at a time, where every bracket, comma, colon, string and bare word begins,
// and judges UTF-8, control characters inside strings and a string left open. What it leaves to a second stage is
// judged here, each once: the grammar between those places, every word, number and escape. simdjson's own second
// stages do not fit: the DOM's rejects 20-digit integers, On-Demand's judges only what is visited.

namespace batchd::json {
namespace {

using Scanner = simdjson::internal::dom_parser_implementation;

constexpr std::uint32_t none = 0xFFFF'FFFF;
constexpr std::size_t key_shown_bytes_max = 80;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The second stage: one walk over the places the first one found, a node for each value. Steps return false at a
// fault, whose place and nature nobody keeps here: that is explain()'s work.
class Walk {
 public:
  Walk(Tape& tape, OpenKeys& keys, const ParseOptions& options, const Scanner& scanner)
      : tape_(tape),
        keys_(keys),
        source_(tape.source.data()),
        source_end_(source_ + tape.source.size()),
        places_(scanner.structural_indexes.get()),
        places_end_(places_ + scanner.n_structural_indexes),
        nodes_(tape.nodes.data()),
        depth_max_(options.depth_max),
        watches_keys_(options.duplicate_keys_are_errors),
        mends_(options.mends_lone_surrogates) {
    next_backslash_ = backslash_from(source_);
  }

  bool run() {
    if (!value()) return false;
    while (open_ != none) {
      if (!(nodes_[open_].kind == Kind::object ? member() : element())) return false;
    }
    return places_ == places_end_;
  }

  std::uint32_t repeated_key() const { return repeated_key_; }  // none, or the first key seen to repeat another

 private:
  // The byte at the next place, which becomes the current one; NUL, which begins nothing, behind the last.
  char step() {
    if (places_ == places_end_) return '\0';
    place_ = *places_++;
    return source_[place_];
  }
  char peek() const { return places_ == places_end_ ? '\0' : source_[*places_]; }
  // Where the next place is, or the end of the text: the current token ends there or at white space before it.
  const char* limit() const { return places_ == places_end_ ? source_end_ : source_ + *places_; }
  bool ends_at(const char* end) const { return end == limit() || is_space(*end); }

  Node& append(Kind kind) {
    Node& node = nodes_[size_++];
    node.kind = kind;
    node.begin = place_;
    node.next = size_;
    return node;
  }

  bool value() {
    switch (step()) {
      case '"':
        return string();
      case '{':
        return open(Kind::object);
      case '[':
        return open(Kind::array);
      case 't':
        return word("true", Kind::boolean, true);
      case 'f':
        return word("false", Kind::boolean, false);
      case 'n':
        return word("null", Kind::null, false);
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        return number();
      default:
        return false;
    }
  }

  // While a container is open its `next` holds the one around it, and `count_` its own count, so that no stack is
  // needed: the container around keeps its count in its node meanwhile.
  bool open(Kind kind) {
    if (depth_ == depth_max_) return false;
    ++depth_;
    if (open_ != none) nodes_[open_].count = count_;
    std::uint32_t around = open_;
    open_ = size_;
    append(kind).next = around;
    count_ = 0;
    return true;
  }

  void close() {
    Node& node = nodes_[open_];
    if (node.kind == Kind::object && watches_keys_) note_repeated_key();
    open_ = node.next;
    node.next = size_;
    node.count = count_;
    node.end = place_ + 1;
    --depth_;
    if (open_ != none) count_ = nodes_[open_].count;
  }

  void note_repeated_key() {
    auto repeated = keys_.close(tape_, count_);
    if (repeated && repeated_key_ == none) repeated_key_ = *repeated;
  }

  // In an open object, before its first member or behind one.
  bool member() {
    char c = step();
    if (c == '}') return close(), true;
    if (count_ > 0) {
      if (c != ',') return false;
      c = step();
    }
    if (c != '"' || !string()) return false;
    if (watches_keys_) keys_.add(tape_.text_of(nodes_[size_ - 1]), size_ - 1);
    ++count_;
    return step() == ':' && value();
  }

  bool element() {
    if (count_ == 0 ? peek() == ']' : true) {
      char c = step();
      if (c == ']') return close(), true;
      if (c != ',') return false;
    }
    ++count_;
    return value();
  }

  bool word(std::string_view expected, Kind kind, bool boolean) {
    const char* begin = source_ + place_;
    const char* end = begin + expected.size();
    if (end > limit() || std::memcmp(begin, expected.data(), expected.size()) != 0 || !ends_at(end)) return false;
    Node& node = append(kind);
    node.boolean = boolean;
    node.count = 0;  // the tape is used again: another value's count may still stand here
    node.end = place_ + static_cast<std::uint32_t>(expected.size());
    return true;
  }

  bool number() {
    const char* begin = source_ + place_;
    const char* end = skip_number(begin, limit());
    if (!end || !ends_at(end)) return false;
    Node& node = append(Kind::number);
    node.count = static_cast<std::uint32_t>(end - begin);
    node.end = place_ + node.count;
    return true;
  }

  // Nothing but white space stands between the closing quote and the next place.
  bool string() {
    const char* begin = source_ + place_ + 1;
    const char* end = limit() - 1;
    while (is_space(*end))
      --end;
    if (end < begin || *end != '"') return false;
    Node& node = append(Kind::string);
    node.end = static_cast<std::uint32_t>(end + 1 - source_);
    node.escaped = next_backslash_ < end;
    if (node.escaped) return unescape_into(node, begin, end);
    node.mended = false;
    node.text = place_ + 1;
    node.count = static_cast<std::uint32_t>(end - begin);
    return true;
  }

  bool unescape_into(Node& node, const char* begin, const char* end) {
    // Strings can only shrink, so this room is enough for all of them: no pointer into it moves during the walk.
    if (tape_.texts.size() < tape_.source.size()) tape_.texts.resize(tape_.source.size());
    char* out = tape_.texts.data() + texts_size_;
    node.mended = false;  // the tape is used again
    const char* out_end = mends_ ? unescape_mending(begin, end, out, node.mended) : unescape(begin, end, out);
    if (!out_end) return false;
    tape_.holds_mended = tape_.holds_mended || node.mended;
    node.text = texts_size_;
    node.count = static_cast<std::uint32_t>(out_end - out);
    texts_size_ += node.count;
    next_backslash_ = backslash_from(end);
    return true;
  }

  // Outside of strings a backslash is a fault, so one pointer tells for each string whether it has escapes.
  const char* backslash_from(const char* at) const {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(source_end_ - at));
    return found ? static_cast<const char*>(found) : source_end_;
  }

  Tape& tape_;
  OpenKeys& keys_;
  const char* source_;
  const char* source_end_;
  const std::uint32_t* places_;  // the next one
  const std::uint32_t* places_end_;
  Node* nodes_;
  const char* next_backslash_ = nullptr;
  std::uint32_t place_ = 0;  // the current one: an offset in the source
  std::uint32_t size_ = 0;   // of the tape
  std::uint32_t texts_size_ = 0;
  std::uint32_t open_ = none;  // the innermost open container's node
  std::uint32_t count_ = 0;    // of its elements or members so far
  std::uint32_t depth_ = 0;
  std::uint32_t depth_max_;
  std::uint32_t repeated_key_ = none;
  bool watches_keys_;
  bool mends_;
};

Error repeated_key_error(const Tape& tape, const Node& key) {
  std::string_view text = tape.source.substr(key.begin, key.end - key.begin);
  bool cut = text.size() > key_shown_bytes_max;
  return {ErrorKind::invalid, fmt::format("at byte {}: the key {}{} is there already", key.begin,
                                          text.substr(0, key_shown_bytes_max), cut ? "…" : "")};
}

Error syntax_error(std::string_view text, const ParseOptions& options) {
  auto fault = explain(text, options.depth_max, options.mends_lone_surrogates);
  check(fault.has_value(), "the walk and explain() agree on what is JSON");
  return {ErrorKind::invalid, fmt::format("at byte {}: {}", fault->byte, fault->what)};
}

}  // namespace

struct Document::Parser {
  // Null only when memory ran out.
  std::unique_ptr<Scanner> scanner;
  // simdjson's portable first stage, for a CPU without vector instructions it knows, looks behind the text.
  bool looks_behind = false;
  std::string padded;
  OpenKeys keys;

  Parser() {
    const simdjson::implementation* chosen = simdjson::get_active_implementation();
    looks_behind = chosen->name() == "fallback";
    // The smallest depth: only simdjson's second stage would use it.
    if (chosen->create_dom_parser_implementation(0, 1, scanner) != simdjson::SUCCESS) scanner.reset();
  }

  bool make_room(std::size_t bytes) {
    if (!scanner) return false;
    if (bytes <= scanner->capacity()) return true;
    std::size_t bytes_wanted = std::max<std::size_t>({bytes, scanner->capacity() * 2, 4096});
    bytes_wanted = std::min<std::size_t>(bytes_wanted, simdjson::SIMDJSON_MAXSIZE_BYTES);
    return scanner->set_capacity(bytes_wanted) == simdjson::SUCCESS;
  }

  simdjson::error_code find_places(std::string_view text) {
    return scanner->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                           simdjson::stage1_mode::regular);
  }
};

Document::Document() : parser_(std::make_unique<Parser>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<View> Document::parse(std::string_view text, const ParseOptions& options) {
  if (!parser_->looks_behind) return parse_padded(text, options);
  parser_->padded.assign(text).append(padding, ' ');
  auto root = parse_padded(std::string_view(parser_->padded).substr(0, text.size()), options);
  tape_.source = text;  // the same bytes; the caller's live longer
  return root;
}

Result<View> Document::parse_padded(std::string_view text, const ParseOptions& options) {
  if (text.size() > options.bytes_max)
    return Error(ErrorKind::invalid,
                 fmt::format("the text has {} bytes, which is more than {}", text.size(), options.bytes_max));
  if (text.empty()) return syntax_error(text, options);
  if (!parser_->make_room(text.size()))
    return Error(ErrorKind::internal, fmt::format("not enough memory to parse {} bytes of JSON", text.size()));

  tape_.source = text;
  tape_.holds_mended = false;
  if (parser_->find_places(text) != simdjson::SUCCESS) return syntax_error(text, options);
  if (tape_.nodes.size() < parser_->scanner->n_structural_indexes)
    tape_.nodes.resize(std::max<std::size_t>(parser_->scanner->n_structural_indexes, tape_.nodes.size() * 2));
  parser_->keys.clear();
  Walk walk(tape_, parser_->keys, options, *parser_->scanner);
  if (!walk.run()) return syntax_error(text, options);
  if (walk.repeated_key() != none) return repeated_key_error(tape_, tape_.nodes[walk.repeated_key()]);
  return root();
}

}  // namespace batchd::json
