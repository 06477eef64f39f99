#pragma once
// A state of its own in a temporary folder, and all that a room of the core or a door is handed.

#include <memory>

#include "core/runner/surroundings.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::test {

struct House {
  TemporaryFolder folder;
  RecordingLog log;
  Random random{1};
  async::Loop loop;
  std::unique_ptr<store::Store> store = *store::Store::open(folder / "batchd.db", store::Mode::read_write);
  async::Lane sql{loop, "sql"};
  async::WorkerPool workers{loop, 1};
  runner::Surroundings around{loop, sql, workers, *store, {}, folder.path(), this_process(), log, random};
};

}  // namespace batchd::test
