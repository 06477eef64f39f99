#include "rules/schema/library.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/metaschema.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

using json::Kind;
using json::View;

Error invalid(std::string message) { return Error(ErrorKind::invalid, std::move(message)); }

bool is_schema(View value) { return value.is(Kind::object) || value.is(Kind::boolean); }

std::string_view text_of(View schema, Word word) {
  return schema.find(facts_of(word).name).as_string().value_or(std::string_view{});
}

// In old drafts a reference is nothing but a reference: not even an id beside it counts.
bool hides_siblings(View schema, const Dialect& dialect) {
  return dialect.reference_hides_siblings() && schema.find(facts_of(Word::ref).name).is(Kind::string);
}

std::string unescaped_step(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool escape = step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
    out += escape ? (step[++i] == '0' ? '~' : '/') : step[i];
  }
  return out;
}

View step_into(View value, std::string_view step) {
  if (value.is(Kind::object)) return value.find(step);
  if (!value.is(Kind::array) || step.empty() || step.size() > 9 || (step.size() > 1 && step.front() == '0')) return {};
  const auto index = plain_integer(step);
  return index && *index >= 0 ? value.at(static_cast<std::size_t>(*index)) : View();
}

}  // namespace

std::string escaped_step(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Library::place(SchemaNode node, std::string_view below) const {
  std::string place = node.document == 0 ? std::string() : documents_[node.document]->uri + "#";
  place += facts(node).location;
  place += below;
  return place.empty() ? "the schema" : place;
}

Result<SchemaNode> Library::add_root(std::string_view text) {
  return add(text, split_fragment(options_.base_uri).first);
}

Result<SchemaNode> Library::add(std::string_view text, std::string_view uri) {
  const std::string name = documents_.empty() ? "the schema" : std::string(uri);
  if (documents_.size() == documents_max) {
    return invalid(fmt::format("{}: more than {} documents are referred to", name, documents_max));
  }
  // It has its number before its metaschema is looked for, which may bring documents of its own.
  const auto number = static_cast<std::uint32_t>(documents_.size());
  SourceDocument& document = *documents_.emplace_back(std::make_unique<SourceDocument>());
  document.uri = uri;
  document.text = text;
  json::ParseOptions limits;
  limits.depth_max = schema_depth_max;
  const auto root = document.document.parse(document.text, limits);
  if (!root) return invalid(fmt::format("{} is not JSON: {}", name, root.error().message));
  document.root = *root;
  if (!is_schema(*root)) return invalid(fmt::format("{}: must be an object, true or false", name));

  const Metaschema* embedded = find_metaschema(uri);
  const Result<Dialect> dialect = embedded != nullptr ? Result<Dialect>(Dialect(embedded->draft)) : judge(*root, uri);
  if (!dialect) return number == 0 ? dialect.error() : dialect.error().within(fmt::format("{}#", uri));
  if (number == 0) unnamed_ = dialect->draft();
  Resource resource;
  resource.uri = uri;
  resource.root = {number, root->index()};
  resource.dialect = *dialect;
  const Visit visit{resource.root, resource_count(), ""};
  resources_.push_back(std::move(resource));
  by_uri_.emplace(uri, visit.resource);
  if (const Status found = discover(visit); !found)
    return number == 0 ? found.error() : found.error().within(fmt::format("{}#", uri));
  return visit.schema;
}

Status Library::register_anchor(const Visit& visit, Word word, std::string_view name) {
  Resource& resource = resources_[visit.resource];
  const auto [known, is_new] = resource.anchors.emplace(name, visit.schema);
  if (!is_new && known->second != visit.schema) {
    return invalid(fmt::format("{}/{}: the anchor {} is there already at {}", visit.location, facts_of(word).name,
                               json::quoted(name), facts(known->second).location));
  }
  if (word == Word::dynamic_anchor) resource.dynamic_anchors.emplace(name, visit.schema);
  return {};
}

Status Library::register_anchors(const Visit& visit) {
  const View schema = view(visit.schema);
  Resource& resource = resources_[visit.resource];
  for (const Word word : {Word::anchor, Word::dynamic_anchor}) {
    const std::string_view name = text_of(schema, word);
    if (name.empty() || !resource.dialect.has(facts_of(word))) continue;
    if (Status registered = register_anchor(visit, word, name); !registered) return registered;
  }
  const WordFacts& recursive = facts_of(Word::recursive_anchor);
  if (resource.root == visit.schema && resource.dialect.has(recursive) &&
      schema.find(recursive.name).as_bool().value_or(false)) {
    resource.dynamic_anchors.emplace(Resource::recursive_anchor, visit.schema);
  }
  return {};
}

// A subschema with an id is a resource of its own; a document's root is one already, and may be given another name.
Status Library::add_resource(Visit& visit, std::string_view uri, const Dialect& dialect, Word id) {
  const std::string absolute = resolve_uri(resources_[visit.resource].uri, uri);
  if (resources_[visit.resource].root == visit.schema) {
    resources_[visit.resource].uri = absolute;  // a document is also known by the name it was found under
    by_uri_.emplace(absolute, visit.resource);
    return {};
  }
  Resource resource;
  resource.uri = absolute;
  resource.root = visit.schema;
  resource.dialect = dialect;
  resources_.push_back(std::move(resource));
  visit.resource = resource_count() - 1;
  if (by_uri_.emplace(absolute, visit.resource).second) return {};
  return invalid(fmt::format("{}/{}: {} is there already", visit.location, facts_of(id).name, json::quoted(absolute)));
}

// A subschema's own identity: its id and dialect.
Status Library::identify(Visit& visit) {
  const View schema = view(visit.schema);
  const bool is_root = resources_[visit.resource].root == visit.schema;
  const bool is_embedded =
      !is_root && schema.find("$schema") && (schema.find("$id").is(Kind::string) || schema.find("id").is(Kind::string));
  Dialect dialect = resources_[visit.resource].dialect;
  if (is_embedded) {
    const auto own = dialect_of(schema, dialect);
    if (!own) return own.error().within(fmt::format("{}/$schema", visit.location));
    const bool is_foreign = *own != dialect;
    dialect = *own;
    if (is_foreign) {
      const Status checked = check_against_metaschema(schema, dialect.draft(), visit.location);
      if (!checked) return checked;
    }
  }
  const Word word = dialect.id();
  const View id = schema.find(facts_of(word).name);
  if (!id.is(Kind::string) || hides_siblings(schema, dialect)) return {};
  const auto [uri, fragment] = split_fragment(*id.as_string());
  if (!fragment.empty() && !dialect.id_may_be_anchor())
    return invalid(fmt::format("{}/{}: may have no fragment", visit.location, facts_of(word).name));
  if (!uri.empty() || fragment.empty()) {
    if (Status added = add_resource(visit, uri, dialect, word); !added) return added;
  }
  // "#/properties/a", as some generators write, is no name but a place.
  if (fragment.empty() || fragment.starts_with('/')) return {};
  return register_anchor(visit, word, percent_decoded(fragment));
}

Status Library::enter(Visit& visit) {
  if (Status identified = identify(visit); !identified) return identified;
  subschemas_[visit.schema.key()] = {visit.resource, visit.location};
  if (visit.schema.document == 0) of_root_document_.push_back(visit.schema);
  return register_anchors(visit);
}

void Library::children(const Visit& visit, std::vector<Visit>& pending) {
  const Dialect dialect = resources_[visit.resource].dialect;
  const bool definitions_only = hides_siblings(view(visit.schema), dialect);
  const auto add_child = [&](View value, std::string location) {
    if (is_schema(value))
      pending.push_back({{visit.schema.document, value.index()}, visit.resource, std::move(location)});
  };
  for (const auto [key, value] : view(visit.schema).members()) {
    const WordFacts* word = find_word(key);
    if (word == nullptr || word->inside == Inside::no_schema || !dialect.has(*word)) continue;
    if (definitions_only && word->word != Word::definitions) continue;
    const std::string location = fmt::format("{}/{}", visit.location, key);
    const bool may_be_list = word->inside == Inside::schemas || word->inside == Inside::schema_or_schemas;
    if (word->inside == Inside::schema || (word->inside == Inside::schema_or_schemas && !value.is(Kind::array))) {
      add_child(value, location);
    } else if (may_be_list) {
      std::size_t index = 0;
      for (const View element : value.elements())
        add_child(element, fmt::format("{}/{}", location, index++));
    } else {
      for (const auto [name, member] : value.members())
        add_child(member, fmt::format("{}/{}", location, escaped_step(name)));
    }
  }
}

Status Library::discover(Visit first) {
  std::vector<Visit> pending{std::move(first)};
  while (!pending.empty()) {
    Visit visit = std::move(pending.back());
    pending.pop_back();
    if (subschemas_.contains(visit.schema.key())) continue;
    if (const Status entered = enter(visit); !entered) return entered;
    const std::size_t before = pending.size();
    children(visit, pending);
    std::reverse(pending.begin() + static_cast<std::ptrdiff_t>(before), pending.end());  // document order
  }
  return {};
}

Result<std::uint32_t> Library::resource_at(std::string_view uri) {
  if (const auto known = by_uri_.find(uri); known != by_uri_.end()) return known->second;
  if (const Metaschema* embedded = find_metaschema(uri)) {
    if (const auto added = add(embedded->text, uri); !added) return added.error();
  } else {
    if (!options_.load) return invalid("there is no such document");
    const auto text = options_.load(uri);
    if (!text && text.error().kind == ErrorKind::not_found) return invalid("there is no such document");
    if (!text) return text.error();
    if (const auto added = add(*text, uri); !added) return added.error();
  }
  return by_uri_.find(uri)->second;
}

Result<SchemaNode> Library::by_pointer(std::uint32_t resource_id, std::string_view pointer) {
  SchemaNode at = resources_[resource_id].root;
  const std::string start = facts(at).location;
  Visit visit{at, resource_id, start + std::string(pointer)};
  View value = view(at);
  while (!pointer.empty()) {
    if (!pointer.starts_with('/')) return invalid("it is not a JSON Pointer");
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    value = step_into(value, unescaped_step(pointer.substr(0, end)));
    if (!value) return invalid("there is nothing");
    pointer.remove_prefix(end);
    at.node = value.index();
    const auto known = subschemas_.find(at.key());
    if (known != subschemas_.end()) visit.resource = known->second.resource;
  }
  if (!is_schema(value)) return invalid("what is there is not a schema");
  visit.schema = at;
  if (const Status found = discover(std::move(visit)); !found) return found.error();
  return at;
}

Result<Library::Target> Library::find(std::uint32_t resource_id, std::string_view reference) {
  const std::string uri = resolve_uri(resources_[resource_id].uri, reference);
  const auto [document, encoded] = split_fragment(uri);
  const auto found = resource_at(document);
  if (!found) return found.error();
  const std::string fragment = percent_decoded(encoded);
  const Resource& target = resources_[*found];
  if (fragment.empty()) return Target{target.root, false, target.dynamic_anchors.contains(Resource::recursive_anchor)};
  if (fragment.starts_with('/')) {
    const auto node = by_pointer(*found, fragment);
    if (!node) return node.error();
    return Target{*node};
  }
  const auto anchor = target.anchors.find(fragment);
  if (anchor == target.anchors.end()) return invalid(fmt::format("there is no anchor {}", json::quoted(fragment)));
  return Target{anchor->second, target.dynamic_anchors.contains(fragment)};
}

}  // namespace batchd::schema
