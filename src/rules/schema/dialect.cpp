#include "rules/schema/dialect.hpp"

#include <algorithm>
#include <array>

#include "rules/schema/key_table.hpp"

namespace batchd::schema {
namespace {

using enum Vocabulary;
using enum Inside;

// In the order of Word.
constexpr std::array<WordFacts, word_count> words{{
    {Word::schema, "$schema", core},
    {Word::id, "$id", core},
    {Word::ref, "$ref", core},
    {Word::anchor, "$anchor", core},
    {Word::dynamic_ref, "$dynamicRef", core},
    {Word::dynamic_anchor, "$dynamicAnchor", core},
    {Word::vocabulary, "$vocabulary", core},
    {Word::comment, "$comment", core},
    {Word::defs, "$defs", core, schema_map},
    {Word::recursive_ref, "$recursiveRef", core, no_schema,
     "it is of draft 2019-09; draft 2020-12 has $dynamicRef instead"},
    {Word::prefix_items, "prefixItems", applicator, schemas},
    {Word::items, "items", applicator, Inside::schema},
    {Word::contains, "contains", applicator, Inside::schema},
    {Word::additional_properties, "additionalProperties", applicator, Inside::schema},
    {Word::properties, "properties", applicator, schema_map},
    {Word::pattern_properties, "patternProperties", applicator, schema_map},
    {Word::dependent_schemas, "dependentSchemas", applicator, schema_map},
    {Word::property_names, "propertyNames", applicator, Inside::schema},
    {Word::if_, "if", applicator, Inside::schema},
    {Word::then_, "then", applicator, Inside::schema},
    {Word::else_, "else", applicator, Inside::schema},
    {Word::all_of, "allOf", applicator, schemas},
    {Word::any_of, "anyOf", applicator, schemas},
    {Word::one_of, "oneOf", applicator, schemas},
    {Word::not_, "not", applicator, Inside::schema},
    // Split in two since 2019-09, still understood, as the standard allows for old schemas' sake.
    {Word::dependencies, "dependencies", applicator, schema_or_list_map},
    {Word::definitions, "definitions", core, schema_map},
    {Word::unevaluated_items, "unevaluatedItems", unevaluated, Inside::schema},
    {Word::unevaluated_properties, "unevaluatedProperties", unevaluated, Inside::schema},
    {Word::type, "type", validation},
    {Word::const_, "const", validation},
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
    {Word::max_contains, "maxContains", validation},
    {Word::min_contains, "minContains", validation},
    {Word::max_properties, "maxProperties", validation},
    {Word::min_properties, "minProperties", validation},
    {Word::required, "required", validation},
    {Word::dependent_required, "dependentRequired", validation},
    {Word::title, "title", metadata},
    {Word::description, "description", metadata},
    {Word::default_, "default", metadata},
    {Word::deprecated, "deprecated", metadata},
    {Word::read_only, "readOnly", metadata},
    {Word::write_only, "writeOnly", metadata},
    {Word::examples, "examples", metadata},
    {Word::format, "format", format_annotation},
    {Word::content_encoding, "contentEncoding", Vocabulary::content},
    {Word::content_media_type, "contentMediaType", Vocabulary::content},
    {Word::content_schema, "contentSchema", Vocabulary::content, Inside::schema},
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

struct NamedVocabulary {
  std::string_view uri;
  Vocabulary vocabulary;
};
constexpr std::array<NamedVocabulary, 8> vocabularies{{
    {"https://json-schema.org/draft/2020-12/vocab/core", core},
    {"https://json-schema.org/draft/2020-12/vocab/applicator", applicator},
    {"https://json-schema.org/draft/2020-12/vocab/unevaluated", unevaluated},
    {"https://json-schema.org/draft/2020-12/vocab/validation", validation},
    {"https://json-schema.org/draft/2020-12/vocab/meta-data", metadata},
    {"https://json-schema.org/draft/2020-12/vocab/format-annotation", format_annotation},
    {"https://json-schema.org/draft/2020-12/vocab/format-assertion", format_assertion},
    {"https://json-schema.org/draft/2020-12/vocab/content", Vocabulary::content},
}};

}  // namespace

const WordFacts* find_word(std::string_view name) {
  static const KeyTable table = table_of_words();
  const std::uint32_t index = table.find(name);
  return index == KeyTable::absent ? nullptr : &words[index];
}

const WordFacts& facts_of(Word word) { return words[static_cast<std::size_t>(word)]; }

Dialect Dialect::draft_2020_12() {
  Dialect dialect = of_no_vocabulary();
  for (const auto& [uri, vocabulary] : vocabularies) {
    if (vocabulary != format_assertion) dialect.turn_on(vocabulary);
  }
  return dialect;
}

bool Dialect::has(const WordFacts& word) const {
  return has(word.vocabulary) || (word.word == Word::format && has(format_assertion));
}

std::optional<Vocabulary> find_vocabulary(std::string_view uri) {
  const auto* found = std::ranges::find(vocabularies, uri, &NamedVocabulary::uri);
  return found == vocabularies.end() ? std::nullopt : std::optional(found->vocabulary);
}

}  // namespace batchd::schema
