#pragma once
// A target as a delivery keeps it: complete, so that it can still be reached when its job is gone.

#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "rules/model/notice.hpp"

namespace batchd::notify {

std::string to_text(const model::NotifyTarget& target);  // JSON, without `on`
Result<model::NotifyTarget> target_from_text(std::string_view text);

// For people and logs: "webhook at hooks.example.com", "command /usr/local/bin/tell". Of a URL only the host: the rest
// may be a secret.
std::string shown(const model::NotifyTarget& target);

}  // namespace batchd::notify
