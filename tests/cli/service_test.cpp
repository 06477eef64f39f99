// `batchd serve` as a service manager starts it: what the real program tells at NOTIFY_SOCKET.

#include <csignal>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cli/program.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Program;

// The manager's end. Programs that are started while it lives find it in their environment.
class NotifySocket {
 public:
  explicit NotifySocket(const Path& folder, const char* watchdog_us) {
    const auto path = (folder / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(descriptor_ >= 0);
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    if (watchdog_us) ::setenv("WATCHDOG_USEC", watchdog_us, 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::close(descriptor_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The next message that has such a line; waits for it.
  std::string wait_for(std::string_view line) {
    for (;;) {
      std::array<char, 4096> buffer;
      const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      REQUIRE(count >= 0);
      const auto message = "\n" + std::string(buffer.data(), static_cast<std::size_t>(count));
      if (message.find("\n" + std::string(line)) != std::string::npos) return message;
    }
  }

 private:
  int descriptor_ = -1;
};

void write_nightly(const batchd::test::TemporaryFolder& folder) {
  folder.write("batchd.yaml", "state_dir: state\n");
  folder.write("jobs/nightly.yaml", R"(name: nightly
provider: openai
input: {path: rows.jsonl, id: id}
request: {model: m, messages: [{role: user, content: "{{id}}"}]}
output: {path: out}
schedule: {cron: "@daily"}
)");
}

}  // namespace

TEST_CASE("a service manager hears when the daemon is ready, how it stands, that it lives, reloads and stops") {
  const batchd::test::TemporaryFolder folder;
  write_nightly(folder);
  NotifySocket manager(folder.path(), "1000000");
  Program daemon(folder.path(), {"serve", "--listen", "127.0.0.1:0"});
  CHECK(manager.wait_for("READY=1").find("STATUS=0 runs go on; ") != std::string::npos);
  CHECK(manager.wait_for("WATCHDOG=1") != "");
  daemon.send(SIGHUP);
  (void)manager.wait_for("RELOADING=1");
  (void)manager.wait_for("READY=1");
  daemon.send(SIGTERM);
  (void)manager.wait_for("STOPPING=1");
  const auto ended = daemon.finish();
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
}

TEST_CASE("a service manager hears which job is due next") {
  const batchd::test::TemporaryFolder folder;
  write_nightly(folder);
  NotifySocket manager(folder.path(), "20000");
  Program daemon(folder.path(), {"serve", "--listen", "127.0.0.1:0"});
  for (;;)
    if (manager.wait_for("WATCHDOG=1").find("STATUS=0 runs go on; next is nightly at ") != std::string::npos) break;
  daemon.send(SIGTERM);
  CHECK(daemon.finish().exit_code == 0);
}

}  // namespace batchd::cli
