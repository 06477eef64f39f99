#pragma once
// The provider's world, written a second time as an independent witness: OpenAI's Files, Batches and Chat Completions
// under /v1 and /compatible-mode/v1. It shares no codec with line/provider: a shared mistake would hide itself.
//
// The world and its journal lie on disk and survive a kill. An answer is a function of the seed, the request's body
// and how often that body was asked, never of its custom_id, so that two runs over the same rows can be compared.
// Of everything that costs the journal has a line (journal.hpp): it tells whether something was submitted twice.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/async/loop.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "ground/http/handler.hpp"

namespace batchd::simulator {

struct Settings {
  Path folder;                  // the world: files, batches, journal; created when missing, gone on with when not
  std::optional<Path> journal;  // else <folder>/journal.jsonl
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> faults;  // NAME, VALUE (see fault_names())
  // JSON Schema for answers to requests that carry no schema in their response_format, or a strict one, which says less
  // than is meant; may be ""
  std::string fallback_schema;
  // How long a batch takes: validating, then in progress at so many requests a second, then finalizing.
  Duration validating = std::chrono::milliseconds(200);
  Duration finalizing = std::chrono::milliseconds(200);
  std::uint64_t requests_per_second = 100'000;
  // The world's own, which may say another time than its callers'. nullptr: the loop's. Must outlive the world.
  const Clock* clock = nullptr;
};

struct FaultName {
  std::string_view name;
  std::string_view value;  // what kind of VALUE it takes: "SHARE", "COUNT", "TIME" or "SIZE"
  std::string_view explained;
};
const std::vector<FaultName>& fault_names();

class Simulator : public http::Handler {
 public:
  // invalid: an unknown fault (with a suggestion) or a value it cannot have.
  static Result<std::unique_ptr<Simulator>> open(async::Loop& loop, Settings settings);
};

}  // namespace batchd::simulator
