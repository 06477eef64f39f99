#pragma once

#include <map>
#include <string>
#include <string_view>

#include "rules/job/source.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::job {

// One entry of the config's `providers`, laid key by key over what its name or its profile says already.
void read_provider(Source& source, const Path& folder, std::string_view name,
                   std::map<std::string, model::ProviderSpec>& providers);

}  // namespace batchd::job
