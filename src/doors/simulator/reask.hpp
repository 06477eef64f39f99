#pragma once
// Does a conversation mend what went wrong in it? A second time, and a stranger's way: the schema's own words are not
// looked at, only whether the user says what the model left out or added.

#include <string_view>

#include "doors/simulator/shape.hpp"
#include "ground/json/document.hpp"

namespace batchd::simulator {

// The messages before the model's first, as they were written.
std::string_view opening_of(json::View messages);

// The model's last message stands there, and a message after it names a property that it lacks or has too much, or
// says "schema" or "type" when the answer is no object at all.
bool names_what_was_wrong(json::View messages, const Shape& shape);

}  // namespace batchd::simulator
