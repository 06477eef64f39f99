#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "doors/simulator/draw.hpp"

namespace batchd::simulator {

// A text that a regular expression matches: literals, classes, groups, alternatives, repetition, anchors; look-around
// is passed over. Up to `extra` more repetitions than needed where they are free.
std::string text_matching(std::string_view pattern, std::uint64_t extra, Draw& draw);

}  // namespace batchd::simulator
