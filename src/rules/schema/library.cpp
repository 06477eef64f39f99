#include "rules/schema/library.hpp"

#include <utility>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/metaschema.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

using json::Kind;
using json::View;

Error invalid(std::string message, std::string hint = {}) {
  return Error(ErrorKind::invalid, std::move(message), std::move(hint));
}

bool is_schema(View value) { return value.is(Kind::object) || value.is(Kind::boolean); }

bool is_standard(std::string_view uri) { return uri == draft_2020_12_uri; }

// json-schema.org's own, of whatever draft.
bool is_of_the_standard(std::string_view uri) {
  return uri.starts_with("http://json-schema.org/") || uri.starts_with("https://json-schema.org/");
}

// "at most 3 more sentences" for an error's hint.
std::string further(const std::vector<Fault>& faults) {
  constexpr std::size_t sentences_max = 4;
  std::string hint;
  for (std::size_t i = 1; i < faults.size() && i < sentences_max; ++i) {
    hint += (hint.empty() ? "also " : "; ") + faults[i].sentence();
  }
  return hint;
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

  const Result<Dialect> dialect = find_metaschema(uri) ? Result<Dialect>(Dialect::draft_2020_12()) : judge(*root, uri);
  if (!dialect) return number == 0 ? dialect.error() : dialect.error().within(fmt::format("{}#", uri));
  Resource resource;
  resource.uri = uri;
  resource.root = {number, root->index()};
  resource.dialect = *dialect;
  const Visit visit{resource.root, resource_count(), ""};
  resources_.push_back(std::move(resource));
  by_uri_.emplace(uri, visit.resource);
  if (const Status found = discover(visit); !found) return found.error();
  return visit.schema;
}

// A document's dialect, and whether it is what its metaschema says a schema is.
Result<Dialect> Library::judge(View root, std::string_view uri) {
  const auto [open, is_new] = in_progress_.emplace(uri);
  if (!is_new) return invalid("its $schema leads back to itself");
  auto dialect = dialect_of(root, Dialect::draft_2020_12());
  in_progress_.erase(open);
  if (!dialect) return dialect.error().within("/$schema");
  if (const Status checked = check_against_metaschema(root); !checked) return checked.error();
  return dialect;
}

Result<Dialect> Library::dialect_of(View root, const Dialect& otherwise) {
  const View named = root.find("$schema");
  if (!named) return otherwise;
  const auto uri = named.as_string();
  if (!uri) return invalid("$schema must be a URI as text");
  return dialect_at(uri->ends_with('#') ? uri->substr(0, uri->size() - 1) : *uri);
}

Result<Dialect> Library::dialect_at(std::string_view uri) {
  if (is_standard(uri)) return Dialect::draft_2020_12();
  const std::string advice = fmt::format("in force: {}", drafts_in_force);
  if (is_of_the_standard(uri)) return invalid(fmt::format("{} is not in force here", json::quoted(uri)), advice);
  const auto metaschema = resource_at(uri);
  if (!metaschema)
    return invalid(fmt::format("{} is not known here: {}", json::quoted(uri), metaschema.error().message), advice);

  const View vocabularies = view(resource(*metaschema).root).find("$vocabulary");
  if (!vocabularies) return Dialect::draft_2020_12();
  Dialect dialect = Dialect::of_no_vocabulary();
  dialect.turn_on(Vocabulary::core);
  for (const auto [name, demanded] : vocabularies.members()) {
    if (const auto vocabulary = find_vocabulary(name)) {
      dialect.turn_on(*vocabulary);
    } else if (demanded.as_bool().value_or(true)) {
      return invalid(fmt::format("{} demands the vocabulary {}, which is not in force here", json::quoted(uri),
                                 json::quoted(name)),
                     advice);
    }
  }
  return dialect;
}

