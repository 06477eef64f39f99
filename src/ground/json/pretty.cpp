#include "ground/json/pretty.hpp"

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::json {
namespace {

void append_pretty(std::string& out, View value, unsigned indent, std::size_t bytes_max) {
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
    if (out.size() > bytes_max) return;
    separate();
    append_quoted(out, key);
    out += ": ";
    append_pretty(out, member, indent + 1, bytes_max);
  }
  for (const auto element : value.elements()) {
    if (out.size() > bytes_max) return;
    separate();
    append_pretty(out, element, indent + 1, bytes_max);
  }
  if (out.size() > bytes_max) return;
  newline(indent);
  out += object ? '}' : ']';
}

}  // namespace

std::string pretty(std::string_view text, std::size_t bytes_max) {
  Document document;
  const auto parsed = document.parse(text);
  if (!parsed) return std::string(text);
  std::string out;
  append_pretty(out, *parsed, 0, bytes_max);
  return out;
}

}  // namespace batchd::json
