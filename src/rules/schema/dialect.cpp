#include "rules/schema/dialect.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/key_table.hpp"

namespace batchd::schema {
namespace {

using enum Vocabulary;
using enum Inside;
using enum Draft;

// In the order of Word.
constexpr std::array<WordFacts, word_count> words{{
    {Word::schema, "$schema", core},
    {Word::id, "$id", core, no_schema, draft_6},
    {Word::old_id, "id", core, no_schema, draft_4, draft_4},
    {Word::ref, "$ref", core},
    {Word::anchor, "$anchor", core, no_schema, draft_2019_09},
    {Word::dynamic_ref, "$dynamicRef", core, no_schema, draft_2020_12, draft_2020_12,
     "it is of draft 2020-12, and $schema names another"},
    {Word::dynamic_anchor, "$dynamicAnchor", core, no_schema, draft_2020_12},
    {Word::vocabulary, "$vocabulary", core, no_schema, draft_2019_09},
    {Word::comment, "$comment", core, no_schema, draft_7},
    {Word::defs, "$defs", core, schema_map, draft_2019_09},
    {Word::recursive_ref, "$recursiveRef", core, no_schema, draft_2019_09, draft_2019_09,
     "it is of draft 2019-09; draft 2020-12 has $dynamicRef instead"},
    {Word::recursive_anchor, "$recursiveAnchor", core, no_schema, draft_2019_09, draft_2019_09},
    {Word::prefix_items, "prefixItems", applicator, schemas, draft_2020_12},
    {Word::items, "items", applicator, schema_or_schemas},
    {Word::additional_items, "additionalItems", applicator, Inside::schema, draft_4, draft_2019_09},
    {Word::contains, "contains", applicator, Inside::schema, draft_6},
    {Word::additional_properties, "additionalProperties", applicator, Inside::schema},
    {Word::properties, "properties", applicator, schema_map},
    {Word::pattern_properties, "patternProperties", applicator, schema_map},
    {Word::dependent_schemas, "dependentSchemas", applicator, schema_map, draft_2019_09},
    {Word::property_names, "propertyNames", applicator, Inside::schema, draft_6},
    {Word::if_, "if", applicator, Inside::schema, draft_7},
    {Word::then_, "then", applicator, Inside::schema, draft_7},
    {Word::else_, "else", applicator, Inside::schema, draft_7},
    {Word::all_of, "allOf", applicator, schemas},
    {Word::any_of, "anyOf", applicator, schemas},
    {Word::one_of, "oneOf", applicator, schemas},
    {Word::not_, "not", applicator, Inside::schema},
    // Split in two, and renamed, by 2019-09; still understood, as the standard allows for old schemas' sake.
    {Word::dependencies, "dependencies", applicator, schema_or_list_map},
    {Word::definitions, "definitions", core, schema_map},
    {Word::unevaluated_items, "unevaluatedItems", unevaluated, Inside::schema, draft_2019_09},
    {Word::unevaluated_properties, "unevaluatedProperties", unevaluated, Inside::schema, draft_2019_09},
    {Word::type, "type", validation},
    {Word::const_, "const", validation, no_schema, draft_6},
    {Word::enum_, "enum", validation},
    {Word::multiple_of, "multipleOf", validation},
    {Word::maximum, "maximum", validation},
    {Word::exclusive_maximum, "exclusiveMaximum", validation},
    {Word::minimum, "minimum", validation},
    {Word::exclusive_minimum, "exclusiveMinimum", validation},
    {Word::max_length, "maxLength", validation},
    {Word::min_length, "minLength", validation},
    {Word::pattern, "pattern", validation},
    {Word::max_items, "maxItems", validation},
    {Word::min_items, "minItems", validation},
    {Word::unique_items, "uniqueItems", validation},
    {Word::max_contains, "maxContains", validation, no_schema, draft_2019_09},
    {Word::min_contains, "minContains", validation, no_schema, draft_2019_09},
    {Word::max_properties, "maxProperties", validation},
    {Word::min_properties, "minProperties", validation},
    {Word::required, "required", validation},
    {Word::dependent_required, "dependentRequired", validation, no_schema, draft_2019_09},
    {Word::title, "title", metadata},
    {Word::description, "description", metadata},
    {Word::default_, "default", metadata},
    {Word::deprecated, "deprecated", metadata, no_schema, draft_2019_09},
    {Word::read_only, "readOnly", metadata, no_schema, draft_7},
    {Word::write_only, "writeOnly", metadata, no_schema, draft_7},
    {Word::examples, "examples", metadata, no_schema, draft_6},
    {Word::format, "format", format_annotation},
    {Word::content_encoding, "contentEncoding", Vocabulary::content, no_schema, draft_7},
    {Word::content_media_type, "contentMediaType", Vocabulary::content, no_schema, draft_7},
    {Word::content_schema, "contentSchema", Vocabulary::content, Inside::schema, draft_2019_09},
}};

constexpr bool words_are_in_order() {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (static_cast<std::size_t>(words[i].word) != i) return false;
  }
  return true;
}
static_assert(words_are_in_order());

KeyTable table_of_words() {
  KeyTable table;
  for (const WordFacts& word : words)
    table.add(word.name);
  return table;
}

// Format annotates or asserts: that is for a metaschema to say.
constexpr std::uint32_t every_vocabulary = bit_of(core) | bit_of(applicator) | bit_of(unevaluated) |
                                           bit_of(validation) | bit_of(metadata) | bit_of(format_annotation) |
                                           bit_of(Vocabulary::content);

struct NamedVocabulary {
  Draft draft;
  std::string_view uri;
  std::uint32_t bits;
  std::uint32_t bits_if_demanded = 0;  // these, too
};
constexpr std::array<NamedVocabulary, 14> vocabularies{{
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/core", bit_of(core)},
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/applicator", bit_of(applicator) | bit_of(unevaluated)},
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/validation", bit_of(validation)},
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/meta-data", bit_of(metadata)},
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/format", bit_of(format_annotation),
     bit_of(format_assertion)},
    {draft_2019_09, "https://json-schema.org/draft/2019-09/vocab/content", bit_of(Vocabulary::content)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/core", bit_of(core)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/applicator", bit_of(applicator)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/unevaluated", bit_of(unevaluated)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/validation", bit_of(validation)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/meta-data", bit_of(metadata)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/format-annotation", bit_of(format_annotation)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/format-assertion", bit_of(format_assertion)},
    {draft_2020_12, "https://json-schema.org/draft/2020-12/vocab/content", bit_of(Vocabulary::content)},
}};

}  // namespace

