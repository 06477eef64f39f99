#include "rules/schema/keyword_doubts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "ground/base/suggest.hpp"
#include "ground/json/writer.hpp"
#include "rules/schema/dialect.hpp"
#include "rules/schema/library.hpp"

namespace batchd::schema {
namespace {

using json::Kind;
using json::View;

// Further from a keyword than this, a word is one of somebody's own.
constexpr std::size_t slips_max = 2;
constexpr std::size_t word_bytes_min = 4;  // a shorter word is near to nearly anything

// Words of OpenAPI, of editors and form builders, and English ones that are a letter away from a keyword.
constexpr std::array<std::string_view, 27> left_alone = {"discriminator",
                                                         "example",
                                                         "xml",
                                                         "externalDocs",
                                                         "nullable",
                                                         "errorMessage",
                                                         "patternErrorMessage",
                                                         "deprecationMessage",
                                                         "markdownDescription",
                                                         "enumDescriptions",
                                                         "markdownEnumDescriptions",
                                                         "enumNames",
                                                         "enumTitles",
                                                         "defaultSnippets",
                                                         "doNotSuggest",
                                                         "propertyOrder",
                                                         "propertyOrdering",
                                                         "tsType",
                                                         "tsEnumNames",
                                                         "javaType",
                                                         "note",
                                                         "when",
                                                         "cost",
                                                         "than",
                                                         "file",
                                                         "formal",
                                                         "terms"};

// "Max_Length" and "max-length" are "maxlength".
std::string bare(std::string_view word) {
  std::string text;
  for (const char c : word)
    if (c != '_' && c != '-' && c != '$') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::optional<std::string> meant_by(std::string_view word) {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (std::size_t n = 0; n < word_count; ++n)
      all.emplace_back(facts_of(static_cast<Word>(n)).name);
    return all;
  }();
  for (const std::string& name : names)
    if (bare(name) == bare(word)) return name;
  if (word.size() < word_bytes_min) return std::nullopt;
  std::vector<std::string> near;
  for (const std::string& name : names) {
    // By value: minmax of two temporaries would refer to what is gone.
    const auto [shorter, longer] = std::minmax({name.size(), word.size()});
    if (name.size() >= word_bytes_min && longer - shorter <= slips_max) near.push_back(name);
  }
  return suggest(word, near, slips_max);
}

bool is_somebodys_own(std::string_view word) {
  return word.starts_with("x-") || word.starts_with("X-") || word.starts_with("//") ||
         std::find(left_alone.begin(), left_alone.end(), word) != left_alone.end();
}

// What it says of a value is lost in a draft that does not have it.
bool says_something_of_values(const WordFacts& word) {
  return word.vocabulary == Vocabulary::applicator || word.vocabulary == Vocabulary::unevaluated ||
         word.vocabulary == Vocabulary::validation;
}

class Search {
 public:
  explicit Search(View root) : draft_(draft_of(root)) { look_at(root, ""); }
  std::vector<KeywordDoubt> take() { return std::move(doubts_); }

 private:
  bool is_full() const { return doubts_.size() >= keyword_doubts_max; }

  void look_at(View schema, const std::string& place) {
    for (const auto [key, value] : schema.members()) {
      if (is_full()) return;
      const std::string here = fmt::format("{}/{}", place, escaped_step(key));
      const WordFacts* word = find_word(key);
      if (word == nullptr)
        doubt(key, value, here);
      else if (is_of_another_draft(*word))
        note(here, fmt::format("{} does not have \"{}\" and skips it", name_of(*draft_), key));
      else
        look_into(word->inside, value, here);
    }
  }

  void look_into(Inside inside, View value, const std::string& place) {
    if (inside == Inside::no_schema) return;
    const bool is_map = inside == Inside::schema_map || inside == Inside::schema_or_list_map;
    if (!is_map) look_at(value, place);
    std::size_t n = 0;
    for (const View element : value.elements())
      look_at(element, fmt::format("{}/{}", place, n++));
    if (!is_map) return;
    for (const auto [name, member] : value.members())
      look_at(member, fmt::format("{}/{}", place, escaped_step(name)));
  }

  bool is_of_another_draft(const WordFacts& word) const {
    return draft_ && says_something_of_values(word) && !Dialect(*draft_).in_draft(word);
  }

  void doubt(std::string_view word, View value, const std::string& place) {
    if (word == "nullable") {
      if (value.as_bool().value_or(false))
        note(place, R"("nullable" is OpenAPI's, and JSON Schema skips it; for a value that may be null write "null" )"
                    R"(among its types: "type": ["string", "null"])");
      return;
    }
    if (is_somebodys_own(word)) return;
    if (const auto meant = meant_by(word))
      note(place,
           fmt::format("JSON Schema knows no {} and skips it; did you mean \"{}\"?", json::quoted(word), *meant));
  }

  void note(const std::string& place, std::string message) { doubts_.push_back({place, std::move(message)}); }

  std::optional<Draft> draft_;
  std::vector<KeywordDoubt> doubts_;
};

}  // namespace

std::vector<KeywordDoubt> doubtful_keywords(std::string_view text) {
  json::Document document;
  json::ParseOptions limits;
  limits.depth_max = schema_depth_max;  // the search goes as deep
  const auto root = document.parse(text, limits);
  if (!root) return {};
  return Search(*root).take();
}

std::optional<Draft> draft_of(json::View schema) {
  auto named = schema.find("$schema").as_string();
  if (!named) return Draft::draft_2020_12;
  if (named->ends_with('#')) named->remove_suffix(1);
  for (const Draft draft : every_draft)
    if (uri_of(draft) == *named) return draft;
  return std::nullopt;
}

std::string_view name_of(Draft draft) {
  switch (draft) {
    case Draft::draft_4:
      return "draft 4";
    case Draft::draft_6:
      return "draft 6";
    case Draft::draft_7:
      return "draft 7";
    case Draft::draft_2019_09:
      return "draft 2019-09";
    case Draft::draft_2020_12:
      return "draft 2020-12";
  }
  return "";
}

}  // namespace batchd::schema
