#include "doors/simulator/shape.hpp"

#include <algorithm>
#include <map>

#include "ground/json/document.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint32_t nesting_max = 12;  // of schemas merged into one another: deeper is taken as "anything"
constexpr std::size_t shapes_max = 5'000;
constexpr std::uint32_t steps_max = 50'000;  // of merging: schemas that refer to themselves in every branch have no end

std::optional<Type> type_named(std::string_view name) {
  constexpr std::string_view names[] = {"object", "array", "string", "number", "integer", "boolean", "null"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name) return static_cast<Type>(i);
  return std::nullopt;
}

template <typename T, typename Predicate>
void keep_if(std::vector<T>& list, Predicate predicate) {
  std::erase_if(list, [&](const T& element) { return !predicate(element); });
}

void limit_types(Shape& shape, const std::vector<Type>& types) {
  if (types.empty()) return;
  if (shape.types.empty()) {
    shape.types = types;
    return;
  }
  const auto has = [](const std::vector<Type>& list, Type type) {
    return std::find(list.begin(), list.end(), type) != list.end();
  };
  for (Type& type : shape.types)
    if (type == Type::number && !has(types, Type::number) && has(types, Type::integer)) type = Type::integer;
  keep_if(shape.types,
          [&](Type type) { return has(types, type) || (type == Type::integer && has(types, Type::number)); });
  if (shape.types.empty()) shape.nothing = true;
}

void limit_choices(Shape& shape, std::vector<Choice> choices) {
  if (shape.has_choices) {
    keep_if(shape.choices, [&](const Choice& mine) {
      return std::any_of(choices.begin(), choices.end(), [&](const Choice& other) { return other.json == mine.json; });
    });
  } else {
    shape.choices = std::move(choices);
  }
  shape.has_choices = true;
}

template <typename T>
void raise(std::optional<T>& least, std::optional<T> other) {
  if (other && (!least || *other > *least)) least = other;
}
template <typename T>
void lower(std::optional<T>& most, std::optional<T> other) {
  if (other && (!most || *other < *most)) most = other;
}

Choice choice_of(json::View value) {
  Choice choice{std::string(value.source_text()), {}};
  if (const auto text = value.as_string()) choice.text = spoken(*text);
  return choice;
}

}  // namespace

