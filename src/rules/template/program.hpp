#pragma once
// What a request becomes: a flat list of operations over one string of finished JSON. Inside this room only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::tmpl {

// One step of a dotted path: a member's key, or an element's index where digits meet an array.
struct Name {
  std::string key;
  std::optional<std::size_t> element;
};

// `a.b.0`; without names it is `.`, the value looked at.
struct Path {
  std::string text;  // as in the template, for complaints
  std::vector<Name> names;
};

struct Operation {
  enum class Code : std::uint8_t {
    literal,           // [begin, end) of Program::literals
    variable,          // the value of paths[subject], into the string that is open
    row_value,         // the row's value at pointers[subject], as it is
    section,           // what follows up to `end` (an operation's index) as often as paths[subject] says
    inverted_section,  // what follows up to `end` when a section would be left out
  };
  Code code = Code::literal;
  std::uint32_t subject = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t place = 0;  // index in Program::places: the string it stands in
};

struct Program {
  std::string literals;  // escaped already: rendering copies them
  std::vector<Operation> operations;
  std::vector<Path> paths;
  std::vector<std::string> pointers;
  std::vector<std::string> places;  // JSON Pointers into the request
  std::vector<std::string> required_variables;
};

Result<Program> compile_request(json::View request);
Status render_program(const Program& program, json::View row, std::string& out);

// "/messages/0/content: what"
Error error_at(std::string_view place, std::string_view what);

}  // namespace batchd::tmpl
