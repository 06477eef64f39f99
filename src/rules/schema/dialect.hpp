#pragma once
// The words of the standard: which there are, which drafts have them, which vocabulary each belongs to, and where
// subschemas hide in them. What else differs between drafts is asked of the Dialect.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "rules/schema/schema.hpp"

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
constexpr std::uint32_t bit_of(Vocabulary vocabulary) { return 1U << static_cast<unsigned>(vocabulary); }

enum class Word : std::uint8_t {
  schema,
  id,
  old_id,
  ref,
  anchor,
  dynamic_ref,
  dynamic_anchor,
  vocabulary,
  comment,
  defs,
  recursive_ref,
  recursive_anchor,
  prefix_items,
  items,
  additional_items,
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

enum class Inside : std::uint8_t { no_schema, schema, schemas, schema_or_schemas, schema_map, schema_or_list_map };

struct WordFacts {
  Word word;
  std::string_view name;
  Vocabulary vocabulary;
  Inside inside = Inside::no_schema;
  Draft first = Draft::draft_4;  // the drafts that have it, those between included
  Draft last = Draft::draft_2020_12;
  std::string_view refused = {};  // why it may not even be an annotation in other drafts; empty when it may
};

const WordFacts* find_word(std::string_view name);  // null: not of the standard
const WordFacts& facts_of(Word word);

inline constexpr std::array every_draft{Draft::draft_4, Draft::draft_6, Draft::draft_7, Draft::draft_2019_09,
                                        Draft::draft_2020_12};
std::string_view uri_of(Draft draft);  // what $schema says, without fragment
// Their URIs in quotes, the newest first: for messages.
std::string list_of_drafts();

// What one `$schema` means: a draft, and which of its vocabularies are on.
class Dialect {
 public:
  // The draft as its own metaschema describes it.
  explicit Dialect(Draft draft);
  // Of a metaschema with a $vocabulary of its own: the core alone, to begin with.
  static Dialect core_of(Draft draft);
  // The error names what is unknown and demanded. `demanded` false: known or not, nobody minds.
  Status turn_on(std::string_view vocabulary_uri, bool demanded);

  Draft draft() const { return draft_; }
  bool in_draft(const WordFacts& word) const { return word.first <= draft_ && draft_ <= word.last; }
  bool has(const WordFacts& word) const { return in_draft(word) && (bits_ & bits_of(word)) != 0; }
  bool demands_formats() const { return (bits_ & bit_of(Vocabulary::format_assertion)) != 0; }

  // Where the drafts differ in more than words.
  bool has_vocabularies() const { return draft_ >= Draft::draft_2019_09; }
  Word id() const { return draft_ == Draft::draft_4 ? Word::old_id : Word::id; }
  bool id_may_be_anchor() const { return draft_ <= Draft::draft_7; }  // "$id": "#here"
  bool reference_hides_siblings() const { return draft_ <= Draft::draft_7; }
  bool limits_have_switches() const { return draft_ == Draft::draft_4; }     // exclusiveMinimum is a boolean
  bool integers_are_written_so() const { return draft_ == Draft::draft_4; }  // 1.0 is none
  bool items_may_be_a_list() const { return draft_ <= Draft::draft_2019_09; }
  bool contains_looks_at_items() const { return draft_ >= Draft::draft_2020_12; }  // for unevaluatedItems

  bool operator==(const Dialect&) const = default;

 private:
  Dialect(Draft draft, std::uint32_t bits) : draft_(draft), bits_(bits) {}
  static std::uint32_t bits_of(const WordFacts& word);

  Draft draft_;
  std::uint32_t bits_;
};

}  // namespace batchd::schema
