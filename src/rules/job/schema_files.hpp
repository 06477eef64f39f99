#pragma once
// The schema files a job names: read, compiled once so that a fault in them is a complaint now and not at row 40,000.

#include <optional>
#include <string_view>

#include "rules/job/source.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::job {

// The file named at `pointer`, relative to `folder`, with every file it refers to: in one text
// where that means the same, else in SchemaText::documents. Nothing when none is named, or when
// it is complained about. `formats` must hold: then an unknown format is a fault of the schema.
std::optional<model::SchemaText> read_schema_file(Source& source, std::string_view pointer, const Path& folder,
                                                  bool assert_formats);

}  // namespace batchd::job
