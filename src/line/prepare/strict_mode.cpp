#include "line/prepare/strict_mode.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::prepare {
namespace {

using json::Kind;
using json::View;

// What OpenAI says it takes in one schema.
constexpr std::size_t properties_max = 5'000;
constexpr std::size_t enum_values_max = 1'000;
constexpr std::size_t names_and_values_bytes_max = 120'000;
constexpr std::size_t object_levels_max = 10;
constexpr std::size_t schema_levels_max = 24;  // objects, lists and alternatives: ours, and the writer's stack

enum class Treatment { copied, counted_out, skipped, impossible };

struct Rule {
  std::string_view keyword;
  Treatment treatment;
};
// What holds schemas is written by hand. Whatever is not named here is an annotation, and skipped.
constexpr std::array<Rule, 33> rules = {{
    {"title", Treatment::copied},
    {"description", Treatment::copied},
    {"minimum", Treatment::copied},
    {"maximum", Treatment::copied},
    {"multipleOf", Treatment::copied},
    {"minItems", Treatment::copied},
    {"maxItems", Treatment::copied},
    {"minLength", Treatment::counted_out},
    {"maxLength", Treatment::counted_out},
    {"uniqueItems", Treatment::counted_out},
    {"contains", Treatment::counted_out},
    {"minContains", Treatment::counted_out},
    {"maxContains", Treatment::counted_out},
    {"minProperties", Treatment::counted_out},
    {"maxProperties", Treatment::counted_out},
    {"propertyNames", Treatment::counted_out},
    {"dependentRequired", Treatment::counted_out},
    {"dependentSchemas", Treatment::counted_out},
    {"dependencies", Treatment::counted_out},
    {"if", Treatment::counted_out},
    {"not", Treatment::counted_out},
    {"unevaluatedProperties", Treatment::counted_out},
    {"unevaluatedItems", Treatment::counted_out},
    {"prefixItems", Treatment::impossible},
    {"additionalItems", Treatment::impossible},
    {"patternProperties", Treatment::impossible},
    {"$dynamicRef", Treatment::impossible},
    {"$recursiveRef", Treatment::impossible},
    {"allOf", Treatment::impossible},  // but for one that stands alone
    {"then", Treatment::skipped},      // said by "if"
    {"else", Treatment::skipped},
    {"default", Treatment::skipped},
    {"examples", Treatment::skipped},
}};

constexpr std::array<std::string_view, 9> formats = {"date-time", "date", "time", "duration", "email",
                                                     "hostname",  "ipv4", "ipv6", "uuid"};

bool holds(View list, std::string_view text) {
  for (const View element : list.elements())
    if (element.as_string() == text) return true;
  return false;
}

bool says_type(View schema, std::string_view type) {
  const View types = schema.find("type");
  return types.as_string() == type || holds(types, type);
}

// Its own engine of patterns knows no looking around and no looking back.
bool is_plain_pattern(std::string_view pattern) {
  for (std::size_t at = 0; at + 1 < pattern.size(); ++at) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("(?") && !rest.starts_with("(?:")) return false;
    if (rest.front() != '\\') continue;
    if (std::string_view("123456789kpPbBu").find(rest[1]) != std::string_view::npos) return false;
    ++at;
  }
  return true;
}

std::string_view type_of(View value) {
  if (value.is(Kind::number)) return value.as_int64() ? "integer" : "number";
  return json::name_of(value.kind());
}

bool is_scalar(View value) { return !value.is(Kind::object) && !value.is(Kind::array); }

class Rewriter {
 public:
  Result<StrictSchema> rewrite(View root) {
    if (root.find("type").as_string() != "object" || root.find("anyOf") || root.find("oneOf") || root.find("$ref"))
      return Error(ErrorKind::invalid, "the answer is not simply an object");
    if (!schema(root, {"", "", 0, 0})) return Error(ErrorKind::invalid, fault_);
    if (properties_ > properties_max || enum_values_ > enum_values_max || bytes_ > names_and_values_bytes_max)
      return Error(ErrorKind::invalid, "it has more properties or fixed values than strict mode takes");
    return std::move(strict_);
  }

 private:
  struct Place {
    std::string in_schema;
    std::string in_answer;
    std::size_t levels;
    std::size_t object_levels;
    Place below(std::string_view steps) const {
      return {fmt::format("{}/{}", in_schema, steps), in_answer, levels + 1, object_levels};
    }
  };

