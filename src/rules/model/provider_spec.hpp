#pragma once
// What the config says of one remote: address, key's whereabouts, limits, quirks. Defaults come from the profile
// (providers.md sections 1.4, 2 and 8); every value is a setting.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"

namespace batchd::model {

enum class Profile { dashscope, openai, openai_compatible };
enum class OnAmbiguous { wait, fail, resubmit };

struct PollPolicy {
  Duration first{5'000};  // six looks at `first` while validating, then from 12 × first doubling to `max`, with jitter
  Duration max{300'000};
};

struct ReconcilePolicy {
  Duration settle{20'000};  // how long "it is not there" must stay true
  std::uint32_t looks = 3;  // at least so many looks within it
  OnAmbiguous on_ambiguous = OnAmbiguous::wait;
};

struct HttpPolicy {
  std::uint32_t attempts = 5;  // of one safe call
  Duration connect_timeout{10'000};
  Duration idle_timeout{60'000};
  Duration repeat_for{60'000};  // no attempt of a call begins later after its first, unless we are asked to slow down
  Path ca_file;                 // "": the system's store
  std::string proxy;            // "http://host:port"; "": as the environment says; "none": no proxy
};

struct ProviderLimits {
  std::uint64_t max_requests = 50'000;          // per file
  std::uint64_t max_bytes = 200'000'000;        // per file
  std::optional<std::uint64_t> max_line_bytes;  // a longer request line is refused by us
  std::optional<std::uint64_t> warn_line_bytes;
  std::optional<std::uint64_t> max_in_flight_tokens;
  std::uint32_t custom_id_characters_max = 256;
  Duration window_min{86'400'000};  // completion window: 24h …
  Duration window_max{86'400'000};
};

struct ProviderSpec {
  std::string name;  // "dashscope-intl"
  Profile profile = Profile::openai_compatible;
  std::string base_url;  // with its path: "https://…/compatible-mode/v1", no final slash
  std::string api_key_env;
  Path api_key_file;  // wins over the environment when both are set
  PollPolicy poll;
  ReconcilePolicy reconcile;
  HttpPolicy http;
  ProviderLimits limits;
  bool delete_remote_files = false;
  bool simulated = false;                    // the world behind it is ours: no key, no money
  std::vector<std::string> batch_endpoints;  // paths that may be batched; empty: not known
};

std::string_view name_of(Profile profile);

}  // namespace batchd::model
