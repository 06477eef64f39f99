#include <filesystem>

#include <sys/stat.h>

#include "report/world.hpp"

namespace batchd::report {
namespace {

using model::ItemStatus;
using model::Reason;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);  // each line has an end
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("results are in input order, whatever order the answers came in") {
  World world;
  for (int n = 0; n < 300; ++n)
    world.add(n % 7 == 3 ? ItemStatus::failed : ItemStatus::succeeded, n % 7 == 3 ? Reason::refused : Reason::none,
              std::to_string(n % 3));
  // The provider answered backwards.
  for (const char* file : {"answers/0.outcomes.jsonl", "answers/1.outcomes.jsonl", "answers/2.outcomes.jsonl"})
    world.written[file].clear();
  for (std::size_t n = world.refs.size(); n-- > 0;)
    world.refs[n].row = world.append("answers/" + std::to_string(n % 3) + ".outcomes.jsonl", world.rows[n]);
  const Written written = world.written_report();
  CHECK(written.folder == world.folder / ("out/tickets/" + world.run.id));
  CHECK(lines_of(world.result("results.jsonl")) == world.rows);
}

TEST_CASE("more items than one page holds are all copied") {
  World world;
  for (int n = 0; n < 9'000; ++n)
    world.add(ItemStatus::succeeded);
  world.written_report();
  CHECK(lines_of(world.result("results.jsonl")).size() == 9'000);
  CHECK(world.pages == 4);
}

TEST_CASE("what did not succeed is in failures.jsonl with its input row, ready to be fed back") {
  World world;
  world.add(ItemStatus::succeeded);
  world.add(ItemStatus::failed, Reason::not_json);
  world.add(ItemStatus::pending);
  world.state = model::RunState::cancelled;
  world.written_report();
  const auto failures = lines_of(world.result("failures.jsonl"));
  REQUIRE(failures.size() == 2);
  CHECK(failures[0] == R"({"id":"T-2","status":"failed","input":{"id":"T-2","subject":"Grüße 🎟"}})");
  json::Document document;
  const auto pending = document.parse(failures[1]);
  REQUIRE(pending.ok());
  CHECK(pending->find("id").as_string() == "T-3");
  CHECK(pending->at_pointer("/input/subject").as_string() == "Grüße 🎟");
}

TEST_CASE("an item nobody was asked about has a row with the same keys, and nothing known") {
  World world;
  world.job.output.include = {"subject", "not there"};
  world.job.prompt_version = "3";
  world.add(ItemStatus::submitted);
  world.state = model::RunState::stopped;
  world.written_report();
  CHECK(world.result("results.jsonl") ==
        R"({"id":"T-1","status":"submitted","reason":null,"output":null,"raw":null,"error":null,)"
        R"("included":{"subject":"Grüße 🎟","not there":null},"model":null,"prompt_version":"3","prompt_sha":"abcd",)"
        R"("lane":null,"attempts":0,"reused_from":null,"finish_reason":null,)"
        R"("usage":{"input_tokens":0,"output_tokens":0,"reasoning_tokens":0,"cached_tokens":0},)"
        R"("cost":null,"request_id":null,"custom_id":null,"batch_id":null,"simulated":false})"
        "\n");
}

TEST_CASE("an id that is a number is a text in a pending row, too") {
  World world;
  world.add(ItemStatus::pending);
  world.refs[0].input = world.append("spool/1.rows.jsonl", R"({"id": 12345678901234567890})");
  world.state = model::RunState::stopped;
  world.written_report();
  CHECK(world.result("results.jsonl").find(R"({"id":"12345678901234567890",)") == 0);
}

TEST_CASE("rejected rows are copied, and without any the file is there and empty") {
  World world;
  world.add(ItemStatus::succeeded);
  world.written_report();
  CHECK(world.result("rejected.jsonl") == "");

  world.run.rows = 2;
  world.run.rejected = 1;
  world.written["spool/rejected.jsonl"] = "{\"line\":7}\n";
  world.written_report();
  CHECK(world.result("rejected.jsonl") == "{\"line\":7}\n");
}

TEST_CASE("the job as it ran and its output schema lie beside the results") {
  World world;
  world.add(ItemStatus::succeeded);
  world.written_report();
  CHECK(world.result("job.yaml") == "name: tickets\n");
  CHECK_FALSE(world.folder.holds("out/tickets/" + world.run.id + "/output.schema.json"));

  world.job.output.schema = model::SchemaText{"x.schema.json", R"({"type":"object"})"};
  world.job.yaml.clear();  // not made from YAML: then the frozen job, which is JSON
  world.run.frozen_job = R"({"name":"tickets"})";
  world.written_report();
  CHECK(world.result("output.schema.json") == R"({"type":"object"})");
  CHECK(world.result("job.yaml") == R"({"name":"tickets"})");
}

TEST_CASE("results are for their owner's eyes only") {
  World world;
  world.add(ItemStatus::succeeded);
  const Written written = world.written_report();
  for (const char* name :
       {"results.jsonl", "failures.jsonl", "rejected.jsonl", "report.json", "report.md", "job.yaml"}) {
    struct stat facts{};
    REQUIRE(::stat((written.folder / name).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a truth table that does not hold stops the report, and says which sum is wrong") {
  World world;
  world.add(ItemStatus::succeeded);
  world.add(ItemStatus::failed, Reason::refused);
  const auto wrong = [&] {
    const auto done = write(world.request());
    REQUIRE_FALSE(done.ok());
    CHECK(done.error().kind == ErrorKind::internal);
    CHECK_FALSE(world.folder.holds("out/tickets/" + world.run.id));
    return done.error().message;
  };
  const auto says = [&](std::string_view part) { return wrong().find(part) != std::string::npos; };

  SUBCASE("rows") {
    world.run.rows = 3;
    CHECK(says("3 rows, but 0 rejected and 2 items"));
  }
  SUBCASE("items") {
    world.counts.succeeded = 2;
    CHECK(says("2 items, but 2 succeeded, 1 failed and 0 pending"));
  }
  SUBCASE("reasons") {
    world.counts.reasons[int(Reason::missing)] = 1;
    CHECK(says("1 failed, but the reasons add up to 2"));
  }
  SUBCASE("reused") {
    world.counts.reused = 2;
    CHECK(says("2 reused, but 1 succeeded"));
  }
  SUBCASE("a row is missing") {
    world.refs.pop_back();
    CHECK(says("2 items, but 1 rows of results"));
  }
  SUBCASE("a row says otherwise") {
    world.refs[0].status = ItemStatus::failed;
    CHECK(says("1 succeeded, 1 failed and 0 pending, but the results hold 0, 2 and 0"));
  }
  SUBCASE("a row comes twice") {
    world.refs[1].sequence = 1;
    CHECK(says("item 1 comes after item 1"));
  }
}

TEST_CASE("a row that is not where it should be is never passed on, and nothing half-made stays") {
  World world;
  world.add(ItemStatus::succeeded);
  world.add(ItemStatus::succeeded);
  SUBCASE("the file was cut off") { world.written["answers/1.outcomes.jsonl"].resize(40); }
  SUBCASE("the file was changed") { world.refs[1].row.offset -= 5; }
  SUBCASE("the file is gone") { world.refs[1].row.file = "answers/2.outcomes.jsonl"; }
  SUBCASE("the store knows of no more rows") {
    Request request = world.request();
    request.rows = [](std::uint64_t, std::uint32_t) -> Result<std::vector<RowRef>> {
      return Error{ErrorKind::io, "the database is damaged"};
    };
    CHECK(write(request).error().message == "the database is damaged");
    return;
  }
  const auto done = write(world.request());
  REQUIRE_FALSE(done.ok());
  CHECK((done.error().kind == ErrorKind::io || done.error().kind == ErrorKind::not_found));
  CHECK(done.error().message.find("outcomes.jsonl") != std::string::npos);
  CHECK(world.folder.count("out/tickets") == 0);
}

}  // namespace batchd::report
