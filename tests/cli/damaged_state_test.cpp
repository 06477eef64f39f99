// The program on a state that a disk has damaged: every command says which file and what to do, none crashes, and
// nothing is sent.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;
using Words = std::vector<std::string>;

constexpr std::size_t page_bytes = 4'096;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// A finished rehearsal of eight rows.
class Finished {
 public:
  Finished() {
    folder.write("batchd.yaml", "state_dir: state\n");
    std::string rows;
    for (int i = 1; i <= 8; ++i)
      rows += fmt::format(R"({{"id":"T-{}"}})", i) + "\n";
    folder.write("tickets.jsonl", rows);
    folder.write("job.yaml", R"(name: tickets
provider: openai
input: {path: tickets.jsonl, id: id}
request:
  model: gpt-4o-mini
  messages: [{role: user, content: "{{id}}"}]
output: {path: out}
)");
    REQUIRE(run({"run", "job.yaml", "--simulate"}).exit_code == 0);
  }
  Ended run(const Words& words) const { return Program(folder.path(), words).finish(); }

  // From a page on, the first being 0, everything is something else.
  void damage_from(std::size_t page) const {
    auto text = folder.read(database);
    REQUIRE(text.size() > page * page_bytes);
    const auto from = page * page_bytes;
    folder.write(database, text.replace(from, text.size() - from, text.size() - from, 'x'));
  }

  const std::string database = "state/simulated/batchd.db";
  batchd::test::TemporaryFolder folder;
};

void check_told(const Finished& state, const Ended& ended, int exit_code) {
  const auto said = ended.out + ended.err;
  CAPTURE(said);
  CHECK(ended.exit_code == exit_code);
  CHECK(holds(said, (state.folder / state.database).string()));
  CHECK(holds(said, "damaged"));
  CHECK(holds(said, "Put a backup of it in its place"));
}

}  // namespace

TEST_CASE("a database whose first page is damaged: each command names the file and what to do") {
  const Finished state;
  const auto journal = state.folder.read("state/simulated/world/journal.jsonl");
  state.damage_from(0);
  for (const Words& words : {Words{"run", "job.yaml", "--simulate"}, Words{"run", "job.yaml", "--simulate", "--new"},
                             Words{"status"}, Words{"verify", "tickets"}, Words{"results", "tickets"}}) {
    CAPTURE(words[0]);
    check_told(state, state.run(words), 1);
  }
  check_told(state, state.run({"doctor"}), 3);
  CHECK(state.folder.read("state/simulated/world/journal.jsonl") == journal);
}

TEST_CASE("a database whose later pages are damaged: verify and doctor find it, a new run is refused") {
  const Finished state;
  const auto journal = state.folder.read("state/simulated/world/journal.jsonl");
  state.damage_from(1);
  for (const Words& words : {Words{"run", "job.yaml", "--simulate"}, Words{"run", "job.yaml", "--simulate", "--new"},
                             Words{"verify", "tickets"}}) {
    CAPTURE(words[0]);
    check_told(state, state.run(words), 1);
  }
  check_told(state, state.run({"doctor"}), 3);
  CHECK(state.folder.read("state/simulated/world/journal.jsonl") == journal);
}

}  // namespace batchd::cli
