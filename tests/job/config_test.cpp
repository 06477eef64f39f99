#include <doctest/doctest.h>

#include "job/fixture.hpp"

using namespace batchd;
using batchd::job::test::Fixture;

TEST_CASE("without a config three providers are built in, with their limits") {
  Fixture fixture;
  const job::LoadedConfig loaded = fixture.config();
  REQUIRE(loaded.ok());
  REQUIRE(loaded.config.providers.size() == 3);
  const model::ProviderSpec& intl = loaded.config.providers.at("dashscope-intl");
  CHECK(intl.name == "dashscope-intl");
  CHECK(intl.base_url == "https://dashscope-intl.aliyuncs.com/compatible-mode/v1");
  CHECK(intl.api_key_env == "DASHSCOPE_API_KEY");
  CHECK(intl.limits.max_requests == 50'000);
  CHECK(intl.limits.max_bytes == 500'000'000);
  CHECK(intl.limits.max_line_bytes == 6'000'000U);
  CHECK(intl.limits.warn_line_bytes == 1'000'000U);
  CHECK(intl.limits.window_max == std::chrono::hours(336));
  CHECK(loaded.config.providers.at("dashscope-cn").base_url == "https://dashscope.aliyuncs.com/compatible-mode/v1");
  const model::ProviderSpec& openai = loaded.config.providers.at("openai");
  CHECK(openai.base_url == "https://api.openai.com/v1");
  CHECK(openai.api_key_env == "OPENAI_API_KEY");
  CHECK(openai.limits.max_bytes == 200'000'000);
  CHECK(openai.limits.window_max == std::chrono::hours(24));
  CHECK_FALSE(openai.limits.max_line_bytes.has_value());
}

TEST_CASE("every key of the contract's example arrives, and empty ones say nothing") {
  Fixture fixture;
  REQUIRE(fixture.config_complaints(R"(
state_dir: ../.batchd
retention: {requests: 14d, answers: 7d, ledger: 400d}
providers:
  dashscope-intl:
    profile: dashscope
    base_url: https://dashscope-intl.aliyuncs.com/compatible-mode/v1/
    api_key_env: MY_KEY
    api_key_file: keys/one
    poll: {first: 6s, max: 7m}
    reconcile: {settle: 21s, looks: 4, on_ambiguous: fail}
    http: {attempts: 6, connect_timeout: 11s, idle_timeout: 61s, ca_file: , proxy: }
    limits: {max_requests: 40000, max_bytes: 400MB, max_line_bytes: 5MB, warn_line_bytes: 2MB, max_in_flight_tokens: }
    remote_files: delete
prices:
  - {provider: dashscope-intl, model: qwen-plus, input: 0.40, output: 1.20, per: 1000000, currency: USD, batch_factor: 0.5, as_of: 2026-11-01}
)") == "");
  const job::Config config = fixture.config().config;
  CHECK(config.file == fixture.folder / "batchd.yaml");
  CHECK(config.state_folder == fixture.folder.path().parent_path() / ".batchd");
  CHECK(config.not_in_force.empty());
  CHECK(config.retention.ledger == std::chrono::hours(400 * 24));
  CHECK(config.retention.requests == std::chrono::hours(14 * 24));
  CHECK(config.retention.answers == std::chrono::hours(7 * 24));
  const model::ProviderSpec& spec = config.providers.at("dashscope-intl");
  CHECK(spec.base_url == "https://dashscope-intl.aliyuncs.com/compatible-mode/v1");
  CHECK(spec.api_key_env == "MY_KEY");
  CHECK(spec.api_key_file == fixture.folder / "keys/one");
  CHECK(spec.poll.first == Duration(6'000));
  CHECK(spec.poll.max == Duration(420'000));
  CHECK(spec.reconcile.settle == Duration(21'000));
  CHECK(spec.reconcile.looks == 4);
  CHECK(spec.reconcile.on_ambiguous == model::OnAmbiguous::fail);
  CHECK(spec.http.attempts == 6);
  CHECK(spec.http.connect_timeout == Duration(11'000));
  CHECK(spec.http.idle_timeout == Duration(61'000));
  CHECK(spec.http.ca_file.empty());
  CHECK(spec.http.proxy.empty());
  CHECK(spec.limits.max_requests == 40'000);
  CHECK(spec.limits.max_bytes == 400'000'000);
  CHECK(spec.limits.max_line_bytes == 5'000'000U);
  CHECK(spec.limits.warn_line_bytes == 2'000'000U);
  CHECK_FALSE(spec.limits.max_in_flight_tokens.has_value());
  CHECK(spec.delete_remote_files);
  REQUIRE(config.prices.size() == 1);
  CHECK(config.prices[0].input.nano == 400'000'000);
  CHECK(config.prices[0].output.nano == 1'200'000'000);
  CHECK(config.prices[0].batch_factor_ppm == 500'000);
  CHECK(config.prices[0].as_of == "2026-11-01");
}

TEST_CASE("an empty proxy means none, one that is left out means what the environment says") {
  Fixture fixture;
  const auto proxy_of = [&](const std::string& proxy) {
    CHECK(fixture.config_complaints("providers: {openai: {http: {" + proxy + "}}}\n") == "");
    return fixture.config().config.providers.at("openai").http.proxy;
  };
  CHECK(proxy_of("attempts: 5").empty());
  CHECK(proxy_of("proxy: ").empty());
  CHECK(proxy_of("proxy: ''") == "none");
  CHECK(proxy_of("proxy: none") == "none");
  CHECK(proxy_of("proxy: 'http://proxy.corp:3128'") == "http://proxy.corp:3128");
}

TEST_CASE("a built-in provider is overlaid key by key") {
  Fixture fixture;
  CHECK(fixture.config_complaints("providers: {dashscope-cn: {limits: {max_bytes: 100MB}}, openai: }\n") == "");
  const job::Config config = fixture.config().config;
  const model::ProviderSpec& spec = config.providers.at("dashscope-cn");
  CHECK(spec.limits.max_bytes == 100'000'000);
  CHECK(spec.limits.max_line_bytes == 6'000'000U);
  CHECK(spec.base_url == "https://dashscope.aliyuncs.com/compatible-mode/v1");
  CHECK(config.providers.at("openai").base_url == "https://api.openai.com/v1");
}

TEST_CASE("a provider of one's own takes its profile's limits and needs an address where the profile knows none") {
  Fixture fixture;
  CHECK(fixture.config_complaints(R"(providers:
  workspace: {profile: dashscope, base_url: "https://w.cn-beijing.maas.aliyuncs.com/compatible-mode/v1"}
  team-b: {profile: openai, api_key_env: TEAM_B_KEY}
  local: {base_url: "http://localhost:8000/v1", limits: {max_requests: 100, min_completion_window: 1h}}
)") == "");
  const job::Config config = fixture.config().config;
  CHECK(config.providers.at("workspace").limits.max_bytes == 500'000'000);
  CHECK(config.providers.at("workspace").api_key_env == "DASHSCOPE_API_KEY");
  CHECK(config.providers.at("team-b").base_url == "https://api.openai.com/v1");
  CHECK(config.providers.at("team-b").api_key_env == "TEAM_B_KEY");
  CHECK(config.providers.at("local").profile == model::Profile::openai_compatible);
  CHECK(config.providers.at("local").api_key_env.empty());
  CHECK(config.providers.at("local").limits.max_requests == 100);
  CHECK(
      fixture.config_complaints("providers: {mine: {profile: dashscope}}\n") ==
      "batchd.yaml:1:13: providers.mine: the key \"base_url\" is missing; the profile \"dashscope\" knows no address");
}

TEST_CASE("a key written into the file is refused and not repeated") {
  Fixture fixture;
  const std::string direct = fixture.config_complaints("providers: {openai: {api_key: sk-very-secret}}\n");
  CHECK(direct ==
        "batchd.yaml:1:22: providers.openai: unknown key \"api_key\"; a key is never written here: name its variable "
        "with api_key_env or its file with api_key_file");
  const std::string as_variable = fixture.config_complaints("providers: {openai: {api_key_env: sk-very-secret}}\n");
  CHECK(as_variable ==
        "batchd.yaml:1:35: providers.openai.api_key_env: what stands there does not fit: write the name of the "
        "environment variable that holds the key, never the key itself");
  const std::string in_address =
      fixture.config_complaints("providers: {openai: {base_url: \"https://me:sk-very-secret@host/v1\"}}\n");
  CHECK(in_address.find("sk-very-secret") == std::string::npos);
  CHECK(in_address.starts_with("batchd.yaml:1:32: providers.openai.base_url: "));
}

TEST_CASE("a key that would cross the network in the clear is a warning") {
  Fixture fixture;
  CHECK(fixture.config_complaints("providers: {openai: {base_url: \"http://proxy.example/v1\"}}\n") ==
        "batchd.yaml:1:32: warning: providers.openai.base_url: the key would cross the network unencrypted; use https");
  CHECK(fixture.config().ok());
  CHECK(fixture.config_complaints("providers: {openai: {base_url: \"http://127.0.0.1:80/v1\"}}\n") == "");
}

TEST_CASE("figures of a config are checked against each other") {
  Fixture fixture;
  CHECK(fixture.config_complaints("providers: {openai: {poll: {first: 10m}, limits: {max_completion_window: 1h}}}\n") ==
        "batchd.yaml:1:28: providers.openai.poll: max is shorter than first\n"
        "batchd.yaml:1:50: providers.openai.limits: max_completion_window is shorter than min_completion_window");
  CHECK(fixture.config_complaints("providers: {openai: {limits: {max_bytes: 6 MB}}}\n") ==
        "batchd.yaml:1:42: providers.openai.limits.max_bytes: \"6 MB\" does not fit: a size is a whole number and one "
        "unit: 12B, 500kB, 6MB, 1GB or 1GiB");
}

TEST_CASE("prices are exact, belong to a provider, and the newest counts") {
  Fixture fixture;
  CHECK(fixture.config_complaints(R"(prices:
  - {provider: openai, model: m, input: 0.000000001, output: 2, currency: USD, as_of: 2026-01-01}
  - {provider: openai, model: m, input: 3, output: 4, currency: USD, as_of: 2026-02-01}
)") == "");
  const job::Config config = fixture.config().config;
  CHECK(config.prices[0].input.nano == 1);
  CHECK(config.price_of("openai", "m").value().input.nano == 3'000'000'000);
  CHECK_FALSE(config.price_of("openai", "other").has_value());
  CHECK_FALSE(config.price_of("dashscope-cn", "m").has_value());
  CHECK(fixture.config_complaints("prices: [{provider: opnai, model: m, input: 1, output: 0.0000000001, "
                                  "currency: USD, batch_factor: 0.1234567}]\n") ==
        "batchd.yaml:1:21: prices.0.provider: there is no provider \"opnai\"; did you mean \"openai\"?\n"
        "batchd.yaml:1:56: prices.0.output: 0.0000000001 is no amount of money: digits, and at most nine places "
        "behind the point\n"
        "batchd.yaml:1:99: prices.0.batch_factor: at most six places behind the point");
}
