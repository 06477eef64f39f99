#pragma once
// A webhook's request as Standard Webhooks has it (standardwebhooks.com, specification 1.0.0): the headers webhook-id,
// webhook-timestamp and webhook-signature, and a JSON body. PURE.

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"
#include "ground/http/message.hpp"
#include "rules/model/notice.hpp"

namespace batchd::notify {

// "whsec_" and base64 is the key's bytes; any other text is taken as it is. invalid: "whsec_" and no base64, or
// nothing.
Result<std::string> key_from_secret(std::string_view secret);

// "v1,<base64>": HMAC-SHA-256 of "<id>.<timestamp>.<payload>".
std::string signature_of(std::string_view key, std::string_view id, std::int64_t timestamp_s, std::string_view payload);

// key: nothing, it is not signed.
http::Request webhook_request(const model::Delivery& delivery, const std::string& url,
                              const std::optional<std::string>& key, Time now);

}  // namespace batchd::notify
