#include "rules/schema/bundle.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

using json::View;
using std::filesystem::path;

// Moved elsewhere, such a schema would mean something else.
bool knows_its_place(View schema) {
  for (const auto [key, value] : schema.members()) {
    for (const char* word : {"$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"})
      if (key == word && value.is(json::Kind::string)) return true;
    if (knows_its_place(value)) return true;
  }
  for (const View element : schema.elements())
    if (knows_its_place(element)) return true;
  return false;
}

class Bundle {
 public:
  Bundle(const path& root, const std::vector<FileText>& documents) : root_(root), documents_(documents) {}

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
      if (key != "$schema") member(to, key, value, documents_[n].path);
    to.end_object();
  }

  // `file`: where the value stands.
  void member(json::Writer& to, std::string_view key, View value, const path& file) {
    to.key(key);
    const auto reference = key == "$ref" ? value.as_string() : std::nullopt;
    const auto turned = reference ? turned_inwards(*reference, file) : std::nullopt;
    if (turned)
      to.string(*turned);
    else if (holds_values(key))
      to.value(value);
    else
      copy(to, value, file);
  }

  // What stands below these is data, not schema. (A property of such a name keeps its references, and the whole then
  // does not compile alone: whoever asked goes on with the documents.)
  static bool holds_values(std::string_view key) {
    return key == "const" || key == "enum" || key == "default" || key == "examples";
  }

  void copy(json::Writer& to, View value, const path& file) {
    if (value.is(json::Kind::object)) {
      to.begin_object();
      for (const auto [key, below] : value.members())
        member(to, key, below, file);
      to.end_object();
    } else if (value.is(json::Kind::array)) {
      to.begin_array();
      for (const View below : value.elements())
        copy(to, below, file);
      to.end_array();
    } else {
      to.value(value);
    }
  }

  std::optional<std::string> turned_inwards(std::string_view reference, const path& file) const {
    const auto hash = std::min(reference.find('#'), reference.size());
    const auto named = reference.substr(0, hash);
    const auto fragment = reference.substr(std::min(hash + 1, reference.size()));
    const auto place = place_of(named.empty() ? file : target_of(named, file));
    if (!place) return std::nullopt;
    return fmt::format("#{}{}", *place, fragment);
  }

  static path target_of(std::string_view named, const path& file) {
    if (const auto absolute = path_of_file_uri(named)) return absolute->lexically_normal();
    return (file.parent_path() / percent_decoded(named)).lexically_normal();
  }

  std::optional<std::string> place_of(const path& file) const {
    if (file.lexically_normal() == root_.lexically_normal()) return "";
    for (std::size_t n = 0; n < documents_.size(); ++n)
      if (documents_[n].path.lexically_normal() == file) return "/$defs/" + name_of(n);
    return std::nullopt;
  }

  // "file-1"; longer where the schema has such a name itself.
  std::string name_of(std::size_t n) const {
    std::string name = fmt::format("file-{}", n + 1);
    while (root_defs_.find(name))
      name += '_';
    return name;
  }

  const path& root_;
  const std::vector<FileText>& documents_;
  View root_defs_;
};

}  // namespace

std::optional<std::string> bundled(std::string_view text, const path& path, const std::vector<FileText>& documents) {
  json::Document document;
  const auto root = document.parse(text);
  if (!root || !root->is(json::Kind::object) || knows_its_place(*root)) return std::nullopt;
  for (const FileText& other : documents) {
    json::Document parser;
    const auto parsed = parser.parse(other.text);
    if (!parsed || !parsed->is(json::Kind::object) || knows_its_place(*parsed)) return std::nullopt;
  }
  return Bundle(path, documents).of(*root);
}

}  // namespace batchd::schema
