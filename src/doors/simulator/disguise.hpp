#pragma once
// The outside of an answer as other providers of the same API shape it: an object wrapped in another, a list without
// its frame, an error in another form. What it says stays the same.

#include <string_view>

#include "doors/simulator/desk.hpp"
#include "doors/simulator/faults.hpp"
#include "ground/http/handler.hpp"

namespace batchd::simulator {

// `route` without the dialect's prefix.
void disguise(const Faults& faults, std::uint64_t seed, const Call& call, std::string_view route,
              http::ServerResponse& response);

}  // namespace batchd::simulator
