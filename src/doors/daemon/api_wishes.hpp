#pragma once
// What a request to the API wishes for, in its query. Errors (invalid) say what may stand there.

#include <cstdint>
#include <optional>

#include "ground/base/result.hpp"
#include "ground/http/handler.hpp"
#include "rules/model/item.hpp"

namespace batchd::daemon {

// Of what a page of a list holds: `limit`, or 100; at most 1,000.
Result<std::uint32_t> wanted_limit(const http::ServerRequest& request);
Result<std::optional<model::ItemStatus>> wanted_status(const http::ServerRequest& request);
Result<std::optional<model::Reason>> wanted_reason(const http::ServerRequest& request);
// A number that stands in the query under this name; 0: there is none.
Result<std::uint64_t> wanted_number(const http::ServerRequest& request, std::string_view name);
// What is to be asked again: reason, as often as one likes; none: what may pass the second time.
Result<model::ReasonSet> wanted_reasons(const http::ServerRequest& request);

}  // namespace batchd::daemon
