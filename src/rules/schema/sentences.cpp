#include "rules/schema/sentences.hpp"

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/code_points.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

namespace {

std::string_view cut_at_code_point(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

std::string_view with_article(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::number:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "an array";
    case Kind::object:
      return "an object";
  }
  return "";
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace

std::string shown(View value) {
  if (const auto text = value.as_string()) {
    const std::string_view head = cut_at_code_point(*text, shown_bytes_max);
    std::string out = json::quoted(head);
    if (head.size() < text->size()) out.insert(out.size() - 1, "…");
    return out;
  }
  // Only so much is written out: a megabyte of array must not become a megabyte of text first.
  const std::string_view source = value.source_text();
  if (source.size() > shown_bytes_max) return std::string(cut_at_code_point(source, shown_bytes_max)) + "…";
  std::string out;
  json::append_compact(out, value);
  return out;
}

std::string counted(std::size_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

std::string wrong_kind(View value, Kinds wanted) {
  if (wanted == 0) return "is not allowed";
  const bool is_whole = value.is(Kind::number) && is_integer_text(*value.as_number_text());
  std::vector<std::string_view> names;
  for (const Kind kind : {Kind::string, Kind::number, Kind::boolean, Kind::array, Kind::object, Kind::null}) {
    const bool any_number = (wanted & bit_of(Kind::number)) != 0;
    if (kind == Kind::number && !any_number && (wanted & every_integer_bit) != 0)
      names.emplace_back(is_whole && (wanted & integer_bit) == 0 ? "an integer without a point or exponent"
                                                                 : "an integer");
    if ((wanted & bit_of(kind)) != 0) names.push_back(with_article(kind));
  }
  const bool fraction = value.is(Kind::number) && (wanted & every_integer_bit) != 0;
  return fmt::format("is {}, but must be {}", fraction ? shown(value) : std::string(with_article(value.kind())),
                     listed(names));
}

std::string wrong_choice(View value, const std::vector<View>& allowed, bool single) {
  if (allowed.empty()) return "is not allowed: there is no allowed value";
  if (single || allowed.size() == 1) return fmt::format("is {}, but must be {}", shown(value), shown(allowed.front()));
  std::string list;
  std::size_t named = 0;
  for (; named < allowed.size() && (named == 0 || list.size() < choices_bytes_max); ++named) {
    if (named > 0) list += ", ";
    list += shown(allowed[named]);
  }
  if (named < allowed.size()) list += fmt::format(", … ({} in all)", allowed.size());
  return fmt::format("{} is not one of {}", shown(value), list);
}

std::string broken_limit(const Program& program, const Instruction& instruction, View value) {
  const auto limit = [&] { return program.numbers[instruction.a].text; };
  const auto characters = [&] {
    return counted(count_code_points(value.as_string().value_or("")), "character", "characters");
  };
  const auto size = [&](std::string_view one, std::string_view many) { return counted(value.size(), one, many); };
  switch (instruction.op) {
    case Op::at_least:
      return fmt::format("is {}, but must be at least {}", shown(value), limit());
    case Op::at_most:
      return fmt::format("is {}, but must be at most {}", shown(value), limit());
    case Op::above:
      return fmt::format("is {}, but must be more than {}", shown(value), limit());
    case Op::below:
      return fmt::format("is {}, but must be less than {}", shown(value), limit());
    case Op::multiple_of:
      return fmt::format("is {}, but must be a multiple of {}", shown(value), program.divisor_texts[instruction.a]);
    case Op::length_at_least:
      return fmt::format("has {}, but needs at least {}", characters(), instruction.a);
    case Op::length_at_most:
      return fmt::format("has {}, but at most {} are allowed", characters(), instruction.a);
    case Op::matches:
      return fmt::format("{} does not match the pattern {}", shown(value), program.patterns[instruction.a].source());
    case Op::has_format:
      return fmt::format("{} is not {}", shown(value), program.formats[instruction.a]->phrase);
    case Op::count_at_least:
      return fmt::format("has {}, but needs at least {}", size("element", "elements"), instruction.a);
    case Op::count_at_most:
      return fmt::format("has {}, but at most {} are allowed", size("element", "elements"), instruction.a);
    case Op::size_at_least:
      return fmt::format("has {}, but needs at least {}", size("key", "keys"), instruction.a);
    case Op::size_at_most:
      return fmt::format("has {}, but at most {} are allowed", size("key", "keys"), instruction.a);
    default:
      return "is not allowed";
  }
}

std::string equal_elements(std::size_t first, std::size_t second, View value) {
  return fmt::format("elements {} and {} are equal: {}", first, second, shown(value));
}

std::string wrong_contains_count(std::size_t count, const ContainsRule& rule, bool too_many) {
  if (too_many)
    return fmt::format("has {} of the kind counted here, but at most {} are allowed",
                       counted(count, "element", "elements"), rule.count_max);
  if (count == 0 && rule.count_min == 1) return "has no element of the kind that is needed";
  return fmt::format("has {} of the kind that is needed, but needs at least {}", counted(count, "element", "elements"),
                     rule.count_min);
}

std::string missing_key(std::string_view key) {
  return fmt::format("the required key {} is missing", json::quoted(key));
}
std::string unknown_key(std::string_view key) { return fmt::format("unknown key {}", json::quoted(key)); }
std::string demanded_key(std::string_view when, std::string_view key) {
  return fmt::format("the key {} is missing, which {} demands", json::quoted(key), json::quoted(when));
}

}  // namespace batchd::schema
