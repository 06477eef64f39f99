#include "ground/json/pretty.hpp"

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::json {
namespace {

void append_pretty(std::string& out, View value, unsigned indent) {
  const auto newline = [&](unsigned depth) { out += "\n" + std::string(2 * depth, ' '); };
  const bool object = value.is(Kind::object);
  if ((!object && !value.is(Kind::array)) || value.size() == 0) return append_compact(out, value);
  out += object ? '{' : '[';
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
    newline(indent + 1);
  };
  for (const auto& [key, member] : value.members()) {
    separate();
    append_quoted(out, key);
    out += ": ";
    append_pretty(out, member, indent + 1);
  }
  for (const auto element : value.elements()) {
    separate();
    append_pretty(out, element, indent + 1);
  }
  newline(indent);
  out += object ? '}' : ']';
}

}  // namespace

std::string pretty(std::string_view text) {
  Document document;
  const auto parsed = document.parse(text);
  if (!parsed) return std::string(text);
  std::string out;
  append_pretty(out, *parsed, 0);
  return out;
}

}  // namespace batchd::json
