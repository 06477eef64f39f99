#pragma once
// May a batch be put to a shard? PURE. Each answers with half a sentence that says why not; "": nothing speaks against
// it.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/runner/account_audit.hpp"

namespace batchd::runner {

// By what it holds. input_bytes: of its input file; 0: not known.
std::string why_not_of_shard(const model::Shard& shard, const model::RemoteBatch& batch, std::uint64_t input_bytes);

// A batch that a person names for a shard in doubt: it must be nobody else's, here or by what it says of itself.
std::string why_not_named(const KnownRuns& known, std::string_view run, const model::Shard& shard,
                          const model::RemoteBatch& batch);

}  // namespace batchd::runner
