#pragma once
// Enums lie in the database as numbers. A number that is written once keeps its meaning for ever: a new value goes to
// the end, and these assertions say when one moved. The table at the top of migrations.cpp names them for people.

#include "core/store/database.hpp"
#include "rules/model/batch.hpp"
#include "rules/model/due_run.hpp"
#include "rules/model/item.hpp"
#include "rules/model/pause.hpp"
#include "rules/model/resolution.hpp"
#include "rules/model/run.hpp"

namespace batchd::store {

template <>
inline constexpr model::RunState last_stored<model::RunState> = model::RunState::cancelled;
template <>
inline constexpr model::WaitingFor last_stored<model::WaitingFor> = model::WaitingFor::batches;
template <>
inline constexpr model::CancelScope last_stored<model::CancelScope> = model::CancelScope::unsent;
template <>
inline constexpr model::DueFate last_stored<model::DueFate> = model::DueFate::refused;
template <>
inline constexpr model::DeliveryState last_stored<model::DeliveryState> = model::DeliveryState::given_up;
template <>
inline constexpr model::ShardStage last_stored<model::ShardStage> = model::ShardStage::collected;
template <>
inline constexpr model::EndKind last_stored<model::EndKind> = model::EndKind::given_up;
template <>
inline constexpr model::BatchState last_stored<model::BatchState> = model::BatchState::unrecognised;
template <>
inline constexpr model::Settlement last_stored<model::Settlement> = model::Settlement::fail;
template <>
inline constexpr model::PauseOf last_stored<model::PauseOf> = model::PauseOf::provider;
template <>
inline constexpr model::Reason last_stored<model::Reason> = model::Reason::deadline;

namespace stored {

using model::BatchState;
using model::CancelScope;
using model::DeliveryState;
using model::DueFate;
using model::EndKind;
using model::PauseOf;
using model::Reason;
using model::RunState;
using model::Settlement;
using model::ShardStage;
using model::WaitingFor;

static_assert(int(RunState::created) == 0 && int(RunState::running) == 1 && int(RunState::finalizing) == 2 &&
              int(RunState::succeeded) == 3 && int(RunState::failed) == 4 && int(RunState::stopped) == 5 &&
              int(RunState::cancelled) == 6);
static_assert(int(WaitingFor::nothing) == 0 && int(WaitingFor::provider) == 1 && int(WaitingFor::rate_limit) == 2 &&
              int(WaitingFor::queue_capacity) == 3 && int(WaitingFor::unknown_submission) == 4 &&
              int(WaitingFor::input) == 5 && int(WaitingFor::disk) == 6 && int(WaitingFor::paused) == 7 &&
              int(WaitingFor::owner) == 8 && int(WaitingFor::batches) == 9);
static_assert(int(CancelScope::everything) == 0 && int(CancelScope::unsent) == 1);
static_assert(int(DueFate::watched) == 0 && int(DueFate::queued) == 1 && int(DueFate::begun) == 2 &&
              int(DueFate::skipped) == 3 && int(DueFate::refused) == 4);
static_assert(int(DeliveryState::pending) == 0 && int(DeliveryState::delivered) == 1 &&
              int(DeliveryState::given_up) == 2);
static_assert(int(ShardStage::planned) == 0 && int(ShardStage::uploading) == 1 && int(ShardStage::uploaded) == 2 &&
              int(ShardStage::creating) == 3 && int(ShardStage::unknown) == 4 && int(ShardStage::in_flight) == 5 &&
              int(ShardStage::ended) == 6 && int(ShardStage::fetched) == 7 && int(ShardStage::collected) == 8);
static_assert(int(EndKind::none) == 0 && int(EndKind::batch) == 1 && int(EndKind::refused) == 2 &&
              int(EndKind::not_sent) == 3 && int(EndKind::given_up) == 4);
static_assert(int(BatchState::validating) == 0 && int(BatchState::running) == 1 && int(BatchState::finalizing) == 2 &&
              int(BatchState::completed) == 3 && int(BatchState::failed) == 4 && int(BatchState::expired) == 5 &&
              int(BatchState::cancelling) == 6 && int(BatchState::cancelled) == 7 &&
              int(BatchState::unrecognised) == 8);
static_assert(int(PauseOf::run) == 0 && int(PauseOf::job) == 1 && int(PauseOf::provider) == 2);
static_assert(int(Settlement::adopt) == 0 && int(Settlement::resubmit) == 1 && int(Settlement::fail) == 2);
static_assert(int(Reason::none) == 0 && int(Reason::not_json) == 1 && int(Reason::empty) == 2 &&
              int(Reason::schema_mismatch) == 3 && int(Reason::truncated) == 4 && int(Reason::too_large) == 5 &&
              int(Reason::refused) == 6 && int(Reason::bad_request) == 7 && int(Reason::provider_error) == 8 &&
              int(Reason::expired) == 9 && int(Reason::missing) == 10 && int(Reason::cancelled) == 11 &&
              int(Reason::budget) == 12 && int(Reason::deadline) == 13 && model::reason_count == 14);

}  // namespace stored
}  // namespace batchd::store
