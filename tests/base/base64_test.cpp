#include "ground/base/base64.hpp"

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("base64 is that of RFC 4648, there and back") {
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : known) {
    CHECK(to_base64(plain) == encoded);
    CHECK(from_base64(encoded) == plain);
  }
  const std::string all_bytes("\x00\xff\x10\x80", 4);
  CHECK(from_base64(to_base64(all_bytes)) == all_bytes);
}

TEST_CASE("missing padding is forgiven, anything else that is no base64 is not") {
  CHECK(from_base64("Zg") == "f");
  CHECK(from_base64("Zm8") == "fo");
  for (const char* text : {"Z", "Zm9v!", "Zm 9v", "Zm9v\n", "Zm9=v", "Zm9v-_"})
    CHECK_FALSE(from_base64(text).has_value());
}
