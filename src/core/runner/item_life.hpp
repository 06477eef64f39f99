#pragma once
// One item's whole life, as it lies in the store and in the files: its row, its request, every answer, what was made
// of each.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/store.hpp"
#include "ground/base/files.hpp"

namespace batchd::runner {

// ITEM is an item id, `#sequence` or a custom_id. not_found, invalid.
Result<store::ItemState> find_item(store::Store& store, std::string_view run, std::string_view name);

struct LifeAttempt {
  store::AttemptRecord record;
  model::BlobRef answer;  // the provider's line; none where none came
  model::BlobRef result;  // the finished row that was made of it
};

struct ItemLife {
  store::ItemState state;
  model::BlobRef row;
  model::BlobRef request;             // none of a reused answer: the result says who asked
  std::vector<LifeAttempt> attempts;  // oldest first
  model::BlobRef result;              // of the attempt that counts; none while there is none
};

// conflict: the run is still being prepared.
Result<ItemLife> life_of(store::Store& store, std::string_view run, store::ItemState state);

// A stretch of a file under the state folder as text: of a longer one its first bytes_max. Blocking.
Result<std::string> read_blob(const Path& state_folder, const model::BlobRef& blob,
                              std::uint64_t bytes_max = UINT64_MAX);

}  // namespace batchd::runner
