#pragma once
// Several who watch the same runs: each is told everything, in their order.

#include <initializer_list>
#include <vector>

#include "core/runner/observer.hpp"

namespace batchd::daemon {

class Observers final : public runner::Observer {
 public:
  // They outlive this.
  Observers(std::initializer_list<runner::Observer*> all) : all_(all) {}

  void on_preparing(const prepare::Tally& tally, std::uint64_t bytes_total) override {
    for (auto* one : all_)
      one->on_preparing(tally, bytes_total);
  }
  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override {
    for (auto* one : all_)
      one->on_prepared(run, shards);
  }
  void on_changed(const engine::State& state, const model::Changes& changes) override {
    for (auto* one : all_)
      one->on_changed(state, changes);
  }
  void on_uploading(std::uint32_t shard, std::uint64_t bytes_sent, std::uint64_t bytes_total) override {
    for (auto* one : all_)
      one->on_uploading(shard, bytes_sent, bytes_total);
  }
  void on_reported(const model::Run& run, const Path& folder, const std::string& summary) override {
    for (auto* one : all_)
      one->on_reported(run, folder, summary);
  }

 private:
  std::vector<runner::Observer*> all_;
};

}  // namespace batchd::daemon
