// Which draft a document is of, and whether it is what that draft's metaschema says a schema is.

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/library.hpp"
#include "rules/schema/metaschema.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

using json::Kind;
using json::View;

Error invalid(std::string message, std::string hint = {}) {
  return Error(ErrorKind::invalid, std::move(message), std::move(hint));
}

std::optional<Draft> draft_at(std::string_view uri) {
  const auto* found = std::ranges::find(every_draft, uri, uri_of);
  return found == every_draft.end() ? std::nullopt : std::optional(*found);
}

// json-schema.org's own, of whatever draft.
bool is_of_the_standard(std::string_view uri) {
  return uri.starts_with("http://json-schema.org/") || uri.starts_with("https://json-schema.org/");
}

std::string_view name_of_metaschema(View schema) {
  return schema.find(facts_of(Word::schema).name).as_string().value_or(std::string_view{});
}

// Where schemas of another $schema than the root's lie within it: there, the root's metaschema has no say.
void find_foreign(View value, std::string_view own, const std::string& location, std::vector<std::string>& found) {
  const std::string_view named = name_of_metaschema(value);
  const bool has_id = value.find("$id").is(Kind::string) || value.find("id").is(Kind::string);
  if (!location.empty() && has_id && !named.empty() && named != own) return found.push_back(location);
  for (const auto [key, member] : value.members())
    find_foreign(member, own, location + "/" + escaped_step(key), found);
  std::size_t index = 0;
  for (const View element : value.elements())
    find_foreign(element, own, fmt::format("{}/{}", location, index++), found);
}

bool lies_within(std::string_view pointer, std::string_view container) {
  return pointer.starts_with(container) && (pointer.size() == container.size() || pointer[container.size()] == '/');
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

}  // namespace

// A document's dialect, and whether it is what its metaschema says a schema is.
Result<Dialect> Library::judge(View root, std::string_view uri) {
  const auto [open, is_new] = in_progress_.emplace(uri);
  if (!is_new) return invalid("its $schema leads back to itself");
  auto dialect = dialect_of(root, Dialect(unnamed_));
  in_progress_.erase(open);
  if (!dialect) return dialect.error().within("/$schema");
  if (const Status checked = check_against_metaschema(root, dialect->draft()); !checked) return checked.error();
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
  if (const auto draft = draft_at(uri)) return Dialect(*draft);
  const std::string advice = "known are " + list_of_drafts();
  if (is_of_the_standard(uri)) return invalid(fmt::format("{} is not known here", json::quoted(uri)), advice);
  const auto metaschema = resource_at(uri);
  if (!metaschema)
    return invalid(fmt::format("{} is not known here: {}", json::quoted(uri), metaschema.error().message), advice);

  const Draft draft = resource(*metaschema).dialect.draft();
  const View vocabularies = view(resource(*metaschema).root).find("$vocabulary");
  if (!vocabularies || !Dialect(draft).has_vocabularies()) return Dialect(draft);
  Dialect dialect = Dialect::core_of(draft);
  for (const auto [name, demanded] : vocabularies.members()) {
    const Status known = dialect.turn_on(name, demanded.as_bool().value_or(true));
    if (!known) return invalid(fmt::format("{} {}", json::quoted(uri), known.error().message), advice);
  }
  return dialect;
}

// The standard's own metaschemas are beyond doubt, and checking them by themselves would never begin.
Result<std::vector<Fault>> Library::faults_by_metaschema(View schema, Draft draft) {
  const auto named = schema.find("$schema").as_string();
  const std::string_view name = named ? split_fragment(*named).first : uri_of(draft);
  if (const auto standard = draft_at(name)) {
    const Schema& metaschema = compiled_metaschema(*standard);
    return metaschema.accepts(schema) ? std::vector<Fault>() : metaschema.explain(schema);
  }
  const auto resource_id = resource_at(name);
  if (!resource_id) return resource_id.error();
  CompileOptions options = options_;
  options.base_uri = name;
  const auto metaschema = Schema::compile(view(resource(*resource_id).root).source_text(), options);
  if (!metaschema) return metaschema.error();
  return metaschema->explain(schema);
}

Status Library::check_against_metaschema(View schema, Draft draft, std::string_view location) {
  auto faults = faults_by_metaschema(schema, draft);
  if (!faults) return faults.error();
  if (faults->empty()) return {};
  std::vector<std::string> foreign;
  find_foreign(schema, name_of_metaschema(schema), "", foreign);
  std::erase_if(*faults, [&](const Fault& fault) {
    return std::ranges::any_of(foreign, [&](const auto& place) { return lies_within(fault.instance, place); });
  });
  if (faults->empty()) return {};
  for (Fault& fault : *faults)
    fault.instance.insert(0, location);
  std::string message = faults->front().sentence();
  if (faults->front().instance.empty()) message = "the schema: " + faults->front().message;
  return invalid(std::move(message), further(*faults));
}

}  // namespace batchd::schema
