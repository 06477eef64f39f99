#include "doors/cli/sessions.hpp"

#include <doctest/doctest.h>

namespace batchd::cli {
namespace {

using namespace std::chrono_literals;

TEST_CASE("who gives up after seconds waits no minute for a silent server, nor repeats one call for long") {
  const model::ProviderSpec spec;
  const auto hasty = as_patient_as(spec, 3s).http;
  CHECK(hasty.idle_timeout == 3s);
  CHECK(hasty.connect_timeout == 3s);
  CHECK(hasty.repeat_for < 1s);
  CHECK(as_patient_as(spec, 0s).http.idle_timeout == 1s);
  for (const auto& patience : {std::optional<Duration>(), std::optional<Duration>(24h)}) {
    const auto patient = as_patient_as(spec, patience).http;
    CHECK(patient.idle_timeout == spec.http.idle_timeout);
    CHECK(patient.connect_timeout == spec.http.connect_timeout);
    CHECK(patient.repeat_for == spec.http.repeat_for);
  }
}

}  // namespace
}  // namespace batchd::cli
