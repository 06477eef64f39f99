#pragma once
// OpenAI's strict mode of json_schema speaks a part of JSON Schema and refuses every line of a batch whose schema goes
// beyond it. A schema is rewritten into that part: what it says more is left to our own judging, which holds every
// answer against the whole schema in any case.

#include <string>
#include <vector>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::prepare {

struct StrictSchema {
  std::string text;                        // JSON: every object closed, all its properties required
  std::vector<std::string> left_out;       // keywords strict mode does not take, each once: "maxLength"
  std::vector<std::string> made_required;  // places of properties that were optional: "/address/street"
};

// invalid: what strict mode cannot say without asking for something else, with its place in the schema. No keyword that
// strict mode is not known to take is in the text; beside a $ref stands nothing.
Result<StrictSchema> strict_schema(json::View schema);

}  // namespace batchd::prepare
