#include "line/notify/message.hpp"

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "line/notify/target.hpp"

using namespace batchd;
using namespace batchd::notify;
using model::NotifyOn;

namespace {

struct Desk {
  Desk() {
    run.id = "01jd0000000000000000000001";
    run.job = "tickets";
    run.key = "2026-11-29T01:30:00Z";
    run.provider = "acme";
    run.state = model::RunState::failed;
    run.exit_code = 3;
    run.items = 10'000;
    counts.succeeded = 9'958;
    counts.failed = 42;
    counts.reasons[static_cast<std::size_t>(model::Reason::schema_mismatch)] = 40;
    counts.reasons[static_cast<std::size_t>(model::Reason::missing)] = 2;
  }
  Message message() const { return {occasion, run, counts, *parse_utc("2026-11-29T02:00:00Z"), "/out/tickets/01jd"}; }

  Occasion occasion{NotifyOn::failure, std::string(event_failed), "once", ""};
  model::Run run;
  model::Counts counts;
};

model::NotifyTarget webhook(std::vector<NotifyOn> on) {
  model::NotifyTarget target;
  target.on = std::move(on);
  target.url = "https://hooks.example.com/services/T0/secret?token=x";
  target.secret_env = "HOOK_SECRET";
  return target;
}

}  // namespace

TEST_CASE("a message is one sentence that says what to think of it") {
  Desk desk;
  CHECK(sentence_of(desk.message()) ==
        "tickets failed: 42 of 10,000 items did not succeed (schema_mismatch 40, missing 2).");
  desk.run.state = model::RunState::succeeded;
  desk.counts = {};
  desk.counts.succeeded = 10'000;
  desk.occasion = {NotifyOn::success, std::string(event_succeeded), "", ""};
  CHECK(sentence_of(desk.message()) == "tickets succeeded: all 10,000 items.");
  desk.run.state = model::RunState::running;
  desk.counts.succeeded = 0;
  desk.counts.pending = 10'000;
  desk.occasion = {NotifyOn::failure, std::string(event_gave_up), "4", "acme refuses the key; set ACME_KEY"};
  CHECK(sentence_of(desk.message()) ==
        "tickets gave up for now: 10,000 of 10,000 items are open. acme refuses the key; set ACME_KEY.");
  desk.run.items = 0;
  desk.occasion = {NotifyOn::failure, std::string(event_not_begun), "", "the job file is broken"};
  CHECK(sentence_of(desk.message()) == "tickets could not be begun. the job file is broken.");
}

TEST_CASE("the payload has Standard Webhooks' members, figures and no row's text") {
  const Desk desk;
  json::Document document;
  const auto text = to_json(desk.message());
  const auto root = document.parse(text);
  REQUIRE(root.ok());
  CHECK(root->find("type").as_string() == "run.failed");
  CHECK(root->find("timestamp").as_string() == "2026-11-29T02:00:00.000Z");
  CHECK(root->find("text").as_string() == sentence_of(desk.message()));
  CHECK(root->at_pointer("/data/run").as_string() == desk.run.id);
  CHECK(root->at_pointer("/data/counts/failed").as_int64() == 42);
  CHECK(root->at_pointer("/data/reasons/missing").as_int64() == 2);
  CHECK(root->at_pointer("/data/exit_code").as_int64() == 3);
  CHECK(root->at_pointer("/data/folder").as_string() == "/out/tickets/01jd");
}

TEST_CASE("who wants to hear of it gets a message, always under the same id") {
  const Desk desk;
  const std::vector targets{webhook({NotifyOn::failure}), webhook({NotifyOn::success})};
  const auto deliveries = deliveries_for(targets, desk.message());
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].id.starts_with("msg_"));
  CHECK(deliveries[0].state == model::DeliveryState::pending);
  CHECK(deliveries[0].next_try_at == deliveries[0].created_at);
  CHECK(deliveries == deliveries_for(targets, desk.message()));
  Desk later;
  later.occasion.occurrence = "after a retry";
  CHECK(deliveries_for(targets, later.message()).at(0).id != deliveries[0].id);
}

TEST_CASE("a target comes back from its text, and is shown without what may be a secret") {
  const auto there = webhook({});
  CHECK(target_from_text(to_text(there)).value() == there);
  CHECK(shown(there) == "webhook at hooks.example.com");
  model::NotifyTarget command;
  command.command = {"/bin/tell", "ops"};
  CHECK(target_from_text(to_text(command)).value() == command);
  CHECK(shown(command) == "command /bin/tell");
  model::NotifyTarget hidden;
  hidden.url_env = "SLACK_URL";
  CHECK(shown(hidden) == "webhook at the address in SLACK_URL");
}
