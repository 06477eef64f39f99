#include "doors/simulator/dialect.hpp"

#include <charconv>

namespace batchd::simulator {
namespace {

constexpr std::string_view openai_prefix = "/v1";
constexpr std::string_view dashscope_prefix = "/compatible-mode/v1";

constexpr Limits openai_limits{
    .upload_bytes_max = 512'000'000,
    .batch_bytes_max = 200'000'000,
    .batch_requests_max = 50'000,
    .embedding_inputs_max = 50'000,
    .line_bytes_max = 64'000'000,
    .custom_id_characters_max = 512,
    .files_per_page_max = 10'000,
};
constexpr Limits dashscope_limits{
    .upload_bytes_max = 500'000'000,
    .batch_bytes_max = 500'000'000,
    .batch_requests_max = 50'000,
    .embedding_inputs_max = UINT64_MAX,
    .line_bytes_max = 6'000'000,
    .custom_id_characters_max = 256,
    .files_per_page_max = 2'000,
};

bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && path.size() > prefix.size() && path[prefix.size()] == '/';
}

}  // namespace

std::string_view name_of(Dialect dialect) { return dialect == Dialect::openai ? "openai" : "dashscope"; }

std::optional<Dialect> dialect_named(std::string_view name) {
  for (const Dialect dialect : {Dialect::openai, Dialect::dashscope})
    if (name_of(dialect) == name) return dialect;
  return std::nullopt;
}

const Limits& limits_of(Dialect dialect) { return dialect == Dialect::openai ? openai_limits : dashscope_limits; }

std::optional<Place> place_of(std::string_view path) {
  if (is_below(path, openai_prefix)) return Place{Dialect::openai, path.substr(openai_prefix.size())};
  if (is_below(path, dashscope_prefix)) return Place{Dialect::dashscope, path.substr(dashscope_prefix.size())};
  return std::nullopt;
}

bool is_endpoint(Dialect dialect, std::string_view endpoint) {
  if (endpoint == "/v1/chat/completions" || endpoint == "/v1/embeddings") return true;
  return dialect == Dialect::dashscope && endpoint == "/v1/chat/ds-test";
}

std::string_view endpoints_listed(Dialect dialect) {
  if (dialect == Dialect::openai) return "'/v1/chat/completions' and '/v1/embeddings'";
  return "'/v1/chat/completions', '/v1/embeddings' and '/v1/chat/ds-test'";
}

std::optional<Duration> window_of(Dialect dialect, std::string_view text) {
  using std::chrono::hours;
  if (dialect == Dialect::openai) return text == "24h" ? std::optional<Duration>(hours(24)) : std::nullopt;
  std::uint32_t count = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (fault != std::errc() || (unit != "h" && unit != "d") || count > 336) return std::nullopt;
  const Duration window = hours(unit == "d" ? count * 24 : count);
  if (window < hours(24) || window > hours(336)) return std::nullopt;
  return window;
}

}  // namespace batchd::simulator
