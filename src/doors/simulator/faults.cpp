#include "doors/simulator/faults.hpp"

#include <charconv>
#include <variant>

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "ground/base/suggest.hpp"

namespace batchd::simulator {
namespace {

using Place = std::variant<double Faults::*, std::uint64_t Faults::*>;

struct Entry {
  FaultName name;
  Place place;
};

constexpr std::string_view a_share = "a share 0…1";
constexpr std::string_view a_count = "a count";
constexpr std::string_view milliseconds = "milliseconds";

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list{
      {{"rate_429", a_share, "of all calls answered 429"}, &Faults::rate_429},
      {{"rate_500", a_share, "of all calls answered 500"}, &Faults::rate_500},
      {{"rate_503", a_share, "of all calls answered 503"}, &Faults::rate_503},
      {{"retry_after_ms", milliseconds, "what those answers ask to wait (Retry-After and retry-after-ms)"},
       &Faults::retry_after_ms},
      {{"auth", a_share, "of all calls answered 401"}, &Faults::auth},
      {{"slow_ms", milliseconds, "before every answer"}, &Faults::slow_ms},
      {{"reset_upload", a_count, "the first so many uploads are cut off in the middle of their body"},
       &Faults::reset_upload},
      {{"lose_create_answer", a_share, "of creates: the batch is made, the connection is cut without an answer"},
       &Faults::lose_create_answer},
      {{"lose_create_request", a_share, "of creates: the connection is cut and no batch is made"},
       &Faults::lose_create_request},
      {{"truncate_download", a_share, "of downloads cut off half-way"}, &Faults::truncate_download},
      {{"list_lag_ms", milliseconds, "until a new batch shows in lists"}, &Faults::list_lag_ms},
      {{"file_lag_ms", milliseconds, "until a new file can be used by a batch"}, &Faults::file_lag_ms},
      {{"stuck_validating", a_share, "of batches that never leave validating"}, &Faults::stuck_validating},
      {{"fail_validation", a_share, "of batches that fail in validation although nothing is wrong with them"},
       &Faults::fail_validation},
      {{"token_limit", a_share, "of batches that fail because too many tokens are enqueued"}, &Faults::token_limit},
      {{"expire", a_share, "of batches that expire half-way, with what was done until then"}, &Faults::expire},
      {{"missing_lines", a_share, "of items that are in no result file"}, &Faults::missing_lines},
      {{"duplicate_lines", a_share, "of items that are there twice"}, &Faults::duplicate_lines},
      {{"garbage_lines", a_share, "of result lines that cannot be read"}, &Faults::garbage_lines},
      {{"error_lines", a_share, "of items that fail: a 400, a 500 or the content filter"}, &Faults::error_lines},
      {{"not_json", a_share, "of answers that are prose where JSON was asked for"}, &Faults::not_json},
      {{"schema_mismatch", a_share, "of answers that break the schema"}, &Faults::schema_mismatch},
      {{"truncated", a_share, "of answers cut off by the token limit (finish_reason length)"}, &Faults::truncated},
      {{"refused", a_share, "of answers that are a refusal"}, &Faults::refused},
      {{"wrapped_json", a_share, "of answers whose JSON stands in a fenced block with words around it"},
       &Faults::wrapped_json},
      {{"shuffle", a_share, "of batches whose result lines come in another order"}, &Faults::shuffle},
  };
  return list;
}

Result<Faults> unknown(std::string_view name) {
  std::vector<std::string> names;
  for (const Entry& entry : entries())
    names.emplace_back(entry.name.name);
  const auto meant = suggest(name, names);
  return Error(ErrorKind::invalid, fmt::format("there is no fault \"{}\"", name),
               meant ? fmt::format("did you mean \"{}\"?", *meant) : "`batchd simulate --list-faults` lists them");
}

template <typename T>
bool read_whole(std::string_view text, T& value) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size();
}

bool read_value(std::string_view text, const Place& place, Faults& faults) {
  if (const auto* share = std::get_if<double Faults::*>(&place)) {
    double value = 0;
    if (!read_whole(text, value) || !(value >= 0 && value <= 1)) return false;
    faults.*(*share) = value;
    return true;
  }
  std::uint64_t value = 0;
  if (!read_whole(text, value) || value > 1'000'000'000'000) return false;
  faults.*std::get<std::uint64_t Faults::*>(place) = value;
  return true;
}

}  // namespace

const std::vector<FaultName>& fault_names() {
  static const std::vector<FaultName> names = [] {
    std::vector<FaultName> list;
    for (const Entry& entry : entries())
      list.push_back(entry.name);
    return list;
  }();
  return names;
}

Result<Faults> parse_faults(const std::vector<std::pair<std::string, std::string>>& settings) {
  Faults faults;
  for (const auto& [name, value] : settings) {
    const Entry* found = nullptr;
    for (const Entry& entry : entries())
      if (entry.name.name == name) found = &entry;
    if (!found) return unknown(name);
    if (!read_value(value, found->place, faults))
      return Error(ErrorKind::invalid,
                   fmt::format("the fault {}={}: the value must be {}", name, value, found->name.value));
  }
  return faults;
}

bool hits(double share, std::uint64_t seed, std::string_view name, std::uint64_t key) {
  if (share <= 0) return false;
  return Draw(mixed(mixed(seed, number_of(name)), key)).unit() < share;
}

}  // namespace batchd::simulator
