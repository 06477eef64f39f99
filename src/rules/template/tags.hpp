#pragma once
// Cuts the text of one template string into literal text and tags, as mustache reads them. Inside this room only.

#include <cstddef>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd::tmpl {

enum class TagKind { variable, section, inverted_section, end, comment };

struct Tag {
  TagKind kind = TagKind::variable;
  std::string_view name;     // without the white space around it; of a comment its text
  std::string_view written;  // the whole tag
};

// for (TagReader reader(text); reader.next();) … reader.literal(), reader.tag()
class TagReader {
 public:
  explicit TagReader(std::string_view text) : text_(text) {}

  // Reads on to the next tag, or to the end of the text: then has_tag() is false and only a literal is left.
  // The fault (a tag that is never closed, or one of those not spoken here) says what is wrong, without the place.
  Status next();
  bool has_tag() const { return has_tag_; }
  // The text before the tag. A section, its end or a comment that stands alone on its line takes the line with it.
  std::string_view literal() const { return literal_; }
  const Tag& tag() const { return tag_; }

 private:
  Status read_tag(std::size_t begin);
  void take_whole_line(std::size_t begin);
  std::string_view text_;
  std::size_t at_ = 0;  // behind what was read
  bool has_tag_ = false;
  std::string_view literal_;
  Tag tag_;
};

}  // namespace batchd::tmpl
