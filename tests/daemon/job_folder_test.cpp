#include "doors/daemon/job_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::daemon;
using Kind = JobFolder::Change::Kind;

namespace {

constexpr std::string_view good = R"(name: {}
provider: openai
input: {{path: rows.jsonl, id: id}}
request: {{model: gpt-4o-mini, messages: [{{role: user, content: "{{{{id}}}}"}}]}}
output: {{path: out}}
{}
)";

struct Desk {
  Desk() {
    folder.write("rows.jsonl", "{\"id\":1}\n");
    job::ConfigOptions options;
    options.system_folder = "/nowhere";  // not what this machine has
    options.current_folder = folder.path();
    options.environment = job::system_environment();
    auto loaded = job::load_config(options);
    REQUIRE(loaded.ok());
    config = std::move(loaded.config);
    jobs.emplace(folder.path(), config, job::system_environment());
  }
  void write(const std::string& file, const std::string& name, const std::string& more = "") {
    folder.write(file, fmt::format(fmt::runtime(good), name, more));
  }
  std::vector<JobFolder::Change> look() {
    auto changes = jobs->refresh("2026-11-29");
    REQUIRE(changes.ok());
    return std::move(*changes);
  }

  test::TemporaryFolder folder;
  job::Config config;
  std::optional<JobFolder> jobs;
};

}  // namespace

TEST_CASE("the jobs of a folder are found, and files of another kind are none") {
  Desk desk;
  desk.write("b.yaml", "beta");
  desk.write("a.yml", "alpha");
  desk.write(".hidden.yaml", "gamma");
  desk.folder.write("notes.txt", "nothing");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].kind == Kind::added);
  REQUIRE(desk.jobs->jobs().size() == 2);
  CHECK(desk.jobs->jobs()[0]->job->name == "alpha");
  CHECK(desk.look().empty());  // nothing has changed since
}

TEST_CASE("a broken edit is told with its place, and the job stays as it was until the file is mended") {
  Desk desk;
  desk.write("a.yaml", "alpha", "description: first");
  desk.look();
  desk.write("a.yaml", "alpha", "descriptoin: second");
  const auto broken = desk.look();
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].kind == Kind::broken);
  CHECK(broken[0].job == "alpha");
  CHECK(broken[0].why.find("a.yaml:6:") != std::string::npos);
  const auto* watched = desk.jobs->find("alpha");
  REQUIRE(watched);
  CHECK(watched->job->description == "first");
  CHECK_FALSE(watched->complaints.empty());
  CHECK(desk.jobs->load(*watched, "2026-11-30").job.description == "first");

  desk.write("a.yaml", "alpha", "description: third one");
  const auto mended = desk.look();
  REQUIRE(mended.size() == 1);
  CHECK(mended[0].kind == Kind::changed);
  CHECK(desk.jobs->find("alpha")->job->description == "third one");
}

TEST_CASE("a file that never was good is listed, with what is wrong with it") {
  Desk desk;
  desk.folder.write("bad.yaml", "name: [\n");
  CHECK(desk.look()[0].kind == Kind::broken);
  CHECK(desk.jobs->jobs().empty());
  REQUIRE(desk.jobs->broken().size() == 1);
  CHECK_FALSE(desk.jobs->broken()[0]->complaints.empty());
}

TEST_CASE("a job that never was good is known by the name in its file, and heals when that is mended") {
  Desk desk;
  desk.write("a.yaml", "alpha", "descriptoin: first");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].job == "alpha");
  CHECK(desk.jobs->find("alpha") == nullptr);
  const auto* broken = desk.jobs->find_broken("alpha");
  REQUIRE(broken);
  CHECK(broken->is_broken);
  CHECK(job::to_text(broken->complaints).find("a.yaml:6:1") != std::string::npos);
  CHECK(desk.jobs->find_broken("beta") == nullptr);
  desk.folder.write("bad.yaml", "name: [\n");
  desk.look();
  CHECK(desk.jobs->find_broken("beta") != nullptr);  // it may be that one
  desk.folder.write("bad.yaml", "name: beta\n");
  desk.write("a.yaml", "alpha", "description: first");
  desk.look();
  CHECK(desk.jobs->find("alpha"));
  CHECK(desk.jobs->find_broken("alpha") == nullptr);
}

TEST_CASE("a warning about a job's file is told, and breaks nothing") {
  Desk desk;
  desk.write("a.yaml", "alpha", "notify: [{webhook: {url_env: BATCHD_NOBODY_SETS_THIS}}]");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == Kind::added);
  CHECK(changes[0].why.find("BATCHD_NOBODY_SETS_THIS is not set") != std::string::npos);
  REQUIRE(desk.jobs->find("alpha"));
  CHECK_FALSE(desk.jobs->find("alpha")->is_broken);
  CHECK(desk.look().empty());  // told once
}

