#include "line/provider/one_line.hpp"

#include <doctest/doctest.h>

using namespace batchd::provider;

TEST_CASE("the remote's words stay on one line, whole characters only") {
  CHECK(one_line("  a\r\n\tb\x01 c \n", 100) == "a b c");
  CHECK(one_line("", 100).empty());
  CHECK(one_line("gräßlich", 4) == "grä…");
  CHECK(one_line("gräßlich", 3) == "gr…");
  CHECK(one_line("abc", 3) == "abc");
  CHECK(one_line("abc  ", 3) == "abc");
  CHECK(one_line("a b", 2) == "a…");
  CHECK(one_line("a\xFF\xC3", 100) == "a??");
  CHECK(one_line("\xF0\x9F\x98\x80!", 100) == "\xF0\x9F\x98\x80!");
}

TEST_CASE("a secret is cut out wherever it stands") {
  CHECK(without_secret("key=sk-1&key=sk-1", "sk-1") == "key=[key]&key=[key]");
  CHECK(without_secret("nothing", "sk-1") == "nothing");
  CHECK(without_secret("nothing", "") == "nothing");
}
