#include "doors/daemon/items_page.hpp"

#include <doctest/doctest.h>

#include "daemon/pages_fixture.hpp"
#include "doors/daemon/item_page.hpp"

using namespace batchd;
using namespace batchd::daemon;
using namespace batchd::daemon::test;

namespace {

store::ItemState item_of(std::uint64_t sequence, const std::string& id, model::ItemStatus status) {
  store::ItemState state;
  state.item.sequence = sequence;
  state.item.id = id;
  state.status = status;
  state.attempts = 1;
  return state;
}

ItemsFacts some_items() {
  ItemsFacts facts;
  facts.run = failed_run().run;
  facts.counts = failed_run().counts;
  facts.items = {item_of(7, evil, model::ItemStatus::failed), item_of(9, "T-9", model::ItemStatus::failed)};
  facts.filter.status = model::ItemStatus::failed;
  return facts;
}

AttemptTexts attempt_of(std::uint32_t n, model::Reason reason, const std::string& row) {
  AttemptTexts texts;
  auto& outcome = texts.attempt.record.outcome;
  outcome.attempt = n;
  outcome.reason = reason;
  outcome.status = reason == model::Reason::none ? model::ItemStatus::succeeded : model::ItemStatus::failed;
  texts.result = StoredText{row, row.size(), ""};
  texts.answer = StoredText{R"({"response":"line"})", 19, ""};
  return texts;
}

ItemFacts asked_twice() {
  ItemFacts facts;
  facts.run = failed_run().run;
  facts.life.state = item_of(7, "T-7", model::ItemStatus::succeeded);
  facts.attempts = {
      attempt_of(1, model::Reason::schema_mismatch, R"({"output":null,"raw":"bad","error":"no priority"})"),
      attempt_of(2, model::Reason::none, R"({"output":{"priority":"low"},"raw":null,"error":null})")};
  facts.life.attempts = {facts.attempts[0].attempt, facts.attempts[1].attempt};
  facts.row = StoredText{R"({"id":"T-7"})", 12, ""};
  return facts;
}

std::string text_of(const Page& page) { return laid_out(page, "1.0"); }

}  // namespace

TEST_CASE("a page of items leads to each of them, to the next page, and back to the first") {
  auto facts = some_items();
  facts.has_more = true;
  facts.filter.after_sequence = 3;
  const auto text = text_of(items_page(facts));
  CHECK(holds(text, "/items/7\""));
  CHECK(holds(text, "?status=failed&amp;after=9\">Next"));
  CHECK(holds(text, "?status=failed\">First"));
  CHECK_FALSE(holds(text, "<img"));
}

TEST_CASE("the reasons that there are can be chosen, with their counts") {
  const auto text = text_of(items_page(some_items()));
  CHECK(holds(text, "?reason=schema_mismatch\">schema_mismatch <small>3</small>"));
  CHECK_FALSE(holds(text, "reason=truncated"));
}

TEST_CASE("what was rejected and what was accepted stand side by side") {
  const auto text = text_of(item_page(asked_twice()));
  const auto rejected = text.find("Rejected ");
  const auto accepted = text.find("Accepted ");
  REQUIRE(rejected != std::string::npos);
  REQUIRE(accepted != std::string::npos);
  CHECK(rejected < accepted);
  CHECK(holds(text.substr(rejected, accepted - rejected), "no priority"));
  CHECK(holds(text.substr(rejected, accepted - rejected), "bad"));
  CHECK(holds(text.substr(accepted), "&quot;priority&quot;: &quot;low&quot;"));
}

TEST_CASE("who may not see content sees the item's state and no text") {
  auto facts = asked_twice();
  facts.shows_content = false;
  const auto text = text_of(item_page(facts));
  CHECK(holds(text, "succeeded"));
  for (const char* part : {"bad", "priority", "response"})
    CHECK_FALSE(holds(text, part));
}

TEST_CASE("a long text is cut between two characters, and that is said") {
  auto facts = asked_twice();
  std::string umlauts;
  while (umlauts.size() < 2 * text_bytes_max)
    umlauts += "\u00e4";
  facts.row = StoredText{"x" + umlauts, umlauts.size() + 1, ""};
  const auto text = text_of(item_page(facts));
  CHECK(holds(text, "These are the first"));
  CHECK(holds(text, "\u00e4</pre>"));
  CHECK(text.size() < 2 * text_bytes_max);
}

TEST_CASE("a text that is gone is told of, and the others are shown") {
  auto facts = asked_twice();
  facts.row = StoredText{"", 12, "spool/0001.rows.jsonl is not there"};
  const auto text = text_of(item_page(facts));
  CHECK(holds(text, "spool/0001.rows.jsonl is not there"));
  CHECK(holds(text, "no priority"));
}

TEST_CASE("a finished row is read for what the model gave and what was wrong with it") {
  CHECK(verdict_of(R"({"output":"text","raw":null,"error":null})").text == "text");
  CHECK(verdict_of(R"({"output":{"a":1.50},"raw":null,"error":null})").text == R"({"a":1.50})");
  const auto refused = verdict_of(R"({"output":null,"raw":"no","error":"why"})");
  CHECK(refused.text == "no");
  CHECK(refused.error == "why");
  CHECK(verdict_of("cut {").text == "cut {");
}
