#pragma once
// Two remotes live in one world, each under its own path, with its own ids, limits and habits. What is made under one
// prefix is not seen under the other.

#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/base/clock.hpp"

namespace batchd::simulator {

enum class Dialect {
  openai,     // /v1
  dashscope,  // /compatible-mode/v1
};

std::string_view name_of(Dialect dialect);  // "openai", "dashscope"
std::optional<Dialect> dialect_named(std::string_view name);

struct Limits {
  std::uint64_t upload_bytes_max;
  std::uint64_t batch_bytes_max;
  std::uint64_t batch_requests_max;
  std::uint64_t embedding_inputs_max;  // of a batch, over all its requests
  std::uint64_t line_bytes_max;
  std::size_t custom_id_characters_max;
  std::uint64_t files_per_page_max;  // and the default
};
const Limits& limits_of(Dialect dialect);

// "/v1/files/x" → openai, "/files/x"; nothing for a path of neither.
struct Place {
  Dialect dialect;
  std::string_view route;
};
std::optional<Place> place_of(std::string_view path);

bool is_endpoint(Dialect dialect, std::string_view endpoint);  // may be batched here
std::string_view endpoints_listed(Dialect dialect);            // "'/v1/chat/completions', …": for people

// "24h", and on DashScope 24h…336h or 1d…14d; nothing when the dialect does not take it.
std::optional<Duration> window_of(Dialect dialect, std::string_view text);

}  // namespace batchd::simulator
