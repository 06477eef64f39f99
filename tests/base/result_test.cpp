#include "ground/base/result.hpp"

#include <memory>
#include <set>

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("a result holds a value or an error, never both") {
  const Result<int> good = 7;
  CHECK(good.ok());
  CHECK(*good == 7);
  const Result<int> bad = Error(ErrorKind::network, "no connection");
  CHECK_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::network);
}

TEST_CASE("a value that can only be moved leaves its result whole") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> taken = *std::move(result);
  CHECK(*taken == 3);
}

TEST_CASE("a status is a success until it is given an error") {
  CHECK(Status().ok());
  const Status failed = Error(ErrorKind::io, "disk full");
  CHECK_FALSE(failed.ok());
  CHECK(failed.error().message == "disk full");
}

TEST_CASE("an error seen from one floor up keeps everything but its beginning") {
  Error error(ErrorKind::throttled, "too many requests", "Wait.");
  error.retry_after_ms = 1500;
  error.http_status = 429;
  error.code = "rate_limit";
  const Error wider = error.within("cannot create the batch");
  CHECK(wider.message == "cannot create the batch: too many requests");
  CHECK(wider.kind == ErrorKind::throttled);
  CHECK(wider.hint == "Wait.");
  CHECK(wider.retry_after_ms == 1500);
  CHECK(wider.http_status == 429);
  CHECK(wider.code == "rate_limit");
}

TEST_CASE("an error's text has its hint on a line of its own") {
  CHECK(Error(ErrorKind::io, "disk full").text() == "disk full");
  CHECK(Error(ErrorKind::io, "disk full", "Free some space.").text() == "disk full\nFree some space.");
}

TEST_CASE("every kind of error has a name of its own") {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind)
    names.insert(name_of(static_cast<ErrorKind>(kind)));
  CHECK(names.size() == static_cast<std::size_t>(ErrorKind::internal) + 1);
  CHECK(name_of(ErrorKind::not_found) == "not_found");
}
