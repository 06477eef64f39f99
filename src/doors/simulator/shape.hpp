#pragma once
// What a JSON Schema asks for, read well enough to make something up that fits: type, enum, const, properties,
// required, additionalProperties, items, prefixItems, contains, bounds of lengths and numbers, multipleOf, uniqueItems,
// pattern, format, allOf (merged), anyOf and oneOf (one branch), $ref within the document. What it does not read
// (not, if, dependent…, $ref elsewhere) may make an answer that does not conform: so do real models.
//
// Written without rules/schema on purpose (law 7).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/result.hpp"

namespace batchd::simulator {

enum class Type : std::uint8_t { object, array, string, number, integer, boolean, null };

// One of the values an enum or const allows.
struct Choice {
  std::string json;
  std::string text;  // of a string, in lower case, "_" and "-" as blanks; else empty
};

struct Shape {
  struct Property {
    std::string name;
    std::string spoken;  // in lower case, "_" and "-" as blanks: how a text would name it
    const Shape* shape = nullptr;
    bool required = false;
  };

  bool nothing = false;         // the schema `false`
  std::vector<Type> types;      // empty: any
  std::vector<Choice> choices;  // empty: not limited
  bool has_choices = false;     // true with no choices left: nothing fits
  std::vector<Property> properties;
  const Shape* additional = nullptr;  // what further properties must be; null: anything
  bool closed = false;                // additionalProperties: false
  bool entangled = false;             // dependent…: give every property
  std::uint64_t properties_min = 0;
  const Shape* items = nullptr;
  std::vector<const Shape*> prefix;
  const Shape* contains = nullptr;
  std::uint64_t contains_min = 1;
  std::uint64_t items_min = 0;
  std::uint64_t items_max = UINT64_MAX;
  bool unique = false;
  std::uint64_t length_min = 0;
  std::uint64_t length_max = UINT64_MAX;  // in characters
  std::string pattern;
  std::string format;
  std::optional<double> minimum, maximum;
  bool above_minimum = false, below_maximum = false;  // exclusive
  double multiple_of = 0;                             // 0: any
  std::vector<const Shape*> alternatives;             // anyOf, oneOf: each merged with what stands beside it
  std::uint32_t height = 0;                           // levels a value needs at least

  bool may_be(Type type) const;
};

class ShapeSet {
 public:
  // ErrorKind::invalid: the text is not JSON.
  static Result<ShapeSet> read(std::string_view schema_text);
  const Shape& root() const { return *root_; }

 private:
  friend class ShapeReader;
  std::vector<std::unique_ptr<Shape>> shapes_;
  const Shape* root_ = nullptr;
};

// "sent_by-whom" → "sent by whom".
std::string spoken(std::string_view name);

}  // namespace batchd::simulator
