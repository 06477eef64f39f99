#pragma once
// An item: one accepted input row. Its outcome: what became of it.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/hash.hpp"
#include "rules/model/money.hpp"
#include "rules/model/usage.hpp"

namespace batchd::model {

// A stretch of a file under the state directory: "answers/01jd…/0001-output.jsonl", 512, 1024. Never an absolute path.
struct BlobRef {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  explicit operator bool() const { return !file.empty(); }
};

enum class ItemStatus : std::uint8_t { pending, submitted, succeeded, failed };

// Why an item failed: a closed list (contract.md).
enum class Reason : std::uint8_t {
  none,
  not_json,
  empty,
  schema_mismatch,
  truncated,
  too_large,
  refused,
  bad_request,
  provider_error,
  expired,
  missing,
  cancelled,
  budget,
  deadline,
};
inline constexpr int reason_count = 14;

// Several of them.
class ReasonSet {
 public:
  constexpr ReasonSet() = default;
  constexpr ReasonSet(std::initializer_list<Reason> reasons) {
    for (const Reason reason : reasons)
      add(reason);
  }
  static constexpr ReasonSet from_bits(std::uint32_t bits) {
    ReasonSet set;
    set.bits_ = bits;
    return set;
  }
  constexpr void add(Reason reason) { bits_ |= bit(reason); }
  constexpr bool contains(Reason reason) const { return (bits_ & bit(reason)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  bool operator==(const ReasonSet&) const = default;

 private:
  static constexpr std::uint32_t bit(Reason reason) { return std::uint32_t{1} << static_cast<unsigned>(reason); }
  std::uint32_t bits_ = 0;
};

std::string_view name_of(ItemStatus status);
std::string_view name_of(Reason reason);  // none is ""
std::optional<Reason> reason_from_name(std::string_view name);
std::optional<ItemStatus> status_from_name(std::string_view name);

// As prepare hands it over and the store keeps it.
struct Item {
  std::uint64_t sequence = 0;        // the row's number in the whole input, from 1; rejected rows have numbers, too
  std::string id;                    // unique in the run
  std::uint32_t shard = 0;           // n of its shard, from 1
  std::uint64_t row_offset = 0;      // of its input row in the shard's rows file
  std::uint64_t row_length = 0;      // without the line end
  std::uint64_t request_offset = 0;  // of its line in the shard's requests file
  std::uint64_t request_length = 0;  // without the line end
  Hash128 request_key;               // of the rendered body: what makes two items the same question
};

// hash of an item's id (the low word of its XXH3-128) -> its sequence: how an item is found by its id.
struct IdKey {
  std::uint64_t hash = 0;
  std::uint64_t sequence = 0;
};

// One attempt's verdict, as collect hands it over and the store keeps it.
struct Outcome {
  std::uint64_t sequence = 0;
  std::uint32_t attempt = 1;
  ItemStatus status = ItemStatus::failed;  // succeeded or failed
  Reason reason = Reason::none;
  Usage usage;                   // of this attempt
  std::optional<Money> cost;     // of this attempt; nothing when no price is known
  std::uint64_t row_offset = 0;  // the finished results.jsonl row (without line end) in the outcome file
  std::uint64_t row_length = 0;
  std::uint64_t answer_offset = 0;  // the raw line in the output (or error) file; length 0: no answer came
  std::uint64_t answer_length = 0;
  bool answer_in_error_file = false;
};

// What an item's earlier attempts have used together.
struct EarlierUse {
  Usage usage;                // not `known` when one of them was answered without saying so
  std::optional<Money> cost;  // nothing when that of one of them is not known
};

// "<run>-<sequence>-<attempt>": a late or double answer can always be placed.
struct CustomId {
  std::string run;
  std::uint64_t sequence = 0;
  std::uint32_t attempt = 1;
  bool operator==(const CustomId&) const = default;
};
std::string to_text(const CustomId& id);
void append_text(std::string& out, std::string_view run, std::uint64_t sequence, std::uint32_t attempt);
std::optional<CustomId> custom_id_from_text(std::string_view text);

}  // namespace batchd::model
