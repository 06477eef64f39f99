#include "doors/simulator/invention.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "doors/simulator/pattern_text.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr int depth_plain = 4;  // from here on only what must be
constexpr int depth_bare = 7;   // from here on what may be null is, unless it is a plain value
constexpr int depth_max = 40;   // and here nothing but null: the schema has no end
constexpr std::uint64_t usual_text_max = 200;
constexpr std::uint64_t usual_items_max = 3;
constexpr std::uint64_t items_ever_max = 1'000;
constexpr std::uint64_t text_ever_max = 100'000;

class Inventor {
 public:
  Inventor(const Prose& prose, Draw& draw, std::string& out) : prose_(prose), draw_(draw), out_(out) {}

  void value(const Shape& given, std::string_view name, int depth) {
    const Shape& shape = branch_of(given, depth);
    if (depth > depth_max) {
      out_ += "null";
    } else if (shape.has_choices && !shape.choices.empty()) {
      out_ += choose(shape, name).json;
    } else {
      of_type(shape, type_for(shape, name, depth), name, depth);
    }
  }

  void object(const Shape& shape, std::string_view name, int depth, std::string_view left_out = {},
              std::string_view added = {}) {
    out_ += '{';
    std::uint64_t members = 0;
    const auto key = [&](std::string_view text) {
      if (members++ > 0) out_ += ',';
      json::append_quoted(out_, text);
      out_ += ':';
    };
    for (const auto& property : shape.properties) {
      if (property.shape && property.shape->nothing) continue;
      const bool wanted = property.required || shape.entangled || (depth < depth_plain && draw_.chance(0.8));
      if (!wanted || (property.name == left_out && !left_out.empty())) continue;
      key(property.name);
      if (property.shape) {
        value(*property.shape, property.spoken, depth + 1);
      } else {
        quoted_text(Shape(), property.spoken);
      }
    }
    const bool open = !shape.closed;
    const std::uint64_t least = std::max<std::uint64_t>(shape.properties_min, free_members(shape, depth));
    for (int number = 1; open && left_out.empty() && members < std::min<std::uint64_t>(least, items_ever_max);
         ++number) {
      key(fmt::format("{}_{}", name.empty() ? "entry" : "item", number));
      if (shape.additional) {
        value(*shape.additional, name, depth + 1);
      } else {
        quoted_text(Shape(), name);
      }
    }
    if (!added.empty()) {
      key(added);
      out_ += "true";
    }
    out_ += '}';
  }

 private:
  // A map ("additionalProperties" alone) with nothing in it would be a dull answer.
  static std::uint64_t free_members(const Shape& shape, int depth) {
    return shape.properties.empty() && shape.additional && !shape.additional->nothing && depth < depth_plain ? 2 : 0;
  }

  const Shape& branch_of(const Shape& given, int depth) {
    const Shape* shape = &given;
    for (int hops = 0; !shape->alternatives.empty() && hops < 64; ++hops) {
      const auto& all = shape->alternatives;
      const bool may_be_null = all.size() > 1 && all.back()->types == std::vector{Type::null};
      const bool chooses_null = may_be_null && depth < depth_bare && draw_.chance(0.25);
      const auto end = may_be_null && depth < depth_bare ? all.end() - 1 : all.end();
      const auto lowest =
          std::min_element(all.begin(), end, [](const Shape* a, const Shape* b) { return a->height < b->height; });
      shape = chooses_null ? all.back() : depth < depth_plain ? all.front() : *lowest;
    }
    return *shape;
  }

  const Choice& choose(const Shape& shape, std::string_view name) {
    const auto& choices = shape.choices;
    if (choices.size() == 1) return choices.front();
    const bool about_language = name.find("language") != name.npos || name == "lang" || name == "locale";
    const auto known = about_language ? std::string(prose_.language()) : spoken(prose_.fact(name));
    for (const Choice& choice : choices)
      if (!known.empty() && choice.text == known) return choice;
    for (const Choice& choice : choices)
      if (choice.text.size() >= 4 && prose_.mentions(choice.text)) return choice;
    return choices[draw_.below(choices.size())];
  }

