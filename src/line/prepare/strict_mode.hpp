#pragma once
// OpenAI's strict mode of json_schema speaks a part of JSON Schema and refuses every line of a batch whose schema goes
// beyond it. Asked for only where the schema surely fits; the answers are held against the whole schema in any case.

#include "ground/json/document.hpp"

namespace batchd::prepare {

// Every object closed and all its properties required, an object at the top, and no keyword that strict mode is not
// known to take.
bool fits_strict_mode(json::View schema);

}  // namespace batchd::prepare
