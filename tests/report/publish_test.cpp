#include "line/report/publish.hpp"

#include <filesystem>

#include "report/world.hpp"

namespace batchd::report {
namespace {

using model::ItemStatus;

std::string link_of(const World& world, std::string_view folder) {
  std::error_code none;
  const auto target = std::filesystem::read_symlink(world.folder / folder / "latest", none);
  return none ? "" : target.string();
}

}  // namespace

TEST_CASE("`latest` moves to the newest finished, full, real run") {
  World world;
  world.add(ItemStatus::succeeded);
  world.written_report();
  CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000001");
  CHECK(world.folder.holds("out/tickets/latest/results.jsonl"));

  world.run.id = "01jd0000000000000000000003";
  world.state = model::RunState::failed;  // finished below min_success
  world.written_report();
  CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");

  SUBCASE("a run that began earlier and ends later leaves it alone") {
    world.run.id = "01jd0000000000000000000002";
    world.written_report();
    CHECK(world.folder.holds("out/tickets/01jd0000000000000000000002/results.jsonl"));
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");
  }
  SUBCASE("unless the newer one has been deleted") {
    std::filesystem::remove_all(world.folder / "out/tickets/01jd0000000000000000000003");
    world.run.id = "01jd0000000000000000000002";
    world.written_report();
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000002");
  }
  SUBCASE("a stopped or cancelled run does not move it") {
    world.run.id = "01jd0000000000000000000004";
    world.state = model::RunState::stopped;
    world.written_report();
    world.run.id = "01jd0000000000000000000005";
    world.state = model::RunState::cancelled;
    world.written_report();
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");
  }
  SUBCASE("failures that were fed back are no full run: the link stays where all rows are") {
    world.run.id = "01jd0000000000000000000004";
    world.job.input.row_pointer = "/input";
    world.written_report();
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");
  }
  SUBCASE("a sample lies below samples/ and moves nothing") {
    world.run.id = "01jd0000000000000000000004";
    world.run.sample = true;
    CHECK(world.written_report().folder == world.folder / "out/tickets/samples/01jd0000000000000000000004");
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");
    CHECK(link_of(world, "out/tickets/samples") == "");
  }
  SUBCASE("a simulated run lies below simulated/ and moves the link there") {
    world.run.id = "01jd0000000000000000000004";
    world.run.simulated = true;
    CHECK(world.written_report().folder == world.folder / "out/tickets/simulated/01jd0000000000000000000004");
    CHECK(link_of(world, "out/tickets") == "01jd0000000000000000000003");
    CHECK(link_of(world, "out/tickets/simulated") == "01jd0000000000000000000004");

    world.run.id = "01jd0000000000000000000005";
    world.run.sample = true;
    CHECK(world.written_report().folder == world.folder / "out/tickets/simulated/samples/01jd0000000000000000000005");
    CHECK(link_of(world, "out/tickets/simulated") == "01jd0000000000000000000004");
  }
  SUBCASE("something else of that name is not overwritten") {
    std::filesystem::remove(world.folder / "out/tickets/latest");
    world.folder.write("out/tickets/latest/mine.txt", "x");
    world.run.id = "01jd0000000000000000000004";
    const auto done = write(world.request());
    REQUIRE_FALSE(done.ok());
    CHECK(done.error().message.find("latest is not a link") != std::string::npos);
    CHECK(world.folder.read("out/tickets/latest/mine.txt") == "x");
  }
}

TEST_CASE("a report can be written again: after a crash before the store knew, or after a retry") {
  World world;
  world.add(ItemStatus::failed, model::Reason::refused);
  world.state = model::RunState::failed;
  const std::string first = world.written_report().summary;
  CHECK(world.written_report().summary == first);

  World better;
  better.add(ItemStatus::succeeded);
  better.run.output_folder = world.run.output_folder;
  const Written again = better.written_report();
  CHECK(world.result("results.jsonl") == better.rows[0] + "\n");
  CHECK(world.result("failures.jsonl") == "");
  CHECK(world.result("report.json") == again.summary + "\n");
  CHECK(world.folder.count("out/tickets") == 2);  // the run and `latest`: nothing half-made, nothing old
}

TEST_CASE("what a killed report left is swept away") {
  World world;
  world.add(ItemStatus::succeeded);
  world.folder.write("out/tickets/." + world.run.id + ".partial/stray.txt", "half");
  world.written_report();
  CHECK(world.folder.count("out/tickets") == 2);
  CHECK_FALSE(world.folder.holds("out/tickets/" + world.run.id + "/stray.txt"));
}

TEST_CASE("a folder is never seen half-written under its final name") {
  World world;
  for (int n = 0; n < 10; ++n)
    world.add(ItemStatus::succeeded);
  Request request = world.request();
  const auto rows = request.rows;
  bool was_there = false;
  request.rows = [&](std::uint64_t after, std::uint32_t limit) {
    was_there = was_there || world.folder.holds("out/tickets/" + world.run.id);
    return rows(after, limit);
  };
  REQUIRE(write(request).ok());
  CHECK_FALSE(was_there);
  CHECK(world.folder.holds("out/tickets/" + world.run.id));
}

}  // namespace batchd::report