  Type type_for(const Shape& shape, std::string_view name, int depth) {
    if (shape.types.empty()) {
      if (!shape.properties.empty() || shape.additional) return Type::object;
      if (shape.items || !shape.prefix.empty() || shape.items_min > 0) return Type::array;
      if (shape.minimum || shape.maximum || shape.multiple_of > 0) return Type::number;
      return Type::string;
    }
    const bool may_be_null = shape.types.size() > 1 && shape.may_be(Type::null);
    const Type usual =
        shape.types.front() == Type::null && shape.types.size() > 1 ? shape.types[1] : shape.types.front();
    // Only what may hold itself again has no end.
    const bool may_go_on = usual == Type::object || usual == Type::array;
    if (may_be_null && may_go_on && depth >= depth_bare) return Type::null;
    if (may_be_null && prose_.fact(name).empty() && draw_.chance(0.3)) return Type::null;
    return usual;
  }

  void of_type(const Shape& shape, Type type, std::string_view name, int depth) {
    switch (type) {
      case Type::object:
        return object(shape, name, depth);
      case Type::array:
        return array(shape, name, depth);
      case Type::string:
        return quoted_text(shape, name);
      case Type::number:
      case Type::integer:
        return number(shape, type == Type::integer, name);
      case Type::boolean:
        out_ += draw_.chance(share_of_true(name)) ? "true" : "false";
        return;
      case Type::null:
        out_ += "null";
        return;
    }
  }

  // What asks for trouble is seldom so.
  static double share_of_true(std::string_view name) {
    for (const std::string_view start : {"is ", "has ", "needs", "tries", "contains", "requires", "flag"})
      if (name.starts_with(start)) return 0.15;
    return 0.75;
  }

