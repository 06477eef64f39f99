#pragma once
// What the runner is handed: the loop, the state behind its lane, the world outside. Nothing here is made by it.

#include <functional>
#include <memory>

#include "core/store/store.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/base/log.hpp"
#include "ground/base/process.hpp"
#include "ground/base/random.hpp"

namespace batchd::runner {

struct Surroundings {
  async::Loop& loop;
  async::Lane& sql;  // the only thread that touches `store`
  async::WorkerPool& workers;
  store::Store& store;
  // A second, read-only view of the same state for the report's thread.
  std::function<Result<std::unique_ptr<store::Store>>()> open_reader;
  Path state_folder;
  ProcessIdentity process;
  Log& log;
  Random& random;
};

}  // namespace batchd::runner
