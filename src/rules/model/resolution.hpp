#pragma once
// What a person says became of a submission that its provider cannot tell of. The word is kept before anything is done
// about it, for this one submission: a later one that is lost, too, is another question.

#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/clock.hpp"

namespace batchd::model {

enum class Settlement : std::uint8_t {
  adopt,     // there is a batch of it, and this is it
  resubmit,  // there is none: submit again. It may be paid twice
  fail,      // whatever there is, the shard ends; its items fail with the provider's words
};
std::string_view name_of(Settlement settlement);  // as the option is called, without its dashes

struct Resolution {
  std::uint32_t shard = 0;
  std::uint32_t submission = 0;  // the one in doubt
  Settlement by = Settlement::fail;
  std::string batch_id;       // of `adopt`
  std::string input_file_id;  // that batch's, where the provider says so
  Time decided_at{};
};

inline bool says_the_same(const Resolution& one, const Resolution& other) {
  return one.by == other.by && one.batch_id == other.batch_id;
}

}  // namespace batchd::model
