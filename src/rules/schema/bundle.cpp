#include "rules/schema/bundle.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/schema/dialect.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

using json::View;

// Draft 4 has "id" for what is "$id" since; elsewhere a schema may say "id" of anything.
bool says_where_it_is(std::string_view key, View value, bool is_draft_4) {
  static constexpr std::string_view words[] = {"$id",         "$anchor",       "$dynamicAnchor",
                                               "$dynamicRef", "$recursiveRef", "id"};
  if (key == "$recursiveAnchor") return value.as_bool().value_or(false);
  if (!value.is(json::Kind::string) || (key == "id" && !is_draft_4)) return false;
  return std::find(std::begin(words), std::end(words), key) != std::end(words);
}

// Moved elsewhere, such a schema would mean something else.
bool knows_its_place(View schema, bool is_draft_4) {
  for (const auto [key, value] : schema.members())
    if (says_where_it_is(key, value, is_draft_4) || knows_its_place(value, is_draft_4)) return true;
  for (const View element : schema.elements())
    if (knows_its_place(element, is_draft_4)) return true;
  return false;
}

std::string_view draft_named_by(View schema) {
  std::string_view uri = schema.find("$schema").as_string().value_or("");
  if (uri.ends_with('#')) uri.remove_suffix(1);
  return uri;
}

std::string uri_of(const FileText& document) { return document.uri.empty() ? file_uri(document.path) : document.uri; }

// One name for one document, however its URI is written.
std::string name_of_document(std::string_view uri) {
  const auto path = path_of_file_uri(uri);
  return path ? path->lexically_normal().string() : std::string(uri);
}

class Bundle {
 public:
  Bundle(const std::filesystem::path& root, const std::vector<FileText>& documents)
      : root_(file_uri(root)), documents_(documents) {}

  std::string of(View root) {
    root_defs_ = root.find("$defs");
    std::string out;
    json::Writer to(out);
    to.begin_object();
    for (const auto [key, value] : root.members())
      if (key != "$defs") member(to, key, value, root_);
    to.key("$defs").begin_object();
    for (const auto [key, value] : root_defs_.members())
      member(to, key, value, root_);
    for (std::size_t n = 0; n < documents_.size(); ++n)
      add_document(to, n);
    to.end_object().end_object();
    return out;
  }

 private:
  void add_document(json::Writer& to, std::size_t n) {
    json::Document document;
    const auto parsed = document.parse(documents_[n].text);
    to.key(name_of(n)).begin_object();
    for (const auto [key, value] : parsed->members())
      if (key != "$schema") member(to, key, value, uri_of(documents_[n]));
    to.end_object();
  }

  // `base`: the URI of the document the value stands in.
  void member(json::Writer& to, std::string_view key, View value, const std::string& base) {
    to.key(key);
    const auto reference = key == "$ref" ? value.as_string() : std::nullopt;
    const auto turned = reference ? turned_inwards(*reference, base) : std::nullopt;
    if (turned)
      to.string(*turned);
    else if (holds_values(key))
      to.value(value);
    else
      copy(to, value, base);
  }

  // What stands below these is data, not schema. (A property of such a name keeps its references, and the whole then
  // does not compile alone: whoever asked goes on with the documents.)
  static bool holds_values(std::string_view key) {
    return key == "const" || key == "enum" || key == "default" || key == "examples";
  }

  void copy(json::Writer& to, View value, const std::string& base) {
    if (value.is(json::Kind::object)) {
      to.begin_object();
      for (const auto [key, below] : value.members())
        member(to, key, below, base);
      to.end_object();
    } else if (value.is(json::Kind::array)) {
      to.begin_array();
      for (const View below : value.elements())
        copy(to, below, base);
      to.end_array();
    } else {
      to.value(value);
    }
  }

  std::optional<std::string> turned_inwards(std::string_view reference, const std::string& base) const {
    const std::string uri = resolve_uri(base, reference);
    const auto [document, fragment] = split_fragment(uri);
    const auto place = place_of(name_of_document(document));
    if (!place) return std::nullopt;
    return fmt::format("#{}{}", *place, fragment);
  }

  std::optional<std::string> place_of(const std::string& document) const {
    if (document == name_of_document(root_)) return "";
    for (std::size_t n = 0; n < documents_.size(); ++n)
      if (name_of_document(uri_of(documents_[n])) == document) return "/$defs/" + name_of(n);
    return std::nullopt;
  }

  // "file-1"; longer where the schema has such a name itself.
  std::string name_of(std::size_t n) const {
    std::string name = fmt::format("file-{}", n + 1);
    while (root_defs_.find(name))
      name += '_';
    return name;
  }

  const std::string root_;  // its URI
  const std::vector<FileText>& documents_;
  View root_defs_;
};

}  // namespace

std::optional<std::string> bundled(std::string_view text, const std::filesystem::path& path,
                                   const std::vector<FileText>& documents) {
  json::Document document;
  const auto root = document.parse(text);
  if (!root || !root->is(json::Kind::object)) return std::nullopt;
  std::string_view draft = draft_named_by(*root);
  if (draft.empty()) draft = uri_of(Draft::draft_2020_12);
  const bool is_draft_4 = draft.ends_with("/draft-04/schema");
  if (knows_its_place(*root, is_draft_4)) return std::nullopt;
  for (const FileText& other : documents) {
    json::Document parser;
    const auto parsed = parser.parse(other.text);
    if (!parsed || !parsed->is(json::Kind::object) || knows_its_place(*parsed, is_draft_4)) return std::nullopt;
    // One that names no draft is of the schema's own; in one text there is room for one.
    const std::string_view other_draft = draft_named_by(*parsed);
    if (!other_draft.empty() && other_draft != draft) return std::nullopt;
  }
  return Bundle(path, documents).of(*root);
}

}  // namespace batchd::schema
