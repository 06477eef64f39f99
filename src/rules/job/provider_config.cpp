#include "rules/job/provider_config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rules/job/built_in.hpp"
#include "rules/job/values.hpp"

namespace batchd::job {
namespace {

using model::ProviderSpec;

template <typename Target, typename Value>
void overlay(Target& target, const std::optional<Value>& value) {
  if (value) target = *value;
}
template <typename Value>
void overlay(std::optional<Value>& target, const std::optional<Value>& value) {
  if (value) target = value;
}

// The base of the overlay. A built-in name with another profile keeps its address and key, not its limits.
ProviderSpec base_for(const Source& source, const std::string& at, std::string_view name,
                      const std::map<std::string, ProviderSpec>& providers) {
  const auto known = providers.find(std::string(name));
  const auto profile = profile_from_name(text_at(source, at + "/profile").value_or(""));
  if (known != providers.end() && (!profile || *profile == known->second.profile)) return known->second;
  ProviderSpec spec = profile_defaults(profile.value_or(model::Profile::openai_compatible));
  spec.name = name;
  if (known != providers.end()) {
    spec.base_url = known->second.base_url;
    spec.api_key_env = known->second.api_key_env;
  }
  return spec;
}

bool is_loopback(std::string_view base_url) {
  const std::string_view host = base_url.substr(base_url.find("//") + 2);
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

void read_address(Source& source, const Path& folder, const std::string& at, ProviderSpec& spec) {
  overlay(spec.base_url, text_at(source, at + "/base_url"));
  while (spec.base_url.ends_with('/'))
    spec.base_url.pop_back();
  if (spec.base_url.empty())
    source.complain_at_key(at, fmt::format("{}: the key \"base_url\" is missing; the profile \"{}\" knows no address",
                                           dotted(at), name_of(spec.profile)));
  overlay(spec.api_key_env, text_at(source, at + "/api_key_env"));
  if (const auto file = text_at(source, at + "/api_key_file")) spec.api_key_file = resolved(folder, *file);
  const bool has_key = !spec.api_key_env.empty() || !spec.api_key_file.empty();
  if (has_key && spec.base_url.starts_with("http://") && !is_loopback(spec.base_url))
    source.warn(at + "/base_url", "the key would cross the network unencrypted; use https");
}

void read_poll(Source& source, const std::string& at, ProviderSpec& spec) {
  overlay(spec.poll.first, duration_at(source, at + "/poll/first"));
  overlay(spec.poll.max, duration_at(source, at + "/poll/max"));
  if (spec.poll.first.count() <= 0) source.complain(at + "/poll/first", "must be longer than nothing");
  if (spec.poll.max < spec.poll.first) source.complain(at + "/poll", "max is shorter than first");
}

void read_reconcile(Source& source, const std::string& at, ProviderSpec& spec) {
  overlay(spec.reconcile.settle, duration_at(source, at + "/reconcile/settle"));
  overlay(spec.reconcile.looks, count_at(source, at + "/reconcile/looks"));
  const auto ambiguous = text_at(source, at + "/reconcile/on_ambiguous");
  if (ambiguous == "wait") spec.reconcile.on_ambiguous = model::OnAmbiguous::wait;
  if (ambiguous == "fail") spec.reconcile.on_ambiguous = model::OnAmbiguous::fail;
  if (ambiguous == "resubmit") spec.reconcile.on_ambiguous = model::OnAmbiguous::resubmit;
}

void read_http(Source& source, const Path& folder, const std::string& at, ProviderSpec& spec) {
  overlay(spec.http.attempts, count_at(source, at + "/http/attempts"));
  overlay(spec.http.connect_timeout, duration_at(source, at + "/http/connect_timeout"));
  overlay(spec.http.idle_timeout, duration_at(source, at + "/http/idle_timeout"));
  if (const auto file = text_at(source, at + "/http/ca_file")) spec.http.ca_file = resolved(folder, *file);
  // "" in the file is a word: "no proxy", whatever the environment says. Left out, the environment speaks.
  if (const auto proxy = text_at(source, at + "/http/proxy")) spec.http.proxy = proxy->empty() ? "none" : *proxy;
}

void read_limits(Source& source, const std::string& at, ProviderSpec& spec) {
  model::ProviderLimits& limits = spec.limits;
  overlay(limits.max_requests, count_at(source, at + "/max_requests"));
  overlay(limits.max_bytes, size_at(source, at + "/max_bytes"));
  overlay(limits.max_line_bytes, size_at(source, at + "/max_line_bytes"));
  overlay(limits.warn_line_bytes, size_at(source, at + "/warn_line_bytes"));
  overlay(limits.max_in_flight_tokens, count_at(source, at + "/max_in_flight_tokens"));
  overlay(limits.custom_id_characters_max, count_at(source, at + "/max_custom_id_characters"));
  overlay(limits.window_min, duration_at(source, at + "/min_completion_window"));
  overlay(limits.window_max, duration_at(source, at + "/max_completion_window"));
  if (limits.max_bytes == 0) source.complain(at + "/max_bytes", "must be more than nothing");
  if (limits.window_max < limits.window_min)
    source.complain(at, "max_completion_window is shorter than min_completion_window");
}

}  // namespace

void read_provider(Source& source, const Path& folder, std::string_view name,
                   std::map<std::string, ProviderSpec>& providers) {
  const std::string at = pointer_to("/providers", name);
  ProviderSpec spec = base_for(source, at, name, providers);
  read_address(source, folder, at, spec);
  read_poll(source, at, spec);
  read_reconcile(source, at, spec);
  read_http(source, folder, at, spec);
  read_limits(source, at + "/limits", spec);
  if (source.at(at + "/batch_endpoints").is(json::Kind::array))
    spec.batch_endpoints = texts_at(source, at + "/batch_endpoints");
  if (const auto remote = text_at(source, at + "/remote_files")) spec.delete_remote_files = *remote == "delete";
  providers.insert_or_assign(std::string(name), std::move(spec));
}

}  // namespace batchd::job
