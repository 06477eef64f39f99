#include "ground/base/suggest.hpp"

#include <doctest/doctest.h>

using namespace batchd;

TEST_CASE("a slip of the keyboard finds the word that was meant") {
  const std::vector<std::string> keys = {"name", "prompt", "prompt_version", "provider", "model", "schedule"};
  CHECK(suggest("promt_version", keys) == "prompt_version");
  CHECK(suggest("shcedule", keys) == "schedule");
  CHECK(suggest("modell", keys) == "model");
  CHECK(suggest("nmae", keys) == "name");  // two neighbours swapped count one
  CHECK(suggest("model", keys) == "model");
}

TEST_CASE("a word that resembles nothing gets no suggestion") {
  CHECK(suggest("colour", {"name", "model"}) == std::nullopt);
  CHECK(suggest("nome", {"mode"}) == std::nullopt);  // two of four letters: more than a third
  CHECK(suggest("", {"a"}) == std::nullopt);
  CHECK(suggest("q", {"n"}) == std::nullopt);
  CHECK(suggest("model", {}) == std::nullopt);
}

TEST_CASE("the nearer candidate wins, and of equals the earlier") {
  CHECK(suggest("completed", {"completes", "complete"}) == "completes");
  CHECK(suggest("abcdef", {"abcdxx", "abcdex"}) == "abcdex");
}

TEST_CASE("words too long to be typed are not compared") {
  CHECK(suggest(std::string(65, 'a'), {std::string(65, 'a')}) == std::nullopt);
}
