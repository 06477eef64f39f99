// `batchd init`: the first minute of a stranger.

#include <doctest/doctest.h>

#include "cli/program.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using batchd::test::TemporaryFolder;
using test::Ended;
using test::Program;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Ended run(const TemporaryFolder& folder, const std::vector<std::string>& words) {
  return Program(folder.path(), words).finish();
}

TEST_CASE("what init writes runs at once, by the commands it names") {
  const TemporaryFolder folder;
  const auto written = run(folder, {"init", "reviews"});
  CHECK(written.exit_code == 0);
  CHECK(written.err.empty());
  for (const char* name : {"reviews.yaml", "reviews.input.schema.json", "reviews.output.schema.json",
                           "reviews.sample.jsonl", "batchd.yaml"}) {
    CAPTURE(name);
    CHECK(folder.holds(name));
    CHECK(holds(written.out, std::string("\n  ") + name + " "));
    CHECK_FALSE(holds(folder.read(name), "@NAME@"));
  }
  for (const char* next :
       {"batchd validate reviews.yaml\n", "batchd run reviews.yaml --simulate\n", "batchd results reviews | head -3\n"})
    CHECK(holds(written.out, next));

  CHECK(run(folder, {"validate", "reviews.yaml"}).exit_code == 0);
  const auto rehearsed = run(folder, {"run", "reviews.yaml", "--simulate"});
  CHECK(rehearsed.exit_code == 0);
  CHECK(holds(rehearsed.err, "12 succeeded, 0 failed"));
  CHECK(holds(run(folder, {"results", "reviews"}).out, R"("id":"R-001","status":"succeeded")"));
}

TEST_CASE("init overwrites nothing and names all that is in its way") {
  const TemporaryFolder folder;
  folder.write("jobs/reviews.yaml", "mine");
  folder.write("jobs/reviews.sample.jsonl", "mine, too");
  const auto refused = run(folder, {"init", "reviews", "--dir", "jobs"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.empty());
  CHECK(holds(refused.err, "jobs/reviews.yaml, jobs/reviews.sample.jsonl are there already; nothing was written"));
  CHECK(folder.read("jobs/reviews.yaml") == "mine");
  CHECK(folder.count("jobs") == 2);
}

TEST_CASE("init writes no second config below one that is there, and says which it is") {
  const TemporaryFolder folder;
  folder.write("config/batchd.yaml", "state_dir: ../state\n");
  const auto written = run(folder, {"init", "reviews", "--dir", "jobs/new"});
  CHECK(written.exit_code == 0);
  CHECK(holds(written.out, "The config is config/batchd.yaml; no other was written.\n"));
  CHECK_FALSE(folder.holds("jobs/new/batchd.yaml"));
  CHECK(folder.count("jobs/new") == 4);
}

TEST_CASE("a name that cannot be one is refused with a sentence") {
  const TemporaryFolder folder;
  const auto refused = [&](const char* name, std::string_view why) {
    CAPTURE(name);
    const auto ended = run(folder, {"init", name});
    CHECK(ended.exit_code == 2);
    CHECK(holds(ended.err, why));
    CHECK(folder.count() == 0);
  };
  refused("a b", "it begins with a letter or digit");
  refused("", "it begins with a letter or digit");
  refused("../x", "the folder goes behind --dir");
  refused(".hidden", "it begins with a letter or digit");
  refused("reviews.yaml", "batchd init reviews\n");
  refused("batchd", "batchd.yaml is what the config is called");
}

}  // namespace
}  // namespace batchd::cli