  bool fail(const Place& place, std::string_view why) {
    fault_ = fmt::format("{}: {}", place.in_schema.empty() ? "the schema" : place.in_schema, why);
    return false;
  }

  void leave_out(std::string_view keyword) {
    auto& all = strict_.left_out;
    if (std::find(all.begin(), all.end(), keyword) == all.end()) all.emplace_back(keyword);
  }

  bool schema(View schema, const Place& place) {
    if (!schema.is(Kind::object)) return fail(place, "true or false is no schema in strict mode");
    if (place.levels > schema_levels_max || place.object_levels > object_levels_max)
      return fail(place, "it is nested deeper than strict mode takes");
    if (const View reference = schema.find("$ref")) return this->reference(schema, reference, place);
    if (const View all = schema.find("allOf"); all.size() == 1 && stands_alone(schema, "allOf"))
      return this->schema(all.at(0), place.below("allOf/0"));
    if (schema.find("$id") && !place.in_schema.empty()) return fail(place, "$id makes it a document of its own");
    out_.begin_object();
    if (!type(schema, place)) return false;
    for (const auto [keyword, value] : schema.members())
      if (!member(keyword, value, place)) return false;
    if (is_object(schema) && !object(schema, place)) return false;
    if (says_type(schema, "array") && !schema.find("items")) return fail(place, "a list that does not say of what");
    out_.end_object();
    return true;
  }

  // Beside what only describes.
  static bool stands_alone(View schema, std::string_view keyword) {
    for (const auto [key, value] : schema.members())
      if (key != keyword && key != "title" && key != "description" && key != "default" && key != "examples" &&
          !key.starts_with("$") && !key.starts_with("x-"))
        return false;
    return !schema.find("$defs");
  }

  // Strict mode refuses a line whose $ref has anything beside it.
  bool reference(View schema, View reference, const Place& place) {
    const std::string_view to = reference.as_string().value_or("");
    const bool is_within = to == "#" || ((to.starts_with("#/$defs/") || to.starts_with("#/definitions/")) &&
                                         std::count(to.begin(), to.end(), '/') == 2);
    if (!is_within) return fail(place, fmt::format("$ref to {} is not within $defs", json::quoted(to)));
    for (const auto [key, value] : schema.members())
      if (key != "$ref" && says_something(key)) leave_out(key);
    out_.begin_object().key("$ref").string(to).end_object();
    return true;
  }

  static bool says_something(std::string_view keyword) {
    static constexpr std::array<std::string_view, 12> words = {
        "type",  "enum",    "const",   "anyOf",  "oneOf", "required", "properties", "additionalProperties",
        "items", "pattern", "minimum", "maximum"};
    if (std::find(words.begin(), words.end(), keyword) != words.end()) return true;
    const Rule* rule = rule_of(keyword);
    return rule != nullptr && rule->treatment == Treatment::counted_out;
  }

