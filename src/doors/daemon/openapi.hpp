#pragma once
// What the API can do, for programs that read such things: made of the table that answers.

#include <span>
#include <string>

#include "doors/daemon/api.hpp"

namespace batchd::daemon {

std::string openapi_of(std::span<const Api::Route> routes, const std::string& version);

}  // namespace batchd::daemon
