#include "ground/base/utf8.hpp"

#include <doctest/doctest.h>

namespace batchd {

TEST_CASE("the first byte that is not UTF-8 is found, wherever it stands") {
  CHECK(utf8_until("") == 0);
  CHECK(utf8_until("plain text of more than eight bytes") == 35);
  CHECK(utf8_until("grüße €😀") == std::string_view("grüße €😀").size());
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    text[at] = '\x80';
    CHECK(utf8_until(text) == at);
  }
  CHECK(utf8_until("12345678ü12345678\xE2\x82") == 18);
}

TEST_CASE("a beginning never ends in half a character") {
  CHECK(beginning_of("abc", 3) == "abc");
  CHECK(beginning_of("abcd", 3) == "abc");
  CHECK(beginning_of("ab€", 3) == "ab");
  CHECK(beginning_of("ab€", 4) == "ab");
  CHECK(beginning_of("ab€", 5) == "ab€");
  CHECK(beginning_of("€", 1).empty());
}

}  // namespace batchd
