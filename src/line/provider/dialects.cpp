// What the remotes do differently (providers.md 1.4, 1.6, 2, 5.1).

#include <chrono>

#include <fmt/format.h>

#include "line/provider/dialect.hpp"
#include "line/provider/one_line.hpp"

namespace batchd::provider {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

bool says_any(std::string_view message, std::initializer_list<std::string_view> parts) {
  for (const auto part : parts)
    if (contains_without_case(message, part)) return true;
  return false;
}

// "Batch requests are being throttled due to system capacity limits" comes under the same code as an empty purse.
bool says_throttled(std::string_view message) { return says_any(message, {"throttl", "capacity limit", "rate limit"}); }

class OpenAi final : public Dialect {
 public:
  static constexpr std::size_t pairs_max = 16;
  static constexpr std::size_t key_characters_max = 64;
  static constexpr std::size_t value_characters_max = 512;

  using Dialect::Dialect;

  // Ours first, so that a full table never loses what a lost batch is found by.
  Metadata metadata(const CreateRequest& request) const override {
    Metadata sent;
    const auto add = [&](bool ours) {
      for (const auto& [key, value] : request.metadata)
        if (key.starts_with("batchd_") == ours && sent.size() < pairs_max)
          sent[std::string(first_characters(key, key_characters_max))] =
              std::string(first_characters(value, value_characters_max));
    };
    add(true);
    add(false);
    return sent;
  }

  CallLimits call_limits() const override {
    CallLimits limits;
    limits.create = {.calls = 2'000, .per = hours(1), .burst = 100};
    limits.upload = {.calls = 1'000, .per = minutes(1), .burst = 50};
    return limits;
  }

  bool means_no_money(std::string_view code, std::string_view message) const override {
    return code == "insufficient_quota" && !says_throttled(message);
  }
};

class DashScope final : public Dialect {
 public:
  static constexpr std::size_t name_characters_max = 100;
  static constexpr std::size_t description_characters_max = 200;

  using Dialect::Dialect;

  // ds_name and ds_description are what a person sees in the console. Other keys come back whole, without a limit.
  Metadata metadata(const CreateRequest& request) const override {
    Metadata sent = request.metadata;
    const auto of = [&](std::string_view key) {
      const auto found = request.metadata.find(std::string(key));
      return found == request.metadata.end() ? std::string() : found->second;
    };
    const std::string shard = fmt::format("-{:0>4}", of(model::metadata_shard));
    const auto room = name_characters_max - std::min(name_characters_max, shard.size());
    const std::string job = of(model::metadata_job);
    const std::string name = std::string(first_characters(job.empty() ? "batchd" : job, room)) + shard;
    const std::string description = fmt::format("batchd run {}, shard {}, submission {}", of(model::metadata_run),
                                                of(model::metadata_shard), of(model::metadata_submission));
    sent.emplace("ds_name", first_characters(name, name_characters_max));
    sent.emplace("ds_description", first_characters(description, description_characters_max));
    return sent;
  }

  bool lists_by_input_file() const override { return true; }
  std::optional<Duration> listed_for() const override { return hours(30 * 24); }

  CallLimits call_limits() const override {
    CallLimits limits;
    limits.upload = {.calls = 3, .per = seconds(1), .burst = 3};
    limits.create = {.calls = 1'000, .per = minutes(1), .burst = 20};
    limits.look = {.calls = 1'000, .per = minutes(1), .burst = 50};
    limits.list = {.calls = 100, .per = minutes(1), .burst = 10};
    limits.file = {.calls = 10, .per = seconds(1), .burst = 10};
    return limits;
  }

  std::string hint_for_refused_key(std::string_view key, std::string_view host) const override {
    if (key.starts_with("sk-sp-"))
      return "It looks like a coding-plan key (sk-sp-…): those work at coding-intl.dashscope.aliyuncs.com only, where "
             "there is no Batch API. Make an ordinary API key.";
    const bool international = host.find("-intl.") != host.npos || host.find("ap-southeast") != host.npos;
    const bool mainland = host == "dashscope.aliyuncs.com" || host.find("cn-beijing") != host.npos;
    if (!international && !mainland) return {};
    return fmt::format("Keys are per region; this one was sent to {} ({}). If it was made {}, try the provider {}.",
                       host, international ? "international" : "mainland China",
                       international ? "for mainland China" : "abroad",
                       international ? "dashscope-cn" : "dashscope-intl");
  }

  // insufficient_quota is mostly tokens a minute here, which passes; only the free quota does not come back.
  bool means_no_money(std::string_view, std::string_view message) const override {
    return says_any(message, {"free allocated quota", "free quota", "free tier"});
  }
};

// Nothing is known but the shape.
class Compatible final : public Dialect {
 public:
  using Dialect::Dialect;

  Metadata metadata(const CreateRequest& request) const override { return request.metadata; }

  bool means_no_money(std::string_view code, std::string_view message) const override {
    if (says_throttled(message)) return false;
    return says_any(code, {"insufficient_balance", "insufficient_credit", "insufficient_funds"}) ||
           says_any(message, {"billing", "balance", "credit", "recharge", "free quota", "free allocated quota"});
  }
};

}  // namespace

std::unique_ptr<Dialect> make_dialect(const model::ProviderSpec& spec) {
  switch (spec.profile) {
    case model::Profile::dashscope:
      return std::make_unique<DashScope>(spec.base_url);
    case model::Profile::openai:
      return std::make_unique<OpenAi>(spec.base_url);
    case model::Profile::openai_compatible:
      break;
  }
  return std::make_unique<Compatible>(spec.base_url);
}

}  // namespace batchd::provider