const WordFacts* find_word(std::string_view name) {
  static const KeyTable table = table_of_words();
  const std::uint32_t index = table.find(name);
  return index == KeyTable::absent ? nullptr : &words[index];
}

const WordFacts& facts_of(Word word) { return words[static_cast<std::size_t>(word)]; }

std::string_view uri_of(Draft draft) {
  switch (draft) {
    case draft_4:
      return "http://json-schema.org/draft-04/schema";
    case draft_6:
      return "http://json-schema.org/draft-06/schema";
    case draft_7:
      return "http://json-schema.org/draft-07/schema";
    case draft_2019_09:
      return "https://json-schema.org/draft/2019-09/schema";
    case draft_2020_12:
      break;
  }
  return "https://json-schema.org/draft/2020-12/schema";
}

std::string list_of_drafts() {
  std::string list;
  for (auto draft = every_draft.rbegin(); draft != every_draft.rend(); ++draft) {
    if (!list.empty()) list += ", ";
    list += json::quoted(uri_of(*draft));
  }
  return list;
}

Dialect::Dialect(Draft draft) : Dialect(draft, every_vocabulary) {}
Dialect Dialect::core_of(Draft draft) { return {draft, bit_of(core)}; }

Status Dialect::turn_on(std::string_view vocabulary_uri, bool demanded) {
  const auto* found = std::ranges::find_if(vocabularies, [&](const NamedVocabulary& vocabulary) {
    return vocabulary.draft == draft_ && vocabulary.uri == vocabulary_uri;
  });
  if (found != vocabularies.end()) {
    bits_ |= found->bits | (demanded ? found->bits_if_demanded : 0);
    return {};
  }
  if (!demanded) return {};
  return Error(ErrorKind::invalid,
               fmt::format("demands the vocabulary {}, which is not in force here", json::quoted(vocabulary_uri)));
}

// `format` belongs to two vocabularies; every other word to one.
std::uint32_t Dialect::bits_of(const WordFacts& word) {
  return bit_of(word.vocabulary) | (word.word == Word::format ? bit_of(format_assertion) : 0);
}

}  // namespace batchd::schema
