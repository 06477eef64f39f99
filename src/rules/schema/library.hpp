#pragma once
// The documents a schema is made of: itself, the ones it refers to, the embedded metaschemas. Knows every subschema's
// place, base URI, anchors and dialect, and finds the target of a reference. Nothing is fetched: an unknown URI is
// asked of CompileOptions::load.

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"
#include "rules/schema/dialect.hpp"
#include "rules/schema/program.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

inline constexpr std::size_t documents_max = 1'000;  // that one schema may pull in
inline constexpr std::uint32_t schema_depth_max = 256;

// One value in one document.
struct SchemaNode {
  std::uint32_t document = 0;
  std::uint32_t node = 0;
  bool operator==(const SchemaNode&) const = default;
  std::uint64_t key() const { return std::uint64_t{document} << 32 | node; }
};

// A schema with a URI of its own: a document's root, or a subschema with an id.
struct Resource {
  std::string uri;  // absolute where known, without fragment
  SchemaNode root;
  Dialect dialect{Draft::draft_2020_12};
  std::map<std::string, SchemaNode, std::less<>> anchors;  // dynamic ones, too
  std::map<std::string, SchemaNode, std::less<>> dynamic_anchors;

  // Under this name, which no anchor can have, the root is a dynamic anchor when it says $recursiveAnchor.
  static constexpr std::string_view recursive_anchor = "";
};

struct Subschema {
  std::uint32_t resource = 0;
  std::string location;  // JSON Pointer in its document
};

class Library {
 public:
  explicit Library(const CompileOptions& options) : options_(options), unnamed_(options.draft_if_unnamed) {}

  // The document everything starts from.
  Result<SchemaNode> add_root(std::string_view text);

  struct Target {
    SchemaNode schema;
    bool through_dynamic_anchor = false;
    bool is_recursive_anchor = false;
  };
  // What `reference` means within `resource`; documents are loaded as needed. The error has no place yet.
  Result<Target> find(std::uint32_t resource, std::string_view reference);

  json::View view(SchemaNode node) const { return {&documents_[node.document]->root.tape(), node.node}; }
  bool knows(SchemaNode node) const { return subschemas_.contains(node.key()); }
  const Subschema& facts(SchemaNode node) const { return subschemas_.at(node.key()); }
  const Resource& resource(std::uint32_t id) const { return resources_[id]; }
  std::uint32_t resource_count() const { return static_cast<std::uint32_t>(resources_.size()); }
  // "/properties/a", with the document's URI before it when it is not the root document.
  std::string place(SchemaNode node, std::string_view below) const;
  // Every subschema of the root document, in order of discovery.
  const std::vector<SchemaNode>& of_root_document() const { return of_root_document_; }
  std::vector<std::unique_ptr<SourceDocument>> take_documents() { return std::move(documents_); }

 private:
  Result<SchemaNode> add(std::string_view text, std::string_view uri);
  Result<std::uint32_t> resource_at(std::string_view uri);
  Result<Dialect> judge(json::View root, std::string_view uri);
  Result<Dialect> dialect_of(json::View root, const Dialect& otherwise);
  Result<Dialect> dialect_at(std::string_view uri);
  Status check_against_metaschema(json::View schema, Draft draft, std::string_view location = {});
  Result<std::vector<Fault>> faults_by_metaschema(json::View schema, Draft draft);
  struct Visit {
    SchemaNode schema;
    std::uint32_t resource;
    std::string location;
  };
  Status discover(Visit first);
  Status enter(Visit& visit);
  Status identify(Visit& visit);
  Status add_resource(Visit& visit, std::string_view uri, const Dialect& dialect, Word id);
  Status register_anchors(const Visit& visit);
  Status register_anchor(const Visit& visit, Word word, std::string_view name);
  void children(const Visit& visit, std::vector<Visit>& pending);
  Result<SchemaNode> by_pointer(std::uint32_t resource, std::string_view pointer);

  const CompileOptions& options_;
  Draft unnamed_;  // of documents without $schema: the root document's, once it is known
  std::vector<std::unique_ptr<SourceDocument>> documents_;
  std::vector<Resource> resources_;
  std::map<std::string, std::uint32_t, std::less<>> by_uri_;
  std::unordered_map<std::uint64_t, Subschema> subschemas_;
  std::vector<SchemaNode> of_root_document_;
  std::set<std::string, std::less<>> in_progress_;  // documents whose dialect is being found out
};

// One step of a JSON Pointer, escaped: "a/b" -> "a~1b".
std::string escaped_step(std::string_view key);

}  // namespace batchd::schema
