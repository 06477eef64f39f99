#pragma once
// The schemas that describe schemas, as json-schema.org publishes them, so that nothing is fetched.

#include <optional>
#include <string_view>

namespace batchd::schema {

// The text published under `uri` (without fragment), for the drafts in force.
std::optional<std::string_view> find_metaschema(std::string_view uri);

}  // namespace batchd::schema
