#include "line/notify/post.hpp"

#include <map>

#include <doctest/doctest.h>

#include "line/notify/target.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::notify;
using model::DeliveryState;
using namespace std::chrono_literals;

namespace {

// Answers as it is told, and remembers what it was asked.
class RecordingTransport final : public http::Transport {
 public:
  async::Task<Result<http::Response>> send(const http::Request& request, const http::SendOptions& options) override {
    asked.push_back(request);
    was_repeatable = options.repeatable;
    if (fault) co_return *fault;
    http::Response response;
    response.status = status;
    co_return response;
  }
  std::vector<http::Request> asked;
  int status = 204;
  bool was_repeatable = false;
  std::optional<Error> fault;
};

struct Desk {
  Desk() {
    target.url = "https://hooks.example.com/a";
    delivery.id = "msg_1";
    delivery.run = "01jd0000000000000000000001";
    delivery.event = "run.failed";
    delivery.payload = R"({"type":"run.failed","text":"tickets failed","data":{"job":"tickets"}})";
    delivery.attempts = 1;
  }
  model::Delivery deliver() {
    delivery.target = to_text(target);
    const async::StopToken never;
    return loop.run(notify::deliver(post, delivery, never));
  }
  TurnedClock clock{*parse_utc("2026-11-29T00:00:00Z")};
  async::Loop loop{clock};
  async::WorkerPool workers{loop};
  RecordingTransport transport;
  std::map<std::string, std::string> variables;
  Post post{loop, workers, transport, [this](const char* name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            }};
  model::NotifyTarget target;
  model::Delivery delivery;
};

}  // namespace

TEST_CASE("any 2xx is delivered, and nobody repeats the call beside us") {
  Desk desk;
  const auto done = desk.deliver();
  CHECK(done.state == DeliveryState::delivered);
  CHECK(done.detail == "HTTP 204 No Content");
  REQUIRE(desk.transport.asked.size() == 1);
  CHECK(desk.transport.asked[0].url == "https://hooks.example.com/a");
  CHECK_FALSE(desk.transport.was_repeatable);
}

TEST_CASE("what was not taken is tried again after Standard Webhooks' pauses, and given up after the last") {
  Desk desk;
  desk.transport.status = 500;
  const Duration pauses[] = {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (const auto pause : pauses) {
    const auto failed = desk.deliver();
    CHECK(failed.state == DeliveryState::pending);
    CHECK(failed.next_try_at == desk.clock.now() + pause);
    ++desk.delivery.attempts;
  }
  CHECK(desk.deliver().state == DeliveryState::given_up);
}

TEST_CASE("410 Gone is taken at its word, a redirect is not followed") {
  Desk desk;
  desk.transport.status = 410;
  CHECK(desk.deliver().state == DeliveryState::given_up);
  desk.transport.status = 302;
  const auto moved = desk.deliver();
  CHECK(moved.state == DeliveryState::pending);
  CHECK(moved.detail.find("redirects are not followed") != std::string::npos);
  CHECK(desk.transport.asked.size() == 2);
}

TEST_CASE("an address and a key come from where the job names them, when they are needed") {
  Desk desk;
  test::TemporaryFolder folder;
  desk.target.url = "";
  desk.target.url_env = "SLACK_URL";
  desk.target.secret_file = folder.write("key", "whsec_Zm9v\n");
  const auto missing = desk.deliver();
  CHECK(missing.state == DeliveryState::pending);
  CHECK(missing.detail == "SLACK_URL is not set");
  CHECK(desk.transport.asked.empty());
  desk.variables["SLACK_URL"] = "https://hooks.slack.example/T0/secret";
  CHECK(desk.deliver().state == DeliveryState::delivered);
  REQUIRE(desk.transport.asked.size() == 1);
  CHECK(desk.transport.asked[0].url == "https://hooks.slack.example/T0/secret");
  CHECK(desk.transport.asked[0].headers.has("webhook-signature"));
  // Its errors may repeat the address.
  desk.transport.fault = Error(ErrorKind::network, "cannot reach https://hooks.slack.example/T0/secret");
  CHECK(desk.deliver().detail.find("secret") == std::string::npos);
}

TEST_CASE("a command is told on its input and in its environment; its exit code says whether it took it") {
  Desk desk;
  test::TemporaryFolder folder;
  const auto told = (folder.path() / "told").string();
  desk.target.url = "";
  desk.target.command = {"sh", "-c",
                         "{ cat; echo; echo \"$BATCHD_EVENT $BATCHD_JOB $BATCHD_RUN $BATCHD_TEXT\"; } > " + told};
  const auto done = desk.deliver();
  CAPTURE(done.detail);
  CHECK(done.state == DeliveryState::delivered);
  CHECK(folder.read("told") ==
        desk.delivery.payload + "\nrun.failed tickets " + desk.delivery.run + " tickets failed\n");
  desk.target.command = {"sh", "-c", "echo no pager; exit 7"};
  const auto failed = desk.deliver();
  CHECK(failed.state == DeliveryState::pending);
  CHECK(failed.detail == "exit code 7: no pager\n");
  desk.target.command = {"/nowhere/tell"};
  CHECK(desk.deliver().detail.find("/nowhere/tell cannot be run") != std::string::npos);
}
