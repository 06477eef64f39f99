#pragma once
// Internal to the room: an answer that says "elsewhere". PURE.

#include "ground/http/message.hpp"
#include "line/provider/refusal.hpp"

namespace batchd::provider {

inline constexpr int redirects_max = 3;  // in a row

// Is `answer` a 301, 302, 307 or 308 of a GET that may be followed? Then `request` is the next one. Within one origin
// (scheme, host and port) every GET is. To another one only a fetch is (result files often lie in a store of files,
// under a signed URL), without the key and never from https to http. What is not followed stays the refusal it is.
bool follow(const Asked& asked, const http::Response& answer, http::Request& request);

}  // namespace batchd::provider
