#pragma once
// Says what is wrong with a text that is not JSON. The walk of Document is fast and only knows *that* there is a
// fault; this one reads byte by byte, slowly and plainly, and knows *where* and *what*. A second opinion, too: the
// fuzz target holds the two against each other. Inside this room only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchd::json {

struct SyntaxFault {
  std::size_t byte = 0;
  std::string what;
};

// The first fault of `text`, or nothing when it is one JSON value. Judges everything but repeated keys; half a
// surrogate pair passes where the caller mends it.
std::optional<SyntaxFault> explain(std::string_view text, std::uint32_t depth_max, bool lone_surrogates_pass = false);

}  // namespace batchd::json
