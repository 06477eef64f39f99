#include "line/notify/webhook.hpp"

#include <chrono>

#include <fmt/format.h>

#include "ground/base/base64.hpp"
#include "ground/base/secret.hpp"

namespace batchd::notify {
namespace {

constexpr std::string_view encoded_key = "whsec_";

}  // namespace

Result<std::string> key_from_secret(std::string_view secret) {
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r' || secret.back() == ' '))
    secret.remove_suffix(1);
  if (secret.empty()) return Error(ErrorKind::invalid, "the signing key is empty");
  if (!secret.starts_with(encoded_key)) return std::string(secret);
  auto key = from_base64(secret.substr(encoded_key.size()));
  if (!key || key->empty())
    return Error(ErrorKind::invalid, "the signing key begins with whsec_, and what follows is no base64");
  return std::move(*key);
}

std::string signature_of(std::string_view key, std::string_view id, std::int64_t timestamp_s,
                         std::string_view payload) {
  return "v1," + to_base64(hmac_sha256(key, fmt::format("{}.{}.{}", id, timestamp_s, payload)));
}

http::Request webhook_request(const model::Delivery& delivery, const std::string& url,
                              const std::optional<std::string>& key, Time now) {
  const auto timestamp_s = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  http::Request request;
  request.method = http::Method::post;
  request.url = url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("webhook-id", delivery.id);
  request.headers.set("webhook-timestamp", std::to_string(timestamp_s));
  if (key) request.headers.set("webhook-signature", signature_of(*key, delivery.id, timestamp_s, delivery.payload));
  request.body = delivery.payload;
  return request;
}

}  // namespace batchd::notify
