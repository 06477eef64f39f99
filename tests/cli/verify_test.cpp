// verify and log on the program itself: what lies on the disk is held against what is kept.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;
using Words = std::vector<std::string>;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// A finished rehearsal of twenty rows in three shards; some of its answers fail.
class Finished {
 public:
  Finished() {
    folder.write("batchd.yaml", "state_dir: state\n");
    std::string rows;
    for (int i = 1; i <= 20; ++i)
      rows += fmt::format(R"({{"id":"T-{}","subject":"Subject {}"}})", i, i) + "\n";
    folder.write("tickets.jsonl", rows);
    folder.write("job.yaml", R"(name: tickets
provider: dashscope-intl
input: {path: tickets.jsonl, id: id}
request:
  model: qwen-plus
  messages: [{role: user, content: "{{subject}}"}]
output: {path: out}
batch: {max_requests: 8}
min_success: 0
)");
    CHECK(run({"run", "job.yaml", "--simulate", "--fault", "error_lines=0.3", "--fault", "missing_lines=0.1"})
              .exit_code == 0);
  }
  Ended run(const Words& words) const { return Program(folder.path(), words).finish(); }

  // The file below state/simulated/<kind>/<run>/ whose name has this part.
  std::string stored(const std::string& kind, std::string_view part) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "state/simulated" / kind))
      if (holds(entry.path().filename().string(), part))
        return std::filesystem::relative(entry.path(), folder.path()).string();
    FAIL("there is no such file");
    return {};
  }
  void change(const std::string& file, std::string_view from, std::string_view to) const {
    auto text = folder.read(file);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    folder.write(file, text.replace(at, from.size(), to));
  }
  batchd::test::TemporaryFolder folder;
};

TEST_CASE("a run that is as it was written has nothing wrong with it") {
  const Finished finished;
  const auto verified = finished.run({"verify", "tickets"});
  CHECK(verified.exit_code == 0);
  CAPTURE(verified.out);
  CHECK(holds(verified.out, "20 rows = 0 rejected + 20 items"));
  CHECK(holds(verified.out, "3 of 3 shards collected, 20 items judged again"));
  CHECK(holds(verified.out, "results.jsonl: 20 rows held against theirs"));
  CHECK(holds(verified.out, "Nothing is wrong."));
  CHECK_FALSE(holds(verified.out, "without a hash"));
  const auto json = finished.run({"verify", "tickets", "--json"});
  CHECK(holds(json.out, R"("type":"summary")"));
  CHECK(holds(json.out, R"("findings":0)"));
  CHECK(holds(json.out, R"("answers_judged":20)"));
}

TEST_CASE("one changed byte of a stored file is found, whichever file it is") {
  for (const auto* kind : {"requests", "rows", "output", "outcomes"}) {
    CAPTURE(kind);
    const Finished finished;
    const bool is_spooled = std::string_view(kind).starts_with('r');
    const auto file = finished.stored(is_spooled ? "spool" : "answers", fmt::format(".{}.", kind));
    auto text = finished.folder.read(file);
    const auto at = text.find("ubject");
    text[at == std::string::npos ? text.size() / 2 : at] ^= 1;
    finished.folder.write(file, text);
    const auto verified = finished.run({"verify", "tickets"});
    CHECK(verified.exit_code == 3);
    CHECK(holds(verified.out, "file_changed"));
    CHECK(holds(verified.out, "is not what was written"));
  }
}

TEST_CASE("a stored file that is gone, and one that was cut short, are named with their shard") {
  const Finished finished;
  const auto answers = finished.stored("answers", "0001-1.output");
  const auto rows = finished.stored("spool", "0002.rows");
  std::filesystem::remove(finished.folder.path() / answers);
  std::filesystem::resize_file(finished.folder.path() / rows, 10);
  const auto verified = finished.run({"verify", "tickets"});
  CHECK(verified.exit_code == 3);
  CHECK(holds(verified.out, "file_missing  shard 1"));
  CHECK(holds(verified.out, "0001-1.output.jsonl (answers) is not there"));
  CHECK(holds(verified.out, "0002.rows.jsonl (input rows) has 10 bytes"));
}

TEST_CASE("an answer that no longer says what is kept of it is told with its item") {
  const Finished finished;
  finished.change(finished.stored("answers", "0001-1.output"), R"("status_code":200)", R"("status_code":500)");
  const auto verified = finished.run({"verify", "tickets", "--json"});
  CHECK(verified.exit_code == 3);
  CHECK(holds(verified.out, R"("kind":"answer","shard":1)"));
  CHECK(holds(verified.out, "succeeded is kept, its answer says provider_error"));
}

TEST_CASE("results.jsonl is held against the rows: changed, short, long or gone") {
  const Finished finished;
  const auto results =
      fmt::format("out/simulated/{}/results.jsonl",
                  std::filesystem::read_symlink(finished.folder.path() / "out/simulated/latest").filename().string());
  const auto text = finished.folder.read(results);
  const auto verdict = [&](const std::string& changed) {
    finished.folder.write(results, changed);
    const auto verified = finished.run({"verify", "tickets"});
    CHECK(verified.exit_code == 3);
    return verified.out;
  };
  CHECK(holds(verdict("x" + text), "its row in results.jsonl is not the one that was judged"));
  CHECK(holds(verdict(text.substr(0, text.rfind('\n', text.size() - 2) + 1)), "results.jsonl ends before its row"));
  CHECK(holds(verdict(text + "{}\n"), "holds 1 lines too many"));
  std::filesystem::remove(finished.folder.path() / results);
  const auto gone = finished.run({"verify", "tickets"});
  CHECK(gone.exit_code == 3);
  CHECK(holds(gone.out, "results.jsonl is not there; `batchd results"));
}

TEST_CASE("an unfinished run is verified as far as it is") {
  const Finished finished;
  CHECK(finished.run({"run", "job.yaml", "--simulate", "--new", "--no-wait", "--fault", "stuck_validating=1"})
            .exit_code == 0);
  const auto verified = finished.run({"verify", "tickets"});
  CHECK(verified.exit_code == 0);
  CHECK(holds(verified.out, "0 of 3 shards collected"));
  CHECK(holds(verified.out, "20 pending"));
}

TEST_CASE("log tells what happened, oldest first, in UTC in a pipe") {
  const Finished finished;
  const auto log = finished.run({"log", "tickets"});
  CHECK(log.exit_code == 0);
  const auto uploaded = log.out.find("shard 1: Uploaded as ");
  const auto submitted = log.out.find("shard 1: Submitted as ");
  const auto collected = log.out.find("shard 1: All 8 items of the shard are accounted for.");
  REQUIRE(collected != std::string::npos);
  CHECK(uploaded < submitted);
  CHECK(submitted < collected);
  CHECK(log.out.substr(19, 3) == "Z  ");
  const auto json = finished.run({"log", "tickets", "--json", "--limit", "1"});
  CHECK(json.out.starts_with(R"({"type":"happening","time":")"));
  CHECK(std::count(json.out.begin(), json.out.end(), '\n') == 1);
  CHECK(finished.run({"log", "nobody"}).exit_code == 2);
}

}  // namespace
}  // namespace batchd::cli
