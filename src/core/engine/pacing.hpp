#pragma once
// When to try again. Pure arithmetic; the jitter (± a tenth) is a function of shard and try.

#include <cstdint>
#include <optional>

#include "ground/base/clock.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::engine {

// After `polls` looks at a batch: six at `first` while it validates, then from 12 × first doubling to max.
Duration poll_interval(const model::PollPolicy& policy, std::uint32_t shard, std::uint32_t polls, bool validating);

// After `failures` failed tries of one step, on top of what http/backoff already repeated: 5 s doubling to 5 min, or
// what the server asked for when that is longer (at most an hour).
Duration retry_interval(std::uint32_t shard, std::uint32_t failures, std::optional<long long> server_asked_ms);

// After `searches` searches in a row that changed nothing: settle, doubling to an hour.
Duration search_interval(const model::ReconcilePolicy& policy, std::uint32_t searches);

// After the provider's queue was full `refusals` times in a row: from 12 × first doubling to 6 × max.
Duration queue_interval(const model::PollPolicy& policy, std::uint32_t shard, std::uint32_t refusals);

// Input tokens of a file of requests, roughly: four bytes a token.
std::uint64_t estimated_tokens(std::uint64_t bytes);

// Between two looks while reconciling.
Duration look_interval(const model::ReconcilePolicy& policy);

// The same while the list does not show what is known to exist, for `behind` by now. Nothing: such a list cannot be
// believed in anything.
std::optional<Duration> look_interval_behind(const model::ReconcilePolicy& policy, Duration behind);

}  // namespace batchd::engine
