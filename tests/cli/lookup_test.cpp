#include "doors/cli/lookup.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "store/samples.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

namespace samples = store::samples;

constexpr std::string_view first_id = "01jd0000000000000000000001";
constexpr std::string_view second_id = "01jd5000000000000000000002";
constexpr std::string_view simulated_id = "01je0000000000000000000003";

// A state folder with two real runs of `tickets` and a simulated one of `orders`.
class States {
 public:
  States() {
    config.state_folder = folder.path();
    auto real = open(folder.path());
    REQUIRE(samples::seal(*real, samples::items(1, 3, 1), first_id, "monday").ok());
    REQUIRE(samples::seal(*real, samples::items(1, 3, 1), second_id, "tuesday").ok());
    auto simulated = open(folder / "simulated");
    REQUIRE(simulated->create_run(samples::run(simulated_id, "orders", "monday")).ok());
  }

  static std::unique_ptr<store::Store> open(const Path& state) {
    REQUIRE(make_folders(state).ok());
    auto store = store::Store::open(state / "batchd.db", store::Mode::read_write);
    REQUIRE(store.ok());
    return std::move(*store);
  }

  std::string found(std::string_view name) {
    auto run = find_run(config, name);
    REQUIRE_MESSAGE(run.ok(), name);
    return run->run.id;
  }
  Error error(std::string_view name) {
    auto run = find_run(config, name);
    REQUIRE_FALSE(run.ok());
    return run.error();
  }

  test::TemporaryFolder folder;
  job::Config config;
};

TEST_CASE("a run is found by its id") {
  States states;
  CHECK(states.found(first_id) == first_id);
  CHECK(states.found(second_id) == second_id);
}

TEST_CASE("a run is found by the beginning of its id, as long as only one begins so") {
  States states;
  CHECK(states.found("01jd5") == second_id);
  const auto error = states.error("01jd");
  CHECK(error.kind == ErrorKind::invalid);
  CHECK(error.message == "\"01jd\" is the beginning of more than one run");
  CHECK(error.hint.find(first_id) != std::string::npos);
  CHECK(error.hint.find(second_id) != std::string::npos);
}

TEST_CASE("too short a beginning is not taken for a run") {
  States states;
  CHECK(states.error("01j").kind == ErrorKind::not_found);
  CHECK(states.error("").kind == ErrorKind::not_found);
}

TEST_CASE("a job stands for its newest run") {
  States states;
  CHECK(states.found("tickets") == second_id);
}

TEST_CASE("who goes on with a job or cancels it means its unfinished run, though a newer one has finished") {
  States states;
  {
    auto real = States::open(states.folder.path());
    model::Changes ended;
    ended.run = *real->run(second_id);
    ended.run->state = model::RunState::succeeded;
    ended.run->finished_at = samples::at(100);
    ended.run->exit_code = 0;
    REQUIRE(real->apply(second_id, ended).ok());
  }
  CHECK(states.found("tickets") == second_id);
  const auto unfinished = find_run_to_act_on(states.config, "tickets");
  REQUIRE(unfinished.ok());
  CHECK(unfinished->run.id == first_id);
  const auto named = find_run_to_act_on(states.config, second_id);
  REQUIRE(named.ok());
  CHECK(named->run.id == second_id);
  CHECK_FALSE(find_run_to_act_on(states.config, "").ok());
}

TEST_CASE("a job with a key stands for that run") {
  States states;
  CHECK(states.found("tickets@monday") == first_id);
  CHECK(states.found("tickets@tuesday") == second_id);
  CHECK(states.error("tickets@sunday").kind == ErrorKind::not_found);
  CHECK(states.error("orders@tuesday").kind == ErrorKind::not_found);
}

TEST_CASE("simulated runs are found in a state of their own") {
  States states;
  auto found = find_run(states.config, "orders");
  REQUIRE(found.ok());
  CHECK(found->run.id == simulated_id);
  CHECK(found->state_folder == states.folder / "simulated");
  CHECK(states.found("01je") == simulated_id);
  CHECK(states.found("orders@monday") == simulated_id);
}

