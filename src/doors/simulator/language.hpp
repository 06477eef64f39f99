#pragma once

#include <string_view>

namespace batchd::simulator {

// The language of a text as a code of two letters ("de"): a guess by its letters and its short words; "en" when in
// doubt. Good enough to make a made-up answer look alive.
std::string_view language_of(std::string_view text);

}  // namespace batchd::simulator
