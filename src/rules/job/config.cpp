#include <algorithm>

#include <fmt/format.h>

#include "ground/base/suggest.hpp"
#include "ground/base/utf8.hpp"
#include "rules/job/built_in.hpp"
#include "rules/job/config_search.hpp"
#include "rules/job/judge.hpp"
#include "rules/job/provider_config.hpp"
#include "rules/job/values.hpp"

namespace batchd::job {
namespace {

std::int64_t parts_per_million(model::Money factor) { return factor.nano / 1'000; }

model::Price price_at(Source& source, const std::string& at) {
  model::Price price;
  price.provider = text_at(source, at + "/provider").value_or("");
  price.model = text_at(source, at + "/model").value_or("");
  price.input = money_at(source, at + "/input").value_or(model::Money{});
  price.output = money_at(source, at + "/output").value_or(model::Money{});
  price.currency = text_at(source, at + "/currency").value_or("");
  price.as_of = text_at(source, at + "/as_of").value_or("");
  if (const auto per = count_at(source, at + "/per")) price.per_tokens = static_cast<std::int64_t>(*per);
  if (const auto factor = money_at(source, at + "/batch_factor")) {
    price.batch_factor_ppm = parts_per_million(*factor);
    if (factor->nano % 1'000 != 0) source.complain(at + "/batch_factor", "at most six places behind the point");
  }
  return price;
}

void read_prices(Source& source, Config& config) {
  std::vector<std::string> names;
  names.reserve(config.providers.size());
  for (const auto& [name, spec] : config.providers)
    names.push_back(name);
  for (std::size_t n = 0; n < source.at("/prices").size(); ++n) {
    const std::string at = fmt::format("/prices/{}", n);
    model::Price price = price_at(source, at);
    if (!price.provider.empty() && !config.providers.contains(price.provider)) {
      const auto meant = suggest(price.provider, names);
      source.complain(at + "/provider", fmt::format("there is no provider \"{}\"{}", price.provider,
                                                    meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""));
    }
    config.prices.push_back(std::move(price));
  }
}

void read_serve(const Source& source, const Path& folder, model::ServeSpec& serve) {
  serve.listen = texts_at(source, "/serve/listen");
  serve.hosts = texts_at(source, "/serve/hosts");
  if (const auto file = text_at(source, "/serve/tls/certificate_file"))
    serve.certificate_file = resolved(folder, *file);
  if (const auto file = text_at(source, "/serve/tls/key_file")) serve.key_file = resolved(folder, *file);
  serve.behind_proxy = flag_at(source, "/serve/behind_proxy").value_or(false);
}

void read_config(Source& source, const Path& folder, Config& config) {
  judge_config(source);
  if (const auto state = text_at(source, "/state_dir")) config.state_folder = resolved(folder, *state);
  for (const auto [name, value] : source.at("/providers").members())
    read_provider(source, folder, name, config.providers);
  read_prices(source, config);
  read_serve(source, folder, config.serve);
  config.retention = {duration_at(source, "/retention/requests"), duration_at(source, "/retention/answers"),
                      duration_at(source, "/retention/ledger")};
}

void settle_state_folder(const ConfigOptions& options, LoadedConfig& loaded) {
  Path& folder = loaded.config.state_folder;
  if (options.state_folder)
    folder = resolved(options.current_folder, options.state_folder->native());
  else if (folder.empty())
    folder = default_state_folder(options.environment).value_or(Path());
  if (folder.empty())
    loaded.complaints.push_back(
        {"state folder", 0, 0, "neither --state-dir, a config, XDG_STATE_HOME nor HOME says where state goes", false});
  else if (!is_utf8(folder.native()))
    loaded.complaints.push_back({"state folder", 0, 0, "its path is not UTF-8; name another with --state-dir", false});
}

}  // namespace

LoadedConfig load_config(const ConfigOptions& options) {
  LoadedConfig loaded;
  loaded.config.providers = built_in_providers();
  const Path found = find_config(options);
  if (!found.empty()) {
    const std::string shown = shown_path(found, options.current_folder);
    loaded.config.file = found;
    auto text = read_file(found, yaml_bytes_max);
    if (text.ok()) {
      Source source(std::move(text).value(), options.environment, {shown, {}, {}});
      if (source.root()) read_config(source, found.parent_path(), loaded.config);
      loaded.complaints = source.take_complaints();
    } else {
      loaded.complaints.push_back({shown, 0, 0, text.error().message, false});
    }
  }
  settle_state_folder(options, loaded);
  return loaded;
}

std::optional<model::Price> Config::price_of(std::string_view provider, std::string_view model) const {
  const model::Price* newest = nullptr;
  for (const model::Price& price : prices)
    if (price.provider == provider && price.model == model && (newest == nullptr || price.as_of >= newest->as_of))
      newest = &price;
  return newest == nullptr ? std::nullopt : std::optional<model::Price>(*newest);
}

}  // namespace batchd::job
