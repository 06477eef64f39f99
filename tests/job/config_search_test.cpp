#include "rules/job/config_search.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::job;

namespace {

struct Place {
  batchd::test::TemporaryFolder folder;
  std::map<std::string, std::string, std::less<>> environment;
  ConfigOptions options;

  Path find() {
    options.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    if (options.current_folder.empty()) options.current_folder = folder.path();
    options.system_folder = folder / "etc";  // this machine's own says nothing here
    return find_config(options);
  }
};

}  // namespace

TEST_CASE("--config wins over $BATCHD_CONFIG, and that over every search") {
  Place place;
  place.folder.write("batchd.yaml", "");
  place.environment["BATCHD_CONFIG"] = "from/environment.yaml";
  CHECK(place.find() == place.folder / "from/environment.yaml");
  place.options.file = "from/command.yaml";
  CHECK(place.find() == place.folder / "from/command.yaml");
}

TEST_CASE("the nearest config at or above the job file is found, batchd.yaml before config/batchd.yaml") {
  Place place;
  place.folder.write("batchd.yaml", "");
  place.folder.write("here/batchd.yaml", "");
  place.options.current_folder = place.folder / "here";
  place.options.job_file = place.folder / "a/b/job.yaml";
  CHECK(place.find() == place.folder / "batchd.yaml");
  place.folder.write("a/config/batchd.yaml", "");
  CHECK(place.find() == place.folder / "a/config/batchd.yaml");
  place.folder.write("a/batchd.yaml", "");
  CHECK(place.find() == place.folder / "a/batchd.yaml");
  place.options.job_file = "../a/b/job.yaml";
  CHECK(place.find() == place.folder / "a/batchd.yaml");
  place.options.job_file.reset();
  CHECK(place.find() == place.folder / "here/batchd.yaml");
}

TEST_CASE("a job called batchd.yaml is not its own config") {
  Place place;
  place.folder.write("batchd.yaml", "");
  place.folder.write("jobs/batchd.yaml", "");
  place.options.job_file = place.folder / "jobs/batchd.yaml";
  CHECK(place.find() == place.folder / "batchd.yaml");
}

TEST_CASE("then come the user's folder, the machine's, and nothing") {
  Place place;
  place.environment["HOME"] = (place.folder / "home").string();
  place.options.current_folder = place.folder / "work";
  CHECK(place.find().empty());
  place.folder.write("home/.config/batchd/batchd.yaml", "");
  CHECK(place.find() == place.folder / "home/.config/batchd/batchd.yaml");
  place.environment["XDG_CONFIG_HOME"] = (place.folder / "xdg").string();
  CHECK(place.find().empty());
  place.folder.write("xdg/batchd/batchd.yaml", "");
  CHECK(place.find() == place.folder / "xdg/batchd/batchd.yaml");
  place.folder.write("etc/batchd.yaml", "");
  CHECK(place.find() == place.folder / "xdg/batchd/batchd.yaml");
  place.environment["XDG_CONFIG_HOME"] = (place.folder / "empty").string();
  CHECK(place.find() == place.folder / "etc/batchd.yaml");
  place.environment["XDG_CONFIG_HOME"] = "relative";  // the XDG specification has it ignored
  CHECK(place.find() == place.folder / "home/.config/batchd/batchd.yaml");
}

TEST_CASE("state goes where --state-dir says, else the config, else the user's state folder") {
  Place place;
  place.environment["HOME"] = "/home/someone";
  place.find();
  CHECK(load_config(place.options).config.state_folder == "/home/someone/.local/state/batchd");
  place.environment["XDG_STATE_HOME"] = "/var/xdg";
  CHECK(load_config(place.options).config.state_folder == "/var/xdg/batchd");
  place.folder.write("config/batchd.yaml", "state_dir: ../state\n");
  CHECK(load_config(place.options).config.state_folder == place.folder / "state");
  place.options.state_folder = "mine";
  CHECK(load_config(place.options).config.state_folder == place.folder / "mine");
}

TEST_CASE("without any word on where state goes the sentence says what to do") {
  Place place;
  place.find();
  CHECK(to_text(load_config(place.options).complaints) ==
        "state folder: neither --state-dir, a config, XDG_STATE_HOME nor HOME says where state goes");
}

TEST_CASE("a config that was asked for and is not there is a complaint") {
  Place place;
  place.environment["HOME"] = "/home/someone";
  place.options.file = "none.yaml";
  place.find();
  CHECK(to_text(load_config(place.options).complaints).starts_with("none.yaml: cannot open "));
}

TEST_CASE("a config above the current folder is named whole") {
  Place place;
  place.environment["HOME"] = "/home/someone";
  place.folder.write("batchd.yaml", "state_dir: 5\n");
  place.options.current_folder = place.folder / "a";
  place.find();
  CHECK(to_text(load_config(place.options).complaints) ==
        (place.folder / "batchd.yaml").string() + ":1:12: state_dir: 5 is not text; put it in quotes");
}
