#include "rules/schema/local_documents.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace batchd::schema {
namespace {

constexpr std::string_view advice = "name its folder";

std::string failure(const Result<std::string>& loaded) {
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().kind == ErrorKind::invalid);
  return loaded.error().message;
}

TEST_CASE("a URI is read from the folder that stands for its beginning, the longest one first") {
  const batchd::test::TemporaryFolder folder;
  folder.write("all/a.json", "1");
  folder.write("all/sub/b.json", "2");
  folder.write("sub/b.json", "3");
  folder.write("all/no-ending.json", "4");
  folder.write("all/a b.json", "5");
  LocalDocuments documents({{"https://example.com/s/", folder / "all"}, {"https://example.com/s/sub", folder / "sub"}},
                           std::string(advice));
  CHECK(documents.load("https://example.com/s/a.json").value() == "1");
  CHECK(documents.load("https://example.com/s/sub/b.json").value() == "3");
  CHECK(documents.load("https://example.com/s/no-ending").value() == "4");
  CHECK(documents.load("https://example.com/s/a%20b.json").value() == "5");
  CHECK(documents.load("https://example.com/s/a.json").value() == "1");
  REQUIRE(documents.documents().size() == 4);
  CHECK(documents.documents()[0].uri == "https://example.com/s/a.json");
  CHECK(documents.documents()[0].path == folder / "all/a.json");
}

TEST_CASE("a prefix ends where a step of the path ends, and may be a whole URI") {
  const batchd::test::TemporaryFolder folder;
  folder.write("old/x.json", "1");
  LocalDocuments documents({{"https://example.com/s", folder / "old"}, {"urn:one", folder / "old/x.json"}},
                           std::string(advice));
  CHECK(failure(documents.load("https://example.com/s-old/x.json")) ==
        "https://example.com/s-old/x.json is not a file, and schemas are never fetched; name its folder");
  CHECK(documents.load("urn:one").value() == "1");
}

TEST_CASE("no URI leads out of its folder") {
  const batchd::test::TemporaryFolder folder;
  folder.write("secret.json", "1");
  folder.write("in/x.json", "2");
  LocalDocuments documents({{"https://example.com/", folder / "in"}}, std::string(advice));
  for (const char* way : {"../secret.json", "%2e%2e/secret.json", "x/../../secret.json", "/%2e%2e/secret.json"})
    CHECK(failure(documents.load(std::string("https://example.com/") + way)).find("leads out of") != std::string::npos);
}

TEST_CASE("a file is read by its path, and one that is not there is told by it") {
  const batchd::test::TemporaryFolder folder;
  folder.write("x.json", "1");
  LocalDocuments documents({}, "");
  CHECK(documents.load("file://" + (folder / "x.json").string()).value() == "1");
  CHECK(documents.documents().front().uri.empty());
  CHECK(failure(documents.load("file://" + (folder / "gone.json").string())).find("gone.json") != std::string::npos);
}

TEST_CASE("a folder that cannot stand for anything is told") {
  const batchd::test::TemporaryFolder folder;
  CHECK(fault_of({"https://example.com/", folder.path()}) == "");
  CHECK(fault_of({"urn:example:", folder.path()}) == "");
  CHECK(fault_of({"/schemas", folder.path()}) ==
        "\"/schemas\" is not how a URI begins; write it as https://example.com/schemas/");
  CHECK(fault_of({"https://example.com/", folder / "gone"}) == "there is no " + (folder / "gone").string());
}

}  // namespace
}  // namespace batchd::schema
