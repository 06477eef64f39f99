#include "rules/model/due_run.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::model;

namespace {

DueRun due(int hour, DueFate fate) { return {"tickets", from_unix_seconds(3'600 * hour), fate, "", {}}; }

}  // namespace

TEST_CASE("bug: a night that was refused was hidden by one that was passed over since") {
  const auto refused = due(1, DueFate::refused);
  CHECK(*most_telling({due(3, DueFate::skipped), due(2, DueFate::queued), refused}) == refused);
  CHECK(*most_telling({due(3, DueFate::begun), refused}) == due(3, DueFate::begun));
  CHECK(*most_telling({due(4, DueFate::skipped), due(3, DueFate::begun), refused}) == due(4, DueFate::skipped));
  CHECK(most_telling({}) == nullptr);
}
