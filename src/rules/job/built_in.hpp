#pragma once
// What is known without a config: three providers, and what each profile takes. Figures: providers.md 1.1, 1.4, 2 and
// 8; each is a setting of the config.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/model/provider_spec.hpp"

namespace batchd::job {

std::map<std::string, model::ProviderSpec> built_in_providers();

// What a profile says of limits, endpoints, address and key; the name is not set.
model::ProviderSpec profile_defaults(model::Profile profile);
std::optional<model::Profile> profile_from_name(std::string_view name);

}  // namespace batchd::job
