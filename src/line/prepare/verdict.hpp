#pragma once
// After the last row: may anything be sent? on_invalid, on_duplicate and on_empty decide.

#include "line/prepare/prepare.hpp"

namespace batchd::prepare {

Status verdict_of(const model::InputSpec& input, const Tally& tally);

}  // namespace batchd::prepare