  void array(const Shape& shape, std::string_view name, int depth) {
    const std::uint64_t fixed = shape.prefix.size();
    const std::uint64_t wanted = shape.contains ? shape.contains_min : 0;
    std::uint64_t least = std::max(shape.items_min, wanted);
    std::uint64_t most = std::max(least, std::min<std::uint64_t>(shape.items_max, std::max(fixed, usual_items_max)));
    if (depth >= depth_plain) most = least;
    if (depth < depth_plain && least == 0 && most > 0 && !is_of_the_exceptional(name)) least = 1;
    const std::uint64_t count = std::min(draw_.between(least, most), items_ever_max);
    std::vector<std::string> seen;
    out_ += '[';
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t begin = out_.size();
      if (i > 0) out_ += ',';
      element(shape, i, wanted, name, depth);
      if (!shape.unique && !shape.items) continue;
      // Twice the same looks silly where it is allowed, and is a fault where it is not.
      std::string text = out_.substr(begin + (i > 0 ? 1 : 0));
      for (int tries = 0; std::find(seen.begin(), seen.end(), text) != seen.end() && tries < 20; ++tries) {
        out_.resize(begin + (i > 0 ? 1 : 0));
        element(shape, i, wanted, name, depth);
        text = out_.substr(begin + (i > 0 ? 1 : 0));
      }
      const bool again = std::find(seen.begin(), seen.end(), text) != seen.end();
      if (again && i >= shape.items_min && i >= wanted) {
        out_.resize(begin);
        break;
      }
      seen.push_back(std::move(text));
    }
    out_ += ']';
  }

  // Lists of things to do are often empty.
  bool is_of_the_exceptional(std::string_view name) {
    for (const std::string_view word : {"action", "issue", "error", "warning", "risk", "problem"})
      if (name.find(word) != name.npos) return draw_.chance(0.5);
    return false;
  }

  void element(const Shape& shape, std::uint64_t i, std::uint64_t wanted, std::string_view name, int depth) {
    if (i < shape.prefix.size()) return value(*shape.prefix[i], name, depth + 1);
    if (shape.contains && i < wanted + shape.prefix.size() && !shape.items)
      return value(*shape.contains, name, depth + 1);
    if (shape.items) return value(*shape.items, name, depth + 1);
    quoted_text(Shape(), name);
  }

  void number(const Shape& shape, bool whole, std::string_view name) {
    double least = shape.minimum.value_or(shape.maximum ? std::min(0.0, *shape.maximum - 100) : 0.0);
    double most = shape.maximum.value_or(std::max(least, 0.0) + (least > 100 ? least : 100));
    if (const auto known = number_from(prose_.fact(name)); known && *known >= least && *known <= most) {
      const bool fits = shape.multiple_of == 0 && !shape.above_minimum && !shape.below_maximum;
      if (fits && (!whole || *known == std::floor(*known))) return put_number(*known, whole);
    }
    const double step = shape.multiple_of > 0 ? shape.multiple_of : whole ? 1.0 : 0.0;
    if (step > 0) {
      double first = std::ceil(least / step);
      double last = std::floor(most / step);
      if (shape.above_minimum && first * step <= least) ++first;
      if (shape.below_maximum && last * step >= most) --last;
      const double room = std::clamp(last - first, 0.0, 1e9);
      return put_number((first + static_cast<double>(draw_.below(static_cast<std::uint64_t>(room) + 1))) * step, whole);
    }
    const double drawn = least + (most - least) * (0.001 + 0.998 * draw_.unit());
    const double rounded = std::round(drawn * 100) / 100;
    put_number(rounded > least && rounded < most ? rounded : drawn, false);
  }

  static std::optional<double> number_from(std::string_view text) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  void put_number(double value, bool whole) {
    if (whole && std::abs(value) < 9e15) {
      out_ += std::to_string(static_cast<std::int64_t>(value));
    } else {
      json::Writer(out_).number(value);
    }
  }

  void quoted_text(const Shape& shape, std::string_view name) { json::append_quoted(out_, text(shape, name)); }

  std::string text(const Shape& shape, std::string_view name) {
    if (auto code = known_code(shape, name); !code.empty()) return code;
    if (!shape.pattern.empty()) return patterned(shape);
    std::string made = formatted(shape.format);
    if (made.empty()) made = prose_.text_for(name, std::min(shape.length_max, room_for(shape)), draw_);
    std::uint64_t characters = characters_of(made);
    while (characters < std::min(shape.length_min, text_ever_max)) {
      made += made.empty() ? "text" : " " + prose_.word(draw_);
      characters = characters_of(made);
    }
    if (characters > shape.length_max) made = hard_cut(made, shape.length_max);
    return made;
  }

  // Letters that mean something where a schema asks for so many of them: the message's own, else a common one.
  std::string known_code(const Shape& shape, std::string_view name) {
    constexpr std::array<std::string_view, 8> currencies{"EUR", "USD", "GBP", "CHF", "SEK", "PLN", "JPY", "CNY"};
    constexpr std::array<std::string_view, 8> countries{"DE", "FR", "NL", "GB", "US", "AT", "PL", "JP"};
    const bool money = name.find("currency") != name.npos;
    if (!money && name.find("country") == name.npos) return {};
    const std::uint64_t letters = money ? 3 : 2;
    const bool any = shape.pattern.empty() && shape.format.empty() && (money || shape.length_max == letters);
    const bool fits = shape.length_min <= letters && shape.length_max >= letters;
    if (!fits || (!any && !wants_capitals(shape.pattern, letters))) return {};
    const auto& codes = money ? currencies : countries;
    for (const std::string_view code : codes)
      if (prose_.says(code)) return std::string(code);
    return std::string(codes[draw_.below(codes.size())]);
  }

  static bool wants_capitals(std::string_view pattern, std::uint64_t letters) {
    if (pattern.starts_with('^')) pattern.remove_prefix(1);
    if (pattern.ends_with('$')) pattern.remove_suffix(1);
    const std::string each = "[A-Z]";
    return pattern == fmt::format("[A-Z]{{{}}}", letters) || pattern == each + each + (letters == 3 ? each : "");
  }

  static std::uint64_t room_for(const Shape& shape) {
    return shape.length_max == UINT64_MAX ? usual_text_max : std::min<std::uint64_t>(shape.length_max, 600);
  }

  static std::string hard_cut(std::string_view text, std::uint64_t characters_max) {
    std::size_t end = 0;
    for (std::uint64_t characters = 0; end < text.size(); ++end)
      if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && ++characters > characters_max) break;
    return std::string(text.substr(0, end));
  }

  std::string patterned(const Shape& shape) {
    constexpr std::uint64_t tries_near = 16;
    constexpr std::uint64_t tries_max = 32;
    std::string best;
    for (std::uint64_t tries = 0; tries < tries_max; ++tries) {
      const std::uint64_t far = std::min(2 * shape.length_min, text_ever_max);
      best = text_matching(shape.pattern, tries < tries_near ? tries : far, draw_);
      const auto characters = characters_of(best);
      if (characters >= shape.length_min && characters <= shape.length_max) break;
    }
    return best;
  }

  std::string formatted(std::string_view format) {
    const auto two = [this](std::uint64_t least, std::uint64_t most) {
      return fmt::format("{:02}", draw_.between(least, most));
    };
    if (format == "date") return "2026-" + two(1, 12) + "-" + two(1, 28);
    if (format == "time") return two(0, 23) + ":" + two(0, 59) + ":" + two(0, 59) + "Z";
    if (format == "date-time") return formatted("date") + "T" + formatted("time");
    if (format == "duration") return fmt::format("P{}D", draw_.between(1, 30));
    if (format == "email" || format == "idn-email") return fmt::format("{}@example.com", plain_word());
    if (format == "hostname" || format == "idn-hostname") return fmt::format("{}.example.com", plain_word());
    if (format == "uri" || format == "iri" || format == "uri-reference" || format == "iri-reference")
      return fmt::format("https://example.com/{}", plain_word());
    if (format == "uri-template") return "https://example.com/{id}";
    if (format == "ipv4") return fmt::format("192.0.2.{}", draw_.between(1, 254));
    if (format == "ipv6") return fmt::format("2001:db8::{:x}", draw_.between(1, 65535));
    if (format == "json-pointer") return "/" + plain_word();
    if (format == "relative-json-pointer") return "0/" + plain_word();
    if (format == "regex") return "^" + plain_word() + "$";
    if (format == "uuid") {
      const auto high = draw_.next();
      const auto low = draw_.next();
      return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFF,
                         low >> 52, low & 0xFFFF'FFFF'FFFF);
    }
    return {};
  }

  // ASCII letters only.
  std::string plain_word() {
    std::string word = prose_.word(draw_);
    std::erase_if(word, [](char c) { return c < 'a' || c > 'z'; });
    return word.empty() ? "example" : word;
  }

  const Prose& prose_;
  Draw& draw_;
  std::string& out_;
};

}  // namespace

void invent(const Shape& shape, const Prose& prose, Draw& draw, std::string& out) {
  Inventor(prose, draw, out).value(shape, {}, 0);
}

void invent_mismatch(const Shape& given, const Prose& prose, Draw& draw, std::string& out) {
  const Shape* shape = &given;
  while (!shape->alternatives.empty())
    shape = shape->alternatives.front();
  Inventor inventor(prose, draw, out);
  std::vector<std::string_view> required;
  for (const auto& property : shape->properties)
    if (property.required) required.push_back(property.name);
  const bool is_object = shape->may_be(Type::object) && !shape->has_choices;
  if (is_object && !required.empty()) return inventor.object(*shape, {}, 0, required[draw.below(required.size())]);
  if (is_object && shape->closed) return inventor.object(*shape, {}, 0, {}, "unexpected");
  if (!shape->types.empty() && !shape->may_be(Type::string)) {
    out += "\"unexpected\"";
  } else if (!shape->types.empty() && !shape->may_be(Type::array)) {
    out += "[]";
  } else {
    invent(given, prose, draw, out);
  }
}

}  // namespace batchd::simulator