std::string spoken(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    text += c == '_' || c == '-' ? ' ' : upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

bool Shape::may_be(Type type) const {
  if (types.empty()) return true;
  return std::any_of(types.begin(), types.end(),
                     [&](Type t) { return t == type || (type == Type::integer && t == Type::number); });
}

class ShapeReader {
 public:
  ShapeReader(ShapeSet& set, json::View document) : set_(set), document_(document) {}

  const Shape* read_root() {
    const Shape* root = shape_of(document_);
    measure_heights();
    return root;
  }

 private:
  Shape* make() {
    set_.shapes_.push_back(std::make_unique<Shape>());
    return set_.shapes_.back().get();
  }

  // One shape for each place in the document: a schema that refers to itself becomes a ring.
  const Shape* shape_of(json::View schema) {
    if (const auto known = known_.find(schema.index()); known != known_.end()) return known->second;
    Shape* shape = make();
    known_[schema.index()] = shape;
    if (set_.shapes_.size() < shapes_max) fill(*shape, schema, 0);
    return shape;
  }

  json::View target_of(json::View schema) const {
    const auto reference = schema.find("$ref").as_string();
    if (!reference || !reference->starts_with('#')) return {};
    return document_.at_pointer(reference->substr(1));
  }

  using Lists = std::vector<json::View>;  // anyOf and oneOf, met and not yet chosen from

  void fill(Shape& shape, json::View schema, std::uint32_t nesting) {
    Lists lists;
    add(shape, schema, nesting, lists);
    branch(shape, lists, nesting);
  }

  // Limits `shape` by what `schema` says of every value.
  void add(Shape& shape, json::View schema, std::uint32_t nesting, Lists& lists) {
    if (const auto all_or_nothing = schema.as_bool()) {
      shape.nothing = shape.nothing || !*all_or_nothing;
      return;
    }
    if (!schema.is(json::Kind::object) || nesting > nesting_max || ++steps_ > steps_max) return;
    add_values(shape, schema);
    add_object(shape, schema);
    add_array(shape, schema);
    add_bounds(shape, schema);
    for (const json::View part : schema.find("allOf").elements())
      add(shape, part, nesting + 1, lists);
    if (const auto target = target_of(schema)) add(shape, target, nesting + 1, lists);
    for (const std::string_view word : {"anyOf", "oneOf"})
      if (const auto list = schema.find(word); list.size() > 0) lists.push_back(list);
  }

  // Each branch of the first list becomes a shape of its own that holds all that is said beside it; of further lists
  // the first branch is taken.
  void branch(Shape& shape, const Lists& lists, std::uint32_t nesting) {
    if (lists.empty()) return;
    for (const json::View one : lists.front().elements()) {
      if (set_.shapes_.size() >= shapes_max || steps_ > steps_max) break;
      Shape* merged = make();
      *merged = shape;
      merged->alternatives.clear();
      Lists inner;
      add(*merged, one, nesting + 1, inner);
      for (std::size_t i = 1; i < lists.size(); ++i)
        add(*merged, lists[i].at(0), nesting + 1, inner);
      if (nesting < nesting_max) branch(*merged, inner, nesting + 1);
      if (!merged->nothing) shape.alternatives.push_back(merged);
    }
  }

  void add_values(Shape& shape, json::View schema) {
    std::vector<Type> types;
    const auto type = schema.find("type");
    if (const auto one = type_named(type.as_string().value_or(""))) types.push_back(*one);
    for (const json::View element : type.elements())
      if (const auto one = type_named(element.as_string().value_or(""))) types.push_back(*one);
    limit_types(shape, types);
    if (const auto one = schema.find("const")) limit_choices(shape, {choice_of(one)});
    if (const auto list = schema.find("enum"); list.is(json::Kind::array)) {
      std::vector<Choice> choices;
      for (const json::View value : list.elements())
        choices.push_back(choice_of(value));
      limit_choices(shape, std::move(choices));
    }
  }

  Shape::Property& property_of(Shape& shape, std::string_view name) {
    for (auto& property : shape.properties)
      if (property.name == name) return property;
    shape.properties.push_back({std::string(name), spoken(name), nullptr, false});
    return shape.properties.back();
  }

  const Shape* both(const Shape* first, json::View second) {
    if (!first) return shape_of(second);
    Shape* merged = make();
    *merged = *first;
    fill(*merged, second, 1);
    return merged;
  }

  void add_object(Shape& shape, json::View schema) {
    for (const auto& [name, value] : schema.find("properties").members()) {
      auto& property = property_of(shape, name);
      property.shape = both(property.shape, value);
    }
    for (const json::View name : schema.find("required").elements())
      if (const auto text = name.as_string()) property_of(shape, *text).required = true;
    if (const auto additional = schema.find("additionalProperties")) {
      if (additional.as_bool() == std::optional(false)) shape.closed = true;
      if (additional.is(json::Kind::object)) shape.additional = both(shape.additional, additional);
    }
    for (const std::string_view word : {"dependentRequired", "dependentSchemas", "dependencies"})
      if (schema.find(word)) shape.entangled = true;
    shape.properties_min = std::max(shape.properties_min, count(schema, "minProperties", 0));
  }

  void add_array(Shape& shape, json::View schema) {
    const auto prefix = schema.find("prefixItems");
    const auto items = schema.find("items");
    if (shape.prefix.empty())
      for (const json::View element : (prefix ? prefix : items).elements())
        shape.prefix.push_back(shape_of(element));
    if (items && !items.is(json::Kind::array)) shape.items = both(shape.items, items);
    if (const auto contains = schema.find("contains")) {
      shape.contains = both(shape.contains, contains);
      shape.contains_min = count(schema, "minContains", 1);
    }
    shape.items_min = std::max(shape.items_min, count(schema, "minItems", 0));
    shape.items_max = std::min(shape.items_max, count(schema, "maxItems", UINT64_MAX));
    if (items.as_bool() == std::optional(false)) shape.items_max = std::min(shape.items_max, shape.prefix.size());
    shape.unique = shape.unique || schema.find("uniqueItems").as_bool().value_or(false);
  }

  void add_bounds(Shape& shape, json::View schema) {
    shape.length_min = std::max(shape.length_min, count(schema, "minLength", 0));
    shape.length_max = std::min(shape.length_max, count(schema, "maxLength", UINT64_MAX));
    if (const auto pattern = schema.find("pattern").as_string()) shape.pattern = *pattern;
    if (const auto format = schema.find("format").as_string()) shape.format = *format;
    raise(shape.minimum, schema.find("minimum").as_double());
    lower(shape.maximum, schema.find("maximum").as_double());
    if (const auto bound = schema.find("exclusiveMinimum").as_double(); bound && bound >= shape.minimum) {
      shape.minimum = bound;
      shape.above_minimum = true;
    }
    if (const auto bound = schema.find("exclusiveMaximum").as_double();
        bound && (!shape.maximum || *bound <= *shape.maximum)) {
      shape.maximum = bound;
      shape.below_maximum = true;
    }
    if (const auto step = schema.find("multipleOf").as_double(); step && *step > 0) shape.multiple_of = *step;
  }

  static std::uint64_t count(json::View schema, std::string_view word, std::uint64_t otherwise) {
    const auto value = schema.find(word).as_int64();
    return value && *value >= 0 ? static_cast<std::uint64_t>(*value) : otherwise;
  }

  // The smallest nesting a value of each shape can do with, by going round until nothing changes: deep inside a
  // schema that refers to itself, the way out is the branch with the least.
  void measure_heights() {
    constexpr std::uint32_t unknown = 1'000;
    for (auto& shape : set_.shapes_)
      shape->height = unknown;
    for (bool changed = true; changed;) {
      changed = false;
      for (auto& shape : set_.shapes_) {
        const std::uint32_t height = height_of(*shape);
        if (height < shape->height) {
          shape->height = height;
          changed = true;
        }
      }
    }
  }

  static std::uint32_t height_of(const Shape& shape) {
    if (!shape.alternatives.empty()) {
      std::uint32_t least = UINT32_MAX;
      for (const Shape* one : shape.alternatives)
        least = std::min(least, one->height);
      return least;
    }
    if (shape.has_choices || shape.types.empty()) return 0;
    std::uint32_t least = UINT32_MAX;
    for (const Type type : shape.types) {
      std::uint32_t height = 0;
      if (type == Type::object)
        for (const auto& property : shape.properties)
          if (property.required && property.shape) height = std::max(height, 1 + property.shape->height);
      if (type == Type::array && shape.items_min > 0 && shape.items) height = 1 + shape.items->height;
      least = std::min(least, height);
    }
    return least;
  }

  ShapeSet& set_;
  json::View document_;
  std::map<std::uint32_t, Shape*> known_;
  std::uint32_t steps_ = 0;
};

Result<ShapeSet> ShapeSet::read(std::string_view schema_text) {
  json::Document document;
  const auto root = document.parse(schema_text);
  if (!root) return root.error().within("the schema for made-up answers");
  ShapeSet set;
  set.root_ = ShapeReader(set, *root).read_root();
  return set;
}

}  // namespace batchd::simulator
