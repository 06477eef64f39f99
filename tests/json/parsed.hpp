#pragma once
// A text, its document and the root of it, kept together for a test.

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"

namespace batchd::json {

class Parsed {
 public:
  explicit Parsed(std::string_view text, const ParseOptions& options = {}) : text_(text) {
    auto root = document_.parse(text_, options);
    REQUIRE_MESSAGE(root.ok(), text_, ": ", root.error().message);
    root_ = *root;
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  View operator*() const { return root_; }
  const View* operator->() const { return &root_; }

 private:
  std::string text_;
  Document document_;
  View root_;
};

// The message `text` is refused with; "" when it is not.
inline std::string refusal(std::string_view text, const ParseOptions& options = {}) {
  Document document;
  auto root = document.parse(text, options);
  if (root) return "";
  CHECK(root.error().kind == ErrorKind::invalid);
  return root.error().message;
}

}  // namespace batchd::json
