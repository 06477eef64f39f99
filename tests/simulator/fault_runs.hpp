#pragma once
// A batch of so many requests in a world with faults, and what came of it.

#include <string>
#include <string_view>
#include <vector>

#include "simulator/rehearsal.hpp"

namespace batchd::simulator {

inline const std::string json_wanted =
    R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object",)"
    R"("required":["a"],"additionalProperties":false,"properties":{"a":{"type":"integer"}}}}})";

struct Run {
  explicit Run(FaultList faults, std::string_view base = openai, std::size_t count = 10)
      : Run(std::move(faults), base, some_requests(count, json_wanted)) {}
  Run(FaultList faults, std::string_view base, std::string lines)
      : world(std::move(faults)), batch(world.run_batch(base, std::move(lines))) {
    output = lines_of(world.output(base, batch));
    errors = lines_of(world.errors(base, batch));
  }
  Rehearsal world;
  Came batch;
  std::vector<std::string> output;
  std::vector<std::string> errors;
};

// What stands there in a line of JSON.
inline std::string at(const std::string& line, std::string_view pointer) {
  json::Document document;
  const auto root = document.parse(line);
  if (!root) return "(not JSON)";
  const auto value = root->at_pointer(pointer);
  return std::string(value.as_string().value_or(value ? value.source_text() : "(absent)"));
}

inline constexpr std::string_view said = "/response/body/choices/0/message/content";
inline constexpr std::string_view finish_reason = "/response/body/choices/0/finish_reason";

}  // namespace batchd::simulator
