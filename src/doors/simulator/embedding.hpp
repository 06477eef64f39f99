#pragma once
// Texts as numbers: a vector of length 1 for each, a function of the seed, the model and the text alone, so that the
// same text lies at the same place whoever asks, in whatever company and how often.

#include <cstdint>
#include <optional>

#include "doors/simulator/answer.hpp"
#include "ground/json/document.hpp"

namespace batchd::simulator {

// A text, a list of texts, a list of token numbers or a list of such lists.
std::uint64_t embedding_inputs_in(json::View body);
// What the real one would refuse, too.
std::optional<ApiError> complaint_about_embedding(Dialect dialect, json::View body);
// Into reply.body and reply.usage.
void embed(const Question& question, std::uint64_t seed, Reply& reply);

}  // namespace batchd::simulator
