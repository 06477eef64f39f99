#include "store/conformance.hpp"

namespace batchd::store {

using model::DueFate;
using model::DueRun;
using samples::at;

void conform_in_due_runs(Backend& backend) {
  auto store = backend.opened();
  const DueRun first{"tickets", at(100), DueFate::queued, "", at(101)};
  const DueRun second{"tickets", at(200), DueFate::skipped, "the run before was still going on", at(201)};
  const DueRun other{"reviews", at(50), DueFate::queued, "", at(51)};
  for (const auto& due : {first, second, other})
    REQUIRE_OK(store->note_due_run(due));

  SUBCASE("a job's due times come newest first, and only its own") {
    CHECK(store->due_runs("tickets", 10).value() == std::vector{second, first});
    CHECK(store->due_runs("tickets", 1).value() == std::vector{second});
    CHECK(store->due_runs("nobody", 10)->empty());
  }

  SUBCASE("what was refused is told of until a later time of its job is begun") {
    auto refused = first;
    refused.fate = DueFate::refused;
    auto others = other;
    others.fate = DueFate::refused;
    REQUIRE_OK(store->note_due_run(refused));
    REQUIRE_OK(store->note_due_run(others));
    CHECK(store->refused_runs(10).value() == std::vector{refused, others});
    CHECK(store->refused_runs(1).value() == std::vector{refused});
    REQUIRE_OK(store->note_due_run({"tickets", at(300), DueFate::begun, "", at(301)}));
    CHECK(store->refused_runs(10).value() == std::vector{others});
  }

  SUBCASE("what is queued comes oldest first, of all jobs, and survives the process") {
    CHECK(store->queued_runs().value() == std::vector{other, first});
    backend.lose_power();
    CHECK(backend.opened()->queued_runs().value() == std::vector{other, first});
  }

  SUBCASE("a later word of the same time stands in the place of the earlier") {
    auto begun = first;
    begun.fate = DueFate::begun;
    begun.detail = "01jd0000000000000000000001";
    REQUIRE_OK(store->note_due_run(begun));
    CHECK(store->queued_runs().value() == std::vector{other});
    CHECK(store->due_runs("tickets", 10).value() == std::vector{second, begun});
  }
}

}  // namespace batchd::store
