#pragma once
// HTML in a message: people's catalogues are full of it, and no model quotes it.

#include <string>
#include <string_view>

namespace batchd::simulator {

// The text without tags and comments, the commonest entities as characters; what ends a block ends a line. What only
// looks like a tag ("a < b", "<3") stays. `text` itself when it holds none; else `plain` is written, and seen.
std::string_view without_markup(std::string_view text, std::string& plain);

}  // namespace batchd::simulator
