#include "ground/base/secret.hpp"

#include <doctest/doctest.h>

#include "ground/base/base64.hpp"

using namespace batchd;

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
  // Test case 2.
  CHECK(to_base64(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  CHECK(hmac_sha256("", "").size() == 32);
}

TEST_CASE("secrets are not the same twice") {
  CHECK(secret_bytes(32).size() == 32);
  CHECK(secret_bytes(32) != secret_bytes(32));
}

TEST_CASE("texts are equal or not, wherever they differ") {
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK(equal_in_constant_time("", ""));
  for (const char* other : {"abd", "xbc", "ab", "abcd", ""})
    CHECK_FALSE(equal_in_constant_time("abc", other));
}
