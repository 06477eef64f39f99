#include <algorithm>
#include <vector>

#include "ground/async/loop.hpp"

namespace batchd::async {

class StopToken::Hook {
 public:
  explicit Hook(std::function<void()> action) : action_(std::move(action)) {}

  void call() {
    if (called_) return;
    called_ = true;
    action_();
  }

 private:
  std::function<void()> action_;
  bool called_ = false;
};

struct StopToken::State {
  bool stopped = false;
  std::vector<std::weak_ptr<Hook>> hooks;  // weak: dropping the handle is what unhooks
};

StopToken::StopToken() : state_(std::make_shared<State>()) {}

bool StopToken::stopped() const { return state_->stopped; }

void StopToken::stop() const {
  if (state_->stopped) return;
  state_->stopped = true;
  // Taken out first: an action may hang up another hook, or drop the last copy of this token.
  const auto hooks = std::move(state_->hooks);
  for (const auto& weak : hooks)
    if (const auto hook = weak.lock()) hook->call();
}

std::shared_ptr<StopToken::Hook> StopToken::on_stop(std::function<void()> action) const {
  auto hook = std::make_shared<Hook>(std::move(action));
  if (state_->stopped) {
    hook->call();
    return hook;
  }
  // A token of the whole process outlives a million calls: dropped hooks are swept whenever the list would grow.
  auto& hooks = state_->hooks;
  if (hooks.size() == hooks.capacity()) std::erase_if(hooks, [](const auto& weak) { return weak.expired(); });
  hooks.push_back(hook);
  return hook;
}

}  // namespace batchd::async