TEST_CASE("bug: a job that came before its schema stayed broken when the schema had come") {
  Desk desk;
  desk.write("a.yaml", "alpha", "min_success: 0.9");
  const auto text = desk.folder.read("a.yaml");
  desk.folder.write("a.yaml", text.substr(0, text.find("output: {")) + "output: {path: out, schema: late.json}\n");
  CHECK(desk.look()[0].kind == Kind::broken);
  CHECK(desk.look().empty());  // told once
  desk.folder.write("late.json", "{}");
  const auto mended = desk.look();
  REQUIRE(mended.size() == 1);
  CHECK(mended[0].kind == Kind::changed);
  CHECK(desk.jobs->find("alpha"));
  CHECK(desk.jobs->broken().empty());
}

TEST_CASE("bug: a pipe in the folder was waited for, and the daemon with it") {
  Desk desk;
  desk.write("a.yaml", "alpha");
  REQUIRE(::mkfifo((desk.folder / "b.yaml").c_str(), 0600) == 0);
  const auto changes = desk.look();
  REQUIRE(changes.size() == 2);
  CHECK(changes[1].kind == Kind::broken);
  CHECK(changes[1].why.find("it is a pipe, a socket or a device, and no file") != std::string::npos);
  CHECK(desk.jobs->jobs().size() == 1);
}

TEST_CASE("a file that comes with the name of another's job is a complaint, and that job goes on") {
  Desk desk;
  desk.write("b.yaml", "alpha");
  REQUIRE(desk.look().size() == 1);
  desk.write("a.yaml", "alpha");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == Kind::broken);
  CHECK(changes[0].why.find("stands in b.yaml, too") != std::string::npos);
  CHECK(desk.jobs->find("alpha")->file.filename() == "b.yaml");
  // bug: the job of the good file was told as broken
  CHECK(changes[0].job.empty());
  REQUIRE(desk.jobs->broken().size() == 1);
  CHECK(desk.jobs->broken()[0]->name.empty());
}

TEST_CASE("bug: of two files of one name the first in the alphabet was the job after a restart, whoever had been it") {
  Desk desk;
  desk.write("tickets-old.yaml", "alpha");
  desk.write("tickets.yaml", "alpha");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 2);
  for (const auto& change : changes)
    CHECK(change.kind == Kind::broken);
  CHECK(changes[0].why.find("stands in tickets.yaml, too") != std::string::npos);
  CHECK(changes[1].why.find("stands in tickets-old.yaml, too") != std::string::npos);
  CHECK(desk.jobs->jobs().empty());
  CHECK(desk.jobs->find_broken("alpha"));  // its due times wait
  CHECK(desk.look().empty());
  CHECK(desk.jobs->jobs().empty());
  SUBCASE("one of them gets another name") {
    desk.write("tickets-old.yaml", "beta");
    desk.look();
    desk.look();
    CHECK(desk.jobs->find("alpha")->file.filename() == "tickets.yaml");
    CHECK(desk.jobs->find("beta"));
  }
  SUBCASE("one of them goes") {
    std::filesystem::remove(desk.folder / "tickets-old.yaml");
    desk.look();
    CHECK(desk.jobs->find("alpha")->file.filename() == "tickets.yaml");
  }
  CHECK(desk.jobs->broken().empty());
}

TEST_CASE("a file that is gone takes its job away") {
  Desk desk;
  desk.write("a.yaml", "alpha");
  desk.look();
  std::filesystem::remove(desk.folder / "a.yaml");
  const auto changes = desk.look();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == Kind::removed);
  CHECK(changes[0].job == "alpha");
  CHECK(desk.jobs->find("alpha") == nullptr);
}

TEST_CASE("${run.date} is the day a run is begun for, not the day its file was read") {
  Desk desk;
  desk.folder.write("a.yaml", fmt::format(fmt::runtime(good), "alpha", "") + "# ${run.date}\n");
  desk.folder.write("dated.yaml", R"(name: dated
provider: openai
input: {path: "rows-${run.date}.jsonl", id: id}
request: {model: gpt-4o-mini, messages: [{role: user, content: "{{id}}"}]}
output: {path: out}
)");
  desk.look();
  const auto* watched = desk.jobs->find("dated");
  REQUIRE(watched);
  CHECK(desk.jobs->load(*watched, "2026-12-24").job.input.path.filename() == "rows-2026-12-24.jsonl");
}

TEST_CASE("a folder that is not there is said, with the option that names it") {
  Desk desk;
  JobFolder nowhere(desk.folder / "nowhere", desk.config, job::system_environment());
  CHECK(nowhere.check().error().kind == ErrorKind::not_found);
  CHECK(nowhere.refresh("2026-11-29").error().hint.find("--jobs") != std::string::npos);
}
