// Which failures go again. One row a class, as the ladder is asked.

#include "core/engine/ladder.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::engine;
using model::Reason;

namespace {

FailureHistory failed(Reason reason, std::uint32_t attempts = 1) {
  FailureHistory history;
  history.reason = reason;
  history.attempts = attempts;
  return history;
}

constexpr Reason all[] = {Reason::not_json,  Reason::empty,   Reason::schema_mismatch, Reason::truncated,
                          Reason::too_large, Reason::refused, Reason::bad_request,     Reason::provider_error,
                          Reason::expired,   Reason::missing, Reason::cancelled,       Reason::budget,
                          Reason::deadline};

}  // namespace

TEST_CASE("what got lost or was never read goes again; what was judged does not") {
  for (const auto reason : all) {
    CAPTURE(model::name_of(reason));
    const bool passes = reason == Reason::missing || reason == Reason::expired || reason == Reason::provider_error;
    CHECK((ladder(failed(reason), 4) == Rung::ask_again) == passes);
  }
}

TEST_CASE("retries have an end: so many attempts, the first included") {
  CHECK(ladder(failed(Reason::missing, 1), 1) == Rung::rest);
  CHECK(ladder(failed(Reason::missing, 3), 4) == Rung::ask_again);
  CHECK(ladder(failed(Reason::missing, 4), 4) == Rung::rest);
}

TEST_CASE("a person may ask once more for what the model said, never for what was refused") {
  for (const auto reason : all) {
    CAPTURE(model::name_of(reason));
    auto wished = failed(reason, 9);
    wished.is_wished = true;
    const bool is_lasting = reason == Reason::refused || reason == Reason::bad_request || reason == Reason::too_large;
    CHECK((ladder(wished, 1) == Rung::rest) == is_lasting);
  }
}

TEST_CASE("what was never run goes again though only one attempt is allowed, but not for ever") {
  auto beside = failed(Reason::provider_error, 1);
  beside.was_run = false;
  beside.unspent = 1;
  CHECK(ladder(beside, 1) == Rung::ask_again);
  beside.attempts = beside.unspent = unspent_max;
  CHECK(ladder(beside, 1) == Rung::ask_again);
  beside.attempts = beside.unspent = unspent_max + 1;
  CHECK(ladder(beside, 100) == Rung::rest);
}

TEST_CASE("an attempt that was never run uses up none") {
  auto later = failed(Reason::expired, 3);
  later.unspent = 2;
  CHECK(ladder(later, 2) == Rung::ask_again);
  CHECK(ladder(later, 1) == Rung::rest);
}
