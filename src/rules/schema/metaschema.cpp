#include "rules/schema/metaschema.hpp"

#include <algorithm>

#include "rules/schema/dialect.hpp"

namespace batchd::schema {
namespace {

std::span<const Metaschema> metaschemas_of(Draft draft) {
  switch (draft) {
    case Draft::draft_4:
      return metaschemas_of_draft_4();
    case Draft::draft_6:
      return metaschemas_of_draft_6();
    case Draft::draft_7:
      return metaschemas_of_draft_7();
    case Draft::draft_2019_09:
      return metaschemas_of_draft_2019_09();
    case Draft::draft_2020_12:
      break;
  }
  return metaschemas_of_draft_2020_12();
}

// A static of its own for each draft: nobody pays for those nobody uses.
template <Draft draft>
const Schema& compiled_once() {
  static const Result<Schema> schema = [] {
    CompileOptions options;
    options.base_uri = uri_of(draft);
    return Schema::compile(metaschemas_of(draft).front().text, options);
  }();
  check(schema.ok(), "the embedded metaschema compiles");
  return schema.value();
}

}  // namespace

const Metaschema* find_metaschema(std::string_view uri) {
  for (const Draft draft : every_draft) {
    const auto published = metaschemas_of(draft);
    const auto found = std::ranges::find(published, uri, &Metaschema::uri);
    if (found != published.end()) return &*found;
  }
  return nullptr;
}

const Schema& compiled_metaschema(Draft draft) {
  switch (draft) {
    case Draft::draft_4:
      return compiled_once<Draft::draft_4>();
    case Draft::draft_6:
      return compiled_once<Draft::draft_6>();
    case Draft::draft_7:
      return compiled_once<Draft::draft_7>();
    case Draft::draft_2019_09:
      return compiled_once<Draft::draft_2019_09>();
    case Draft::draft_2020_12:
      break;
  }
  return compiled_once<Draft::draft_2020_12>();
}

}  // namespace batchd::schema
