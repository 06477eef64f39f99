#include <algorithm>
#include <filesystem>

#include "ground/base/files.hpp"
#include "schema/judge.hpp"

namespace batchd::schema {
namespace {

TEST_CASE("the schemas that ship compile") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Path(BATCHD_SOURCE_DIR) / "schemas")) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), 1024 * 1024);
    REQUIRE(text.ok());
    const auto schema = Schema::compile(*text);
    CHECK_MESSAGE(schema.ok(), entry.path().string(), ": ", (schema.ok() ? std::string() : schema.error().text()));
    ++count;
  }
  CHECK(count > 0);
}

}  // namespace
}  // namespace batchd::schema
