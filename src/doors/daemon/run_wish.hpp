#pragma once
// What the body of POST /api/v1/jobs/{job}/runs may say, as options of `batchd run` say it.

#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "rules/model/job_spec.hpp"

namespace batchd::daemon {

struct RunWish {
  std::optional<std::string> key;      // --key
  bool is_new = false;                 // --new: unfinished runs of the job submit nothing more
  std::optional<std::uint64_t> limit;  // --limit
  std::optional<model::Sample> sample;
};

inline constexpr std::size_t key_characters_max = 200;
bool is_key(std::string_view text);  // of a run: printable, neither empty nor longer

// "" wishes nothing. invalid: names what is not known, or what may stand there.
Result<RunWish> run_wish_from(std::string_view body);

}  // namespace batchd::daemon
