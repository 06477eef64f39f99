#pragma once
// The words of the standard: which there are, which vocabulary each belongs to, and where subschemas hide in them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace batchd::schema {

enum class Vocabulary : std::uint8_t {
  core,
  applicator,
  unevaluated,
  validation,
  metadata,
  format_annotation,
  format_assertion,
  content,
};

enum class Word : std::uint8_t {
  schema,
  id,
  ref,
  anchor,
  dynamic_ref,
  dynamic_anchor,
  vocabulary,
  comment,
  defs,
  recursive_ref,
  prefix_items,
  items,
  contains,
  additional_properties,
  properties,
  pattern_properties,
  dependent_schemas,
  property_names,
  if_,
  then_,
  else_,
  all_of,
  any_of,
  one_of,
  not_,
  dependencies,
  definitions,
  unevaluated_items,
  unevaluated_properties,
  type,
  const_,
  enum_,
  multiple_of,
  maximum,
  exclusive_maximum,
  minimum,
  exclusive_minimum,
  max_length,
  min_length,
  pattern,
  max_items,
  min_items,
  unique_items,
  max_contains,
  min_contains,
  max_properties,
  min_properties,
  required,
  dependent_required,
  title,
  description,
  default_,
  deprecated,
  read_only,
  write_only,
  examples,
  format,
  content_encoding,
  content_media_type,
  content_schema,
};
inline constexpr std::size_t word_count = static_cast<std::size_t>(Word::content_schema) + 1;

enum class Inside : std::uint8_t { no_schema, schema, schemas, schema_map, schema_or_list_map };

struct WordFacts {
  Word word;
  std::string_view name;
  Vocabulary vocabulary;
  Inside inside = Inside::no_schema;
  std::string_view refused = {};  // why it is not in force; empty when it is
};

const WordFacts* find_word(std::string_view name);  // null: not of the standard
const WordFacts& facts_of(Word word);

// One `$schema`: which vocabularies it turns on.
class Dialect {
 public:
  static Dialect draft_2020_12();
  static Dialect of_no_vocabulary() { return Dialect(0); }
  void turn_on(Vocabulary vocabulary) { bits_ |= bit(vocabulary); }
  bool has(Vocabulary vocabulary) const { return (bits_ & bit(vocabulary)) != 0; }
  // `format` belongs to two vocabularies; every other word to one.
  bool has(const WordFacts& word) const;

 private:
  explicit Dialect(std::uint32_t bits) : bits_(bits) {}
  static std::uint32_t bit(Vocabulary vocabulary) { return 1U << static_cast<unsigned>(vocabulary); }
  std::uint32_t bits_;
};

inline constexpr std::string_view draft_2020_12_uri = "https://json-schema.org/draft/2020-12/schema";
inline constexpr std::string_view drafts_in_force = "draft 2020-12 (\"https://json-schema.org/draft/2020-12/schema\")";

std::optional<Vocabulary> find_vocabulary(std::string_view uri);

}  // namespace batchd::schema
