#pragma once
// `request` of a job, compiled: JSON whose strings are templates → segments; segments × row → the bytes of a body.
//
//   {{name}}  {{a.b.0}}   the row's value: text as it is, numbers as written, true/false; an object or array as JSON.
//                         No value (absent or null) is an error that names the variable and where it stands
//   {{#items}}…{{/items}} section: once per element of an array, once for any other value, not at all for an absent,
//                         null, false or empty one ("", [], {}; 0 is a value). Inside, names are looked up from the
//                         innermost outwards; {{.}} is the element or value itself
//   {{^items}}…{{/items}} inverted section        {{! comment }}        {{{name}}} and {{&name}}: the same as {{name}}
//                         (nothing is HTML-escaped: the target is a prompt)
//                         A section's tag or a comment alone on its line takes the line with it, as in mustache.
//                         Partials and other delimiters are not spoken: an error
//   {$row: /pointer}      an object with this single key is replaced by the row's JSON value, unchanged (null, too)
// Keys of `request` are not templates.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::tmpl {

struct Program;  // opaque

// Immutable once compiled: any number of threads may render with one.
class Template {
 public:
  // `request`: a JSON value. A fault (unclosed section, `{{` without end) is ErrorKind::invalid and begins with the
  // JSON Pointer of the string it stands in.
  static Result<Template> compile(json::View request);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // Appends the finished JSON. On error `out` is as it was; the error is ErrorKind::invalid:
  // `/messages/1/content: the row has no "subject"`.
  Status render(json::View row, std::string& out) const;

  // Every variable that stands outside a section: what each row must have. In order, each once. As dotted paths;
  // $row pointers as "/pointer".
  const std::vector<std::string>& required_variables() const;

 private:
  explicit Template(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace batchd::tmpl
