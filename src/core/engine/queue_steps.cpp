// Room in the provider's queue. A full queue is no failure: the file stays where it is, and the same file id is
// submitted again when there may be room. Tokens in flight stay below what the config says, by estimate.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/engine/decider.hpp"
#include "core/engine/pacing.hpp"
#include "core/engine/queue.hpp"

namespace batchd::engine {

using model::EndKind;
using model::Shard;
using model::ShardStage;

namespace {

constexpr std::uint32_t file_tries_max = 10;  // creates refused with "cannot find file": about half an hour
constexpr std::uint32_t uploads_again_max = 1;

std::string plain(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if (c != '_' && c != '-' && c != ' ') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return plain;
}

constexpr std::array<std::string_view, 5> full_queue_codes = {"tokenlimitexceeded", "enqueued", "queuefull",
                                                              "queuelimit", "throttling"};
constexpr std::array<std::string_view, 3> full_queue_words = {"enqueuedtokenlimit", "tokenslimitreached",
                                                              "queueisfull"};

bool contains_one_of(std::string_view text, const auto& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

}  // namespace

bool means_full_queue(const model::RemoteBatch& batch) {
  if (batch.state != model::BatchState::failed || batch.errors.empty() || batch.counts.completed > 0) return false;
  return std::all_of(batch.errors.begin(), batch.errors.end(), [](const model::BatchError& error) {
    return !error.line && (contains_one_of(plain(error.code), full_queue_codes) ||
                           contains_one_of(plain(error.message), full_queue_words));
  });
}

bool Decider::has_room(const Shard& shard) const {
  if (!policy_.in_flight_tokens_max) return true;
  std::uint64_t in_flight = 0;
  for (const auto& [n, other] : state_.shards) {
    const bool counts = other.stage == ShardStage::creating || other.stage == ShardStage::unknown ||
                        other.stage == ShardStage::in_flight;
    if (counts && n != shard.n && other.model == shard.model) in_flight += estimated_tokens(other.bytes);
  }
  // One that is larger than the limit goes alone: waiting would not make it smaller.
  return in_flight == 0 || in_flight + estimated_tokens(shard.bytes) <= *policy_.in_flight_tokens_max;
}

void Decider::submit(Shard& shard) {
  if (take_over(shard)) return;
  auto& session = state_.sessions[shard.n];
  session.waits_for_room = is_held() || !has_room(shard);
  if (!session.waits_for_room) return start_create(shard);
  shard.stage = ShardStage::uploaded;
  touch(shard);
}

void Decider::fill_room() {
  if (state_.stopping || is_held()) return;
  for (auto& [n, shard] : state_.shards) {
    if (state_.halted) return;
    const auto session = state_.sessions.find(n);
    const bool waits = session != state_.sessions.end() && session->second.waits_for_room && !session->second.busy;
    if (waits && shard.stage == ShardStage::uploaded) submit(shard);
  }
}

void Decider::wait_for_queue(Shard& shard, const model::RemoteBatch& refused) {
  // Nothing of it ran and nothing was paid; the next submission of the same file has the next number.
  auto& submission = newest(shard);
  submission.given_up = true;
  touch(submission);
  const auto& error = refused.errors.front();
  shard.error = error.message.empty() ? error.code : error.message;
  auto& session = state_.sessions[shard.n];
  ++session.queue_refusals;
  session.polls = 0;
  say(shard.n, "queue_full",
      fmt::format("The provider's queue is full; the same file is submitted again later: {}", shard.error));
  start_wait(shard, now_ + queue_interval(policy_.poll, shard.n, session.queue_refusals));
}

// Right after an upload the provider may not know its own file yet. Waited for, then uploaded once more.
bool Decider::file_is_not_found(Shard& shard, const Error& error) {
  const bool was_heard = error.http_status >= 400 && error.http_status < 500;
  if (error.kind != ErrorKind::unavailable || !was_heard) return false;
  auto& session = state_.sessions[shard.n];
  if (session.failures < file_tries_max) return false;
  session.failures = 0;
  if (session.uploads_again < uploads_again_max) {
    ++session.uploads_again;
    say(shard.n, "upload_again",
        fmt::format("The provider does not find {}; uploading it again.", shard.input_file_id));
    start_upload(shard);
  } else {
    halt(exit_denied, Error(error.kind, error.message,
                            "the file was uploaded twice and is not found; nothing was paid for: run the same command "
                            "again later, or ask the provider"));
  }
  return true;
}

}  // namespace batchd::engine
