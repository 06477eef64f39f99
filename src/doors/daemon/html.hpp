#pragma once
// HTML as a value. Text that becomes part of it is escaped by its type: there is no other way in, so that an escape
// cannot be forgotten. Names of elements and attributes are literals; `style` and handlers (onclick, …) do not
// compile: the pages' content-security policy would refuse them anyway.
//
//   element("a", {{"href", address}}, "run ", run.id)
//
// What HTML cannot hold (NUL and other control characters) becomes U+FFFD. The caller vouches for UTF-8.

#include <string>
#include <string_view>
#include <vector>

namespace batchd::daemon::html {

class Name {
 public:
  consteval Name(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor)
    for (const char c : text_) {
      const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      if (!fits) throw "this is no name of HTML";
    }
    if (text_ == "style" || text_.substr(0, 2) == "on") throw "the content-security policy refuses this";
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Attribute {
  Name name;
  std::string value = {};
  bool is_there = true;  // false: it is left out
};
using Attributes = std::vector<Attribute>;
// An attribute without a value: there or not.
inline Attribute flag(Name name, bool is_there = true) { return {name, "", is_there}; }

class Html {
 public:
  Html() = default;
  explicit Html(std::string_view text) { add(text); }

  Html& add(std::string_view text);  // escaped
  Html& add(const Html& piece);
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

  void open(Name element, const Attributes& attributes);
  void close(Name element);

 private:
  std::string text_;
};

template <typename... Pieces>
Html element(Name name, const Attributes& attributes, const Pieces&... pieces) {
  Html html;
  html.open(name, attributes);
  (html.add(pieces), ...);
  html.close(name);
  return html;
}

// One that has no content and no end: input, link, meta, br.
Html lone_element(Name name, const Attributes& attributes);

template <typename... Pieces>
Html together(const Pieces&... pieces) {
  Html html;
  (html.add(pieces), ...);
  return html;
}

// A whole document, with its doctype.
std::string document(const Html& html);

}  // namespace batchd::daemon::html
