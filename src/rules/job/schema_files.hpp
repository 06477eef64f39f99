#pragma once
// The schema files a job names: read, compiled once so that a fault in them is a complaint now and not at row 40,000.

#include <optional>
#include <string_view>
#include <vector>

#include "rules/job/source.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/schema/local_documents.hpp"

namespace batchd::job {

// The folders that stand for URIs (`map_uri`), relative to `folder`; those that cannot be used are complained about.
std::vector<schema::UriFolder> read_map_uri(Source& source, const Path& folder);

// The file named at `pointer`, relative to `folder`, with every document it refers to: in one text
// where that means the same, else in SchemaText::documents. Nothing when none is named, or when
// it is complained about. Keywords that look misspelt are warned of. `formats` must hold: then an
// unknown format is a fault of the schema.
std::optional<model::SchemaText> read_schema_file(Source& source, std::string_view pointer, const Path& folder,
                                                  const std::vector<schema::UriFolder>& map_uri, bool assert_formats);

}  // namespace batchd::job
