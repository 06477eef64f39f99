#pragma once
// format: requests: a line that is a Batch API request already, {"custom_id","method","url","body"}. Its body is sent
// as it stands; whatever else the line says must mean what we do with it anyway, since nothing else of it is sent.

#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"

namespace batchd::prepare {

// A sentence what is wrong with the line, apart from its custom_id; nothing when it can be sent.
std::optional<std::string> fault_of_request(json::View line, std::string_view endpoint);

}  // namespace batchd::prepare
