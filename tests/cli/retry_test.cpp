// retry and recover.attempts on the program itself, against the simulator.

#include <map>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;
using Words = std::vector<std::string>;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Twenty tickets in three shards.
class Desk {
 public:
  explicit Desk(std::string_view more = "") {
    folder.write("batchd.yaml", "state_dir: state\n");
    std::string rows;
    for (int i = 1; i <= 20; ++i)
      rows += fmt::format(R"({{"id":"T-{}","subject":"Subject {}"}})", i, i) + "\n";
    folder.write("tickets.jsonl", rows);
    folder.write("job.yaml", fmt::format(R"(name: tickets
provider: dashscope-intl
input: {{path: tickets.jsonl, id: id}}
request:
  model: qwen-plus
  messages: [{{role: user, content: "{{{{subject}}}}"}}]
output: {{path: out}}
batch: {{max_requests: 8}}
{})",
                                         more));
  }
  Ended run(const Words& words) const { return Program(folder.path(), words).finish(); }

  // Of each ended status how many rows; and every custom_id is another one's.
  std::map<std::string, int> results() const {
    std::map<std::string, int> counts;
    std::set<std::string> ids;
    auto reader = json::LineReader::open(folder.path() / "out/simulated/latest/results.jsonl", 1'000'000);
    REQUIRE(reader.ok());
    json::Document document;
    for (;;) {
      const auto line = reader->next();
      REQUIRE(line.ok());
      if (line->at_end) return counts;
      const auto row = document.parse(line->text);
      REQUIRE(row.ok());
      ++counts[std::string(*row->find("status").as_string())];
      CHECK(ids.insert(std::string(*row->find("custom_id").as_string())).second);
    }
  }
  // By the provider's own account.
  std::uint64_t requests_sent() const {
    std::uint64_t requests = 0;
    auto reader = json::LineReader::open(folder.path() / "state/simulated/world/journal.jsonl", 1'000'000);
    REQUIRE(reader.ok());
    json::Document document;
    for (;;) {
      const auto line = reader->next();
      REQUIRE(line.ok());
      if (line->at_end) return requests;
      const auto entry = document.parse(line->text);
      if (entry->find("type").as_string() == "batch_created")
        requests += static_cast<std::uint64_t>(*entry->find("requests").as_int64());
    }
  }
  batchd::test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("what got lost is asked again by hand until it is there; then retry has nothing to do") {
  const Desk desk;
  auto ended = desk.run({"run", "job.yaml", "--simulate", "--fault", "missing_lines=0.2"});
  REQUIRE(ended.exit_code == 3);
  CHECK(holds(ended.err, "batchd retry "));
  auto lost = desk.results()["failed"];
  auto sent = desk.requests_sent();
  CHECK(sent == 20);
  for (int tries = 0; ended.exit_code == 3 && tries < 20; ++tries) {
    ended = desk.run({"retry", "tickets"});
    CHECK(holds(ended.err, fmt::format("Asking {} again", lost == 1 ? "1 item" : fmt::format("{} items", lost))));
    CHECK(desk.requests_sent() == sent + static_cast<std::uint64_t>(lost));
    sent = desk.requests_sent();
    lost = desk.results()["failed"];
  }
  CHECK(ended.exit_code == 0);
  CHECK(desk.results()["succeeded"] == 20);
  CHECK(desk.run({"verify", "tickets"}).exit_code == 0);

  const auto idle = desk.run({"retry", "tickets"});
  CHECK(idle.exit_code == 0);
  CHECK(holds(idle.err, "Nothing of this run is to be asked again"));
  CHECK(desk.requests_sent() == sent);
}

TEST_CASE("recover.attempts asks again by itself, and validate does not call it idle any more") {
  const Desk desk("recover: {attempts: 9}\n");
  CHECK_FALSE(holds(desk.run({"validate", "job.yaml"}).out, "not in force"));
  const auto ended = desk.run({"run", "job.yaml", "--simulate", "--fault", "missing_lines=0.2"});
  CHECK(ended.exit_code == 0);
  CHECK(desk.results()["succeeded"] == 20);
  CHECK(desk.requests_sent() > 20);
  const auto later = Desk("recover: {attempts: 2, reask: true}\n").run({"validate", "job.yaml"});
  CHECK(holds(later.out, "recover.reask"));
}

TEST_CASE("what was refused is not asked again by anybody, and what the model said only when it is named") {
  const Desk desk("min_success: 0\n");
  REQUIRE(desk.run({"run", "job.yaml", "--simulate", "--fault", "truncated=1"}).exit_code == 0);
  const auto refused = desk.run({"retry", "tickets", "--reason", "refused"});
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "failures.jsonl"));
  const auto idle = desk.run({"retry", "tickets"});
  CHECK(idle.exit_code == 0);
  CHECK(holds(idle.err, "--reason truncated"));
  CHECK(desk.requests_sent() == 20);
  CHECK(desk.run({"retry", "tickets", "--reason", "truncated"}).exit_code == 0);
  CHECK(desk.requests_sent() == 40);
  CHECK(desk.run({"retry", "tickets", "--reason", "no_such"}).exit_code == 2);
  CHECK(desk.run({"retry", "nobody"}).exit_code == 2);
}

TEST_CASE("a retry that is killed goes on when it is given again, and sends nothing twice") {
  const Desk desk;
  REQUIRE(desk.run({"run", "job.yaml", "--simulate", "--fault", "missing_lines=1"}).exit_code == 3);
  {
    Program killed(desk.folder.path(), {"retry", "tickets"});
    REQUIRE(killed.has_said("Submitted as"));
    killed.send(SIGKILL);
    CHECK(killed.finish().exit_code == 128 + SIGKILL);
  }
  const auto again = desk.run({"retry", "tickets"});
  CHECK(again.exit_code == 3);
  CHECK(desk.requests_sent() == 40);
  CHECK(desk.results()["failed"] == 20);
}

TEST_CASE("a cancelled run's unanswered items are asked by retry") {
  const Desk desk;
  {
    Program slow(desk.folder.path(), {"run", "job.yaml", "--simulate", "--fault", "stuck_validating=1"});
    REQUIRE(slow.has_said("Submitted as"));
    slow.send(SIGINT);
    slow.finish();
  }
  REQUIRE(desk.run({"cancel", "tickets"}).exit_code == 0);
  const auto sent = desk.requests_sent();
  // The world still holds its fault: what is asked again is cancelled again, but it was asked.
  Program retry(desk.folder.path(), {"retry", "tickets"});
  CHECK(retry.has_said("Submitted as"));
  retry.send(SIGINT);
  CHECK(retry.finish().exit_code == 130);
  CHECK(desk.requests_sent() > sent);
}

}  // namespace batchd::cli
