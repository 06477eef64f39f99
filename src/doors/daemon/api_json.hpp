#pragma once
// Pieces of the API's answers.

#include <optional>
#include <string_view>

#include "core/store/store.hpp"
#include "ground/base/clock.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {

// Or null.
void write_time(json::Writer& writer, std::string_view key, const std::optional<Time>& time);
// Within an object.
void write_item_members(json::Writer& writer, const store::ItemState& state);
void write_item(json::Writer& writer, const store::ItemState& state);

}  // namespace batchd::daemon
