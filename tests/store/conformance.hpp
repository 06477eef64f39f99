#pragma once
// What every Store must do, whatever it keeps its rows in. A backend says how to open one; each suite is a function
// of SUBCASEs, to be called from a TEST_CASE of its own with a fresh backend (conformance_test.cpp does it for SQLite).

#include <memory>

#include <doctest/doctest.h>

#include "core/store/store.hpp"
#include "store/samples.hpp"

namespace batchd::store {

class Backend {
 public:
  virtual ~Backend() = default;
  // The same rows each time. Several stores may be open side by side.
  virtual Result<std::unique_ptr<Store>> open(Mode mode) = 0;
  // The machine loses its power now, with stores open: from here on open() finds what was on the disk.
  virtual void lose_power() = 0;

  std::unique_ptr<Store> opened(Mode mode = Mode::read_write) {
    auto store = open(mode);
    REQUIRE_MESSAGE(store.ok(), (store.ok() ? "" : store.error().text()));
    return std::move(*store);
  }
};

// REQUIRE_OK(store.create_run(run)): says the error when it is none.
#define REQUIRE_OK(expression)                                                               \
  do {                                                                                       \
    const auto& required_ok = (expression);                                                  \
    REQUIRE_MESSAGE(required_ok.ok(), (required_ok.ok() ? "" : required_ok.error().text())); \
  } while (false)

void conform_in_runs(Backend& backend);
void conform_in_items(Backend& backend);
void conform_in_decisions(Backend& backend);
void conform_in_outcomes(Backend& backend);
void conform_in_retries(Backend& backend);
void conform_in_wishes(Backend& backend);
void conform_in_due_runs(Backend& backend);
void conform_in_deliveries(Backend& backend);
void conform_in_access(Backend& backend);
void conform_in_reuse(Backend& backend);
void conform_in_pruning(Backend& backend);

}  // namespace batchd::store
