#include "rules/schema/uri.hpp"

#include <doctest/doctest.h>

namespace batchd::schema {
namespace {

TEST_CASE("references resolve as RFC 3986, 5.4 lists them") {
  const std::string_view base = "http://a/b/c/d;p?q";
  CHECK(resolve_uri(base, "g:h") == "g:h");
  CHECK(resolve_uri(base, "g") == "http://a/b/c/g");
  CHECK(resolve_uri(base, "./g") == "http://a/b/c/g");
  CHECK(resolve_uri(base, "g/") == "http://a/b/c/g/");
  CHECK(resolve_uri(base, "/g") == "http://a/g");
  CHECK(resolve_uri(base, "//g") == "http://g");
  CHECK(resolve_uri(base, "?y") == "http://a/b/c/d;p?y");
  CHECK(resolve_uri(base, "g?y#s") == "http://a/b/c/g?y#s");
  CHECK(resolve_uri(base, "#s") == "http://a/b/c/d;p?q#s");
  CHECK(resolve_uri(base, "") == "http://a/b/c/d;p?q");
  CHECK(resolve_uri(base, ".") == "http://a/b/c/");
  CHECK(resolve_uri(base, "..") == "http://a/b/");
  CHECK(resolve_uri(base, "../../g") == "http://a/g");
  CHECK(resolve_uri(base, "../../../g") == "http://a/g");
  CHECK(resolve_uri(base, "/./g") == "http://a/g");
  CHECK(resolve_uri(base, "g/../h") == "http://a/b/c/h");
}

TEST_CASE("bases without a path or a scheme, and names, work") {
  CHECK(resolve_uri("", "a.json#/x") == "a.json#/x");
  CHECK(resolve_uri("", "#x") == "#x");
  CHECK(resolve_uri("folder/a.json", "b.json") == "folder/b.json");
  CHECK(resolve_uri("http://a", "b") == "http://a/b");
  CHECK(resolve_uri("urn:uuid:1", "#x") == "urn:uuid:1#x");
  CHECK(resolve_uri("file:///x/y.json", "z.json") == "file:///x/z.json");
}

TEST_CASE("fragments are split and decoded") {
  CHECK(split_fragment("a#b").first == "a");
  CHECK(split_fragment("a#b").second == "b");
  CHECK(split_fragment("a").second.empty());
  CHECK(percent_decoded("/a%25b%7") == "/a%b%7");
}

}  // namespace
}  // namespace batchd::schema
