#pragma once
// Does a batch that failed in validation say that the provider's queue is full, and nothing else is wrong with it?

#include "rules/model/batch.hpp"

namespace batchd::engine {

bool means_full_queue(const model::RemoteBatch& batch);

}  // namespace batchd::engine
