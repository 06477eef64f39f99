// What lies in the checkout must load: the jobs, the config, and the schemas editors read.

#include <filesystem>

#include <doctest/doctest.h>

#include "rules/job/job.hpp"
#include "rules/schema/schema.hpp"

using namespace batchd;

namespace {

const Path root = BATCHD_SOURCE_DIR;

job::LoadedConfig shipped_config() {
  job::ConfigOptions options;
  options.file = root / "config/batchd.yaml";
  options.current_folder = root;
  return job::load_config(options);
}

}  // namespace

TEST_CASE("the shipped config loads") {
  const job::LoadedConfig loaded = shipped_config();
  CHECK(job::to_text(loaded.complaints) == "");
  CHECK(loaded.config.providers.contains("dashscope-intl"));
}

TEST_CASE("every shipped job loads without a word") {
  const job::Config config = shipped_config().config;
  int jobs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root / "jobs")) {
    if (entry.path().extension() != ".yaml") continue;
    const job::LoadedJob loaded = job::load_job(entry.path(), entry.path().filename().string(), config, {});
    CHECK(job::to_text(loaded.complaints) == "");
    CHECK(loaded.job.name != "");
    ++jobs;
  }
  CHECK(jobs >= 2);
}

TEST_CASE("every shipped schema compiles") {
  for (const auto& entry : std::filesystem::directory_iterator(root / "schemas")) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), 1'000'000);
    REQUIRE(text.ok());
    CHECK_MESSAGE(schema::Schema::compile(*text).ok(), entry.path().string());
  }
}