TEST_CASE("a real run goes before a simulated one of the same job") {
  States states;
  auto simulated = States::open(states.folder / "simulated");
  REQUIRE(simulated->create_run(samples::run("01jz0000000000000000000009", "tickets", "monday")).ok());
  CHECK(states.found("tickets") == second_id);
}

TEST_CASE("an unknown name is answered with the job that was probably meant") {
  States states;
  const auto error = states.error("tickte");
  CHECK(error.kind == ErrorKind::not_found);
  CHECK(error.message == "there is no run or job \"tickte\"");
  CHECK(error.hint.find("did you mean \"tickets\"?") != std::string::npos);
  CHECK(states.error("oders").hint.find("\"orders\"") != std::string::npos);
  CHECK(states.error("nothing-like-it").hint == "`batchd runs` lists all");
}

TEST_CASE("where nothing has run yet, that is what is said") {
  test::TemporaryFolder folder;
  job::Config config;
  config.state_folder = folder.path();
  auto run = find_run(config, "tickets");
  REQUIRE_FALSE(run.ok());
  CHECK(run.error().kind == ErrorKind::not_found);
  CHECK(run.error().hint.find("nothing has run yet") != std::string::npos);
  CHECK(folder.count() == 0);  // looking leaves nothing behind
}

TEST_CASE("bug: a process that had just begun made every command beside it speak of version 0 of the database") {
  test::TemporaryFolder folder;
  folder.write("batchd.db", "");  // its file is there, its tables are not
  job::Config config;
  config.state_folder = folder.path();
  const auto run = find_run(config, "tickets");
  REQUIRE_FALSE(run.ok());
  CHECK(run.error().hint.find("nothing has run yet") != std::string::npos);
}

// Root may read everything: as somebody else then.
class AsNobody {
 public:
  AsNobody() : is_root_(::geteuid() == 0) {
    constexpr uid_t nobody = 65534;
    if (is_root_) REQUIRE(::seteuid(nobody) == 0);
  }
  ~AsNobody() {
    if (is_root_) CHECK(::seteuid(0) == 0);
  }

 private:
  bool is_root_;
};

TEST_CASE("a state folder that may not be looked into is not an empty one") {
  States states;
  if (::geteuid() != 0) std::filesystem::permissions(states.folder.path(), std::filesystem::perms::none);
  const AsNobody nobody;
  const auto opened = open_states(states.config);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().kind == ErrorKind::io);
  CHECK(opened.error().message == (states.folder / "batchd.db").string() + " cannot be read: Permission denied");
}

TEST_CASE("an item is found by its id, its row number and its custom_id") {
  States states;
  auto found = find_run(states.config, first_id);
  REQUIRE(found.ok());
  for (const std::string& name : {samples::item_id(2), std::string("#2"), model::to_text({std::string(first_id), 2, 1}),
                                  model::to_text({std::string(first_id), 2, 4})}) {
    CAPTURE(name);
    auto item = find_item(*found, name);
    REQUIRE(item.ok());
    CHECK(item->item.sequence == 2);
  }
}

TEST_CASE("an item that is not there is not found, whatever it was called by") {
  States states;
  auto found = find_run(states.config, first_id);
  REQUIRE(found.ok());
  for (const std::string& name : {std::string("TKT-99"), std::string("#99"), std::string("#0"), std::string(),
                                  model::to_text({std::string(first_id), 99, 1}),
                                  model::to_text({std::string(second_id), 2, 1})}) {  // another run's
    CAPTURE(name);
    auto item = find_item(*found, name);
    REQUIRE_FALSE(item.ok());
    CHECK(item.error().kind == ErrorKind::not_found);
  }
}

TEST_CASE("what is no row number behind # is said to be none") {
  States states;
  auto found = find_run(states.config, first_id);
  REQUIRE(found.ok());
  for (const char* name : {"#", "#x", "#1x", "#-1", "#99999999999999999999"}) {
    CAPTURE(name);
    auto item = find_item(*found, name);
    REQUIRE_FALSE(item.ok());
    CHECK(item.error().kind == ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace batchd::cli
