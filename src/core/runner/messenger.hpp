#pragma once
// Tells others what the store says is to be told. At least once: a try whose answer was lost is repeated, under the
// same id. Two processes on one state share the work; each try is claimed in the store before it begins.
//
// On the loop's thread.

#include "core/runner/surroundings.hpp"
#include "line/notify/post.hpp"

namespace batchd::runner {

class Messenger {
 public:
  static constexpr std::uint32_t tries_at_once_max = 8;

  Messenger(Surroundings& around, const notify::Post& post, Duration look_every = std::chrono::seconds(2));

  // Until it is stopped: whatever is due, by whichever process it was written.
  async::Task<void> run(async::StopToken stop);
  // Whatever is due, and tries that become due within this time. A stop cuts it short; what is left stays due.
  async::Task<void> tell_within(Duration patience, async::StopToken stop);

 private:
  async::Task<bool> tell_due(async::StopToken stop);  // false: no try was begun
  async::Task<void> try_one(model::Delivery delivery, async::StopToken stop, bool& begun);

  Surroundings& around_;
  const notify::Post& post_;
  Duration look_every_;
};

}  // namespace batchd::runner