// The standard's own metaschemas are beyond doubt, and checking them by themselves would never begin.
Status Library::check_against_metaschema(View root) {
  const auto uri = root.find("$schema").as_string().value_or(draft_2020_12_uri);
  const auto [name, fragment] = split_fragment(uri);
  std::vector<Fault> faults;
  if (is_standard(name)) {
    static const Result<Schema> metaschema =
        Schema::compile(*find_metaschema(draft_2020_12_uri), {{}, {}, std::string(draft_2020_12_uri)});
    check(metaschema.ok(), "the embedded metaschema compiles");
    if (metaschema.value().accepts(root)) return {};
    faults = metaschema.value().explain(root);
  } else {
    const auto resource_id = resource_at(name);
    if (!resource_id) return resource_id.error();
    CompileOptions options = options_;
    options.base_uri = name;
    const auto metaschema = Schema::compile(view(resource(*resource_id).root).source_text(), options);
    if (!metaschema) return metaschema.error();
    faults = metaschema->explain(root);
  }
  if (faults.empty()) return {};
  std::string message = faults.front().sentence();
  if (faults.front().instance.empty()) message = "the schema: " + faults.front().message;
  return invalid(std::move(message), further(faults));
}

Status Library::register_anchor(const Visit& visit, Word word) {
  const auto name = view(visit.schema).find(facts_of(word).name).as_string();
  if (!name) return {};
  Resource& resource = resources_[visit.resource];
  const auto [known, is_new] = resource.anchors.emplace(*name, visit.schema);
  if (!is_new && known->second != visit.schema) {
    return invalid(fmt::format("{}/{}: the anchor {} is there already at {}", visit.location, facts_of(word).name,
                               json::quoted(*name), facts(known->second).location));
  }
  if (word == Word::dynamic_anchor) resource.dynamic_anchors.emplace(*name, visit.schema);
  return {};
}

// A subschema's own identity: its id, dialect and anchors.
Status Library::enter(Visit& visit) {
  const View schema = view(visit.schema);
  const auto id = schema.find("$id").as_string();
  if (id) {
    const auto [uri, fragment] = split_fragment(*id);
    if (!fragment.empty()) return invalid(fmt::format("{}/$id: may have no fragment", visit.location));
    const std::string absolute = resolve_uri(resources_[visit.resource].uri, uri);
    if (resources_[visit.resource].root == visit.schema) {
      resources_[visit.resource].uri = absolute;  // a document is also known by the name it was found under
      by_uri_.emplace(absolute, visit.resource);
    } else {
      auto dialect = dialect_of(schema, resources_[visit.resource].dialect);
      if (!dialect) return dialect.error().within(fmt::format("{}/$schema", visit.location));
      Resource resource;
      resource.uri = absolute;
      resource.root = visit.schema;
      resource.dialect = *dialect;
      resources_.push_back(std::move(resource));
      visit.resource = resource_count() - 1;
      if (!by_uri_.emplace(absolute, visit.resource).second) {
        return invalid(fmt::format("{}/$id: {} is there already", visit.location, json::quoted(absolute)));
      }
    }
  }
  subschemas_[visit.schema.key()] = {visit.resource, visit.location};
  if (visit.schema.document == 0) of_root_document_.push_back(visit.schema);
  if (Status anchor = register_anchor(visit, Word::anchor); !anchor) return anchor;
  return register_anchor(visit, Word::dynamic_anchor);
}

void Library::children(const Visit& visit, std::vector<Visit>& pending) {
  const Dialect dialect = resources_[visit.resource].dialect;
  const auto add_child = [&](View value, std::string location) {
    if (is_schema(value))
      pending.push_back({{visit.schema.document, value.index()}, visit.resource, std::move(location)});
  };
  for (const auto [key, value] : view(visit.schema).members()) {
    const WordFacts* word = find_word(key);
    if (word == nullptr || word->inside == Inside::no_schema || !dialect.has(*word)) continue;
    const std::string location = fmt::format("{}/{}", visit.location, key);
    if (word->inside == Inside::schema) {
      add_child(value, location);
    } else if (word->inside == Inside::schemas) {
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
  if (const auto embedded = find_metaschema(uri)) {
    if (const auto added = add(*embedded, uri); !added) return added.error();
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
  if (fragment.empty()) return Target{target.root};
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
