#include "store/conformance.hpp"

namespace batchd::store {

using model::Delivery;
using model::DeliveryState;
using samples::at;
using samples::run_id;

namespace {

Delivery delivery(const std::string& id, std::int64_t due) {
  Delivery one;
  one.id = id;
  one.run = run_id;
  one.event = "run.failed";
  one.target = R"({"url":"https://hooks.example"})";
  one.payload = R"({"type":"run.failed"})";
  one.created_at = at(10);
  one.next_try_at = at(due);
  return one;
}

}  // namespace

void conform_in_deliveries(Backend& backend) {
  auto store = backend.opened();
  REQUIRE_OK(samples::seal(*store, samples::items(1, 2, 1)));
  const auto first = delivery("msg_1", 100);
  const auto second = delivery("msg_2", 50);
  model::Changes changes;
  changes.deliveries = {first, second};
  REQUIRE_OK(store->apply(run_id, changes));

  SUBCASE("what is to be told is written with the decision that it tells, once") {
    backend.lose_power();
    auto again = backend.opened();
    REQUIRE_OK(again->apply(run_id, changes));
    CHECK(again->deliveries_of(run_id).value() == std::vector{first, second});
    CHECK(again->deliveries_of("another")->empty());
  }

  SUBCASE("what is due comes in the order of its times, and nothing before them") {
    CHECK(store->due_deliveries(at(49), 10)->empty());
    CHECK(store->due_deliveries(at(50), 10).value() == std::vector{second});
    CHECK(store->due_deliveries(at(100), 10).value() == std::vector{second, first});
    CHECK(store->due_deliveries(at(100), 1).value() == std::vector{second});
    CHECK(store->next_delivery_at().value() == at(50));
  }

  SUBCASE("an attempt has one owner, and a lost one becomes due again") {
    CHECK(store->claim_delivery(second, at(80)).value());
    CHECK_FALSE(backend.opened()->claim_delivery(second, at(80)).value());
    CHECK(store->due_deliveries(at(79), 10)->empty());
    const auto due = store->due_deliveries(at(80), 10).value();
    REQUIRE(due.size() == 1);
    CHECK(due[0].attempts == 1);
    CHECK(store->claim_delivery(due[0], at(120)).value());
  }

  SUBCASE("what was delivered is never due again, whatever a slower process says of it") {
    REQUIRE(store->claim_delivery(second, at(80)).value());
    auto done = second;
    done.state = DeliveryState::delivered;
    done.detail = "HTTP 200";
    REQUIRE_OK(store->note_delivery(done));
    auto slower = second;
    slower.detail = "no answer";
    slower.next_try_at = at(60);
    REQUIRE_OK(store->note_delivery(slower));
    CHECK(store->due_deliveries(at(99), 10)->empty());
    CHECK(store->deliveries_of(run_id)->at(1).detail == "HTTP 200");
    CHECK(store->next_delivery_at().value() == at(100));
  }

  SUBCASE("of a run that was not begun it is written with what became of its due time") {
    auto other = delivery("msg_3", 10);
    other.run = "never";
    REQUIRE_OK(store->note_due_run({"tickets", at(9), model::DueFate::refused, "no key", at(10)}, {&other, 1}));
    CHECK(store->deliveries_of("never").value() == std::vector{other});
  }
}

void conform_in_access(Backend& backend) {
  auto store = backend.opened();
  model::ApiToken token;
  token.id = "tok_1";
  token.name = "ci";
  token.hash = "ab12";
  token.scopes.read = token.scopes.run = true;
  token.created_at = at(1);
  REQUIRE_OK(store->add_token(token));

  SUBCASE("a token comes back as it was made") {
    backend.lose_power();
    const auto all = backend.opened()->tokens().value();
    REQUIRE(all.size() == 1);
    CHECK(all[0].id == "tok_1");
    CHECK(all[0].name == "ci");
    CHECK(all[0].hash == "ab12");
    CHECK(all[0].scopes == token.scopes);
    CHECK_FALSE(all[0].expires_at);
  }

  SUBCASE("two tokens do not share a name") {
    auto other = token;
    other.id = "tok_2";
    other.hash = "cd34";
    CHECK(store->add_token(other).error().kind == ErrorKind::conflict);
    other.name = "cd";
    REQUIRE_OK(store->add_token(other));
  }

  SUBCASE("the first time a token was revoked stands") {
    REQUIRE_OK(store->revoke_token("tok_1", at(5)));
    REQUIRE_OK(store->revoke_token("tok_1", at(6)));
    CHECK(store->tokens()->at(0).revoked_at == at(5));
    CHECK(store->revoke_token("tok_9", at(5)).error().kind == ErrorKind::not_found);
  }

  SUBCASE("who changed what comes newest first, a page at a time") {
    for (int i = 1; i <= 3; ++i)
      REQUIRE_OK(store->add_audit_entry({0, at(i), "unix socket", "cancel", "run " + std::to_string(i), ""}));
    const auto page = store->audit_entries(2, 0).value();
    REQUIRE(page.size() == 2);
    CHECK(page[0].object == "run 3");
    const auto rest = store->audit_entries(2, page[1].n).value();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].object == "run 1");
    CHECK(rest[0].at == at(1));
  }
}

}  // namespace batchd::store
