#pragma once
// What a person or a program may watch. Called on the loop's thread; must return at once.

#include <cstdint>

#include "core/engine/engine.hpp"
#include "line/prepare/prepare.hpp"
#include "rules/model/run.hpp"

namespace batchd::runner {

class Observer {
 public:
  virtual ~Observer() = default;
  // While rows are read. bytes_total: of all input files.
  virtual void on_preparing(const prepare::Tally& tally, std::uint64_t bytes_total);
  // All rows are judged and spooled; from here on the run can be resumed.
  virtual void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards);
  // After each committed decision.
  virtual void on_changed(const engine::State& state, const model::Changes& changes);
  // While a shard's file is sent.
  virtual void on_uploading(std::uint32_t shard, std::uint64_t bytes_sent, std::uint64_t bytes_total);
  // The files stand.
  virtual void on_reported(const model::Run& run, const Path& folder, const std::string& summary);
};

}  // namespace batchd::runner
