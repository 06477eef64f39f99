#include "rules/job/takes.hpp"

namespace batchd::job {

using model::Take;

std::vector<Take> takes_of(std::string_view endpoint) {
  if (endpoint.ends_with("/embeddings")) return {Take::embedding, Take::body};
  const bool has_no_text =
      endpoint == "/v1/moderations" || endpoint == "/v1/videos" || endpoint.starts_with("/v1/images/");
  if (has_no_text) return {Take::body};
  const bool calls_no_tools = endpoint.ends_with("/completions") && !endpoint.ends_with("/chat/completions");
  if (calls_no_tools) return {Take::content, Take::body};
  return {Take::content, Take::tool_arguments, Take::body};
}

}  // namespace batchd::job
