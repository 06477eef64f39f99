#pragma once
// A run as programs read it, while it goes on and afterwards.

#include <string>
#include <string_view>

#include "ground/json/writer.hpp"
#include "line/report/standing.hpp"

namespace batchd::report {

enum class Told {
  run,       // its record and its counts
  standing,  // and how it stands, with its shards by stage and its batches by state
  shards,    // and each shard
};
// A JSON object with type "run". `note`: a sentence about what was just asked; "": none.
std::string run_json(const RunFacts& facts, Time now, Told told, std::string_view note = "");
// One shard with its newest batch, as an object.
void append_shard(json::Writer& writer, const RunFacts& facts, const model::Shard& shard);

}  // namespace batchd::report