  static const Rule* rule_of(std::string_view keyword) {
    const auto* const found =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.keyword == keyword; });
    return found == rules.end() ? nullptr : found;
  }

  // Every schema must say one, or be a $ref or a choice of several.
  bool type(View schema, const Place& place) {
    if (const View types = schema.find("type")) {
      out_.key("type").value(types);
      return true;
    }
    if (schema.find("anyOf") || schema.find("oneOf")) return true;
    std::vector<std::string_view> types;
    const auto add = [&](View value) {
      if (std::find(types.begin(), types.end(), type_of(value)) == types.end()) types.push_back(type_of(value));
    };
    if (const View only = schema.find("const")) add(only);
    for (const View value : schema.find("enum").elements())
      add(value);
    if (types.empty() && schema.find("properties")) types.emplace_back("object");
    if (types.empty() && schema.find("items")) types.emplace_back("array");
    if (types.empty()) return fail(place, "it does not say of which type it is");
    out_.key("type");
    if (types.size() == 1) {
      out_.string(types.front());
      return true;
    }
    out_.begin_array();
    for (const auto name : types)
      out_.string(name);
    out_.end_array();
    return true;
  }

  bool member(std::string_view keyword, View value, const Place& place) {
    if (keyword == "enum" || keyword == "const") return choice(keyword, value, place);
    if (keyword == "anyOf") return alternatives(value, place.below("anyOf"));
    if (keyword == "oneOf") {
      leave_out("oneOf");  // that it is not two of them at once
      return alternatives(value, place.below("oneOf"));
    }
    if (keyword == "items") {
      out_.key("items");
      return schema(value, answer_below(place.below("items"), "*"));
    }
    if (keyword == "$defs" || keyword == "definitions") return definitions(keyword, value, place);
    if (keyword == "pattern") return copied_if(is_plain_pattern(value.as_string().value_or("")), keyword, value);
    if (keyword == "format")
      return copied_if(std::find(formats.begin(), formats.end(), value.as_string()) != formats.end(), keyword, value);
    if (keyword == "exclusiveMinimum" || keyword == "exclusiveMaximum")  // true or false in draft 4
      return copied_if(value.is(Kind::number), keyword, value);
    const Rule* rule = rule_of(keyword);
    if (rule == nullptr || rule->treatment == Treatment::skipped) return true;
    if (rule->treatment == Treatment::impossible) return fail(place, fmt::format("{} cannot be said", keyword));
    return copied_if(rule->treatment == Treatment::copied, keyword, value);
  }

  bool copied_if(bool is_taken, std::string_view keyword, View value) {
    if (is_taken)
      out_.key(keyword).value(value);
    else
      leave_out(keyword);
    return true;
  }

  bool choice(std::string_view keyword, View value, const Place& place) {
    const auto count = [&](View one) {
      ++enum_values_;
      bytes_ += one.source_text().size();
      return is_scalar(one);
    };
    bool all_scalar = keyword == "enum" || count(value);
    if (keyword == "enum")
      for (const View one : value.elements())
        all_scalar = count(one) && all_scalar;
    if (!all_scalar) return fail(place, fmt::format("{} has an object or a list among its values", keyword));
    out_.key(keyword).value(value);
    return true;
  }

  bool alternatives(View list, const Place& place) {
    out_.key("anyOf").begin_array();
    std::size_t n = 0;
    for (const View one : list.elements())
      if (!schema(one, place.below(std::to_string(n++)))) return false;
    out_.end_array();
    return true;
  }

  bool definitions(std::string_view keyword, View map, const Place& place) {
    out_.key(keyword).begin_object();
    for (const auto [name, value] : map.members()) {
      bytes_ += name.size();
      out_.key(name);
      if (!schema(value, {fmt::format("/{}/{}", keyword, name), fmt::format("({})", name), place.levels + 1, 0}))
        return false;
    }
    out_.end_object();
    return true;
  }

  static bool is_object(View schema) { return schema.find("properties") || says_type(schema, "object"); }

  bool object(View schema, const Place& place) {
    const View properties = schema.find("properties");
    const View others = schema.find("additionalProperties");
    const bool is_closed = others.as_bool() == false;
    if (others.is(Kind::object)) return fail(place, "an object whose keys are not listed");
    if (properties.size() == 0 && !is_closed) return fail(place, "an object that lists no properties");
    for (const View name : schema.find("required").elements())
      if (!properties.find(name.as_string().value_or("")))
        return fail(place, fmt::format("{} is required and not among the properties", name.source_text()));
    out_.key("properties").begin_object();
    for (const auto [name, property] : properties.members()) {
      ++properties_;
      bytes_ += name.size();
      Place here = answer_below(place.below(fmt::format("properties/{}", name)), name);
      ++here.object_levels;
      if (!holds(schema.find("required"), name)) strict_.made_required.push_back(here.in_answer);
      out_.key(name);
      if (!this->schema(property, here)) return false;
    }
    out_.end_object().key("required").begin_array();
    for (const auto [name, property] : properties.members())
      out_.string(name);
    out_.end_array().key("additionalProperties").boolean(false);
    return true;
  }

  static Place answer_below(Place place, std::string_view step) {
    place.in_answer += fmt::format("/{}", step);
    return place;
  }

  StrictSchema strict_;
  json::Writer out_{strict_.text};
  std::string fault_;
  std::size_t properties_ = 0;
  std::size_t enum_values_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<StrictSchema> strict_schema(View schema) { return Rewriter().rewrite(schema); }

}  // namespace batchd::prepare
