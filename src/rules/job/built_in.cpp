#include "rules/job/built_in.hpp"

#include <chrono>

namespace batchd::job {
namespace {

using model::Profile;
using model::ProviderSpec;
using std::chrono::hours;

ProviderSpec dashscope() {
  ProviderSpec spec;
  spec.profile = Profile::dashscope;
  spec.api_key_env = "DASHSCOPE_API_KEY";
  spec.limits.max_requests = 50'000;
  spec.limits.max_bytes = 500'000'000;
  spec.limits.max_line_bytes = 6'000'000;   // the API page; the console guide says 1 MB:
  spec.limits.warn_line_bytes = 1'000'000;  // longer lines are sent, and said
  spec.limits.window_min = hours(24);
  spec.limits.window_max = hours(336);
  spec.batch_endpoints = {"/v1/chat/completions", "/v1/chat/ds-test"};
  return spec;
}

ProviderSpec openai() {
  ProviderSpec spec;
  spec.profile = Profile::openai;
  spec.base_url = "https://api.openai.com/v1";
  spec.api_key_env = "OPENAI_API_KEY";
  spec.limits.max_requests = 50'000;
  spec.limits.max_bytes = 200'000'000;
  spec.limits.custom_id_characters_max = 512;
  spec.limits.window_min = hours(24);
  spec.limits.window_max = hours(24);
  spec.batch_endpoints = {"/v1/responses",   "/v1/chat/completions",   "/v1/embeddings",   "/v1/completions",
                          "/v1/moderations", "/v1/images/generations", "/v1/images/edits", "/v1/videos"};
  return spec;
}

// Nothing is known of the remote: figures that nearly every one of them bears, and any window one of them has.
ProviderSpec openai_compatible() {
  ProviderSpec spec;
  spec.profile = Profile::openai_compatible;
  spec.limits.max_requests = 50'000;
  spec.limits.max_bytes = 100'000'000;
  spec.limits.window_min = hours(1);
  spec.limits.window_max = hours(336);
  return spec;
}

ProviderSpec named(std::string name, ProviderSpec spec) {
  spec.name = std::move(name);
  return spec;
}

}  // namespace

ProviderSpec profile_defaults(Profile profile) {
  switch (profile) {
    case Profile::dashscope:
      return dashscope();
    case Profile::openai:
      return openai();
    case Profile::openai_compatible:
      break;
  }
  return openai_compatible();
}

std::optional<Profile> profile_from_name(std::string_view name) {
  for (const Profile profile : {Profile::dashscope, Profile::openai, Profile::openai_compatible})
    if (name_of(profile) == name) return profile;
  return std::nullopt;
}

std::map<std::string, ProviderSpec> built_in_providers() {
  ProviderSpec international = named("dashscope-intl", dashscope());
  international.base_url = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
  ProviderSpec mainland = named("dashscope-cn", dashscope());
  mainland.base_url = "https://dashscope.aliyuncs.com/compatible-mode/v1";
  mainland.batch_endpoints.emplace_back("/v1/embeddings");  // batched in Beijing only
  std::map<std::string, ProviderSpec> providers;
  for (ProviderSpec spec : {international, mainland, named("openai", openai())})
    providers.emplace(spec.name, spec);
  return providers;
}

}  // namespace batchd::job
