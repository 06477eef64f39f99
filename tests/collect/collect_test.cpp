// The books: every item has exactly one outcome, whatever the files hold.

#include "collect/shard_fixture.hpp"

namespace batchd::collect::test {
namespace {

using model::ItemStatus;
using model::Reason;

std::vector<Reason> reasons_of(const Collected& collected) {
  std::vector<Reason> reasons;
  for (const model::Outcome& outcome : collected.outcomes)
    reasons.push_back(outcome.reason);
  return reasons;
}

model::Anomalies anomalies(std::uint64_t duplicate, std::uint64_t unknown, std::uint64_t undecodable,
                           std::uint64_t missing, std::uint64_t unwrapped = 0) {
  return {duplicate, unknown, undecodable, missing, unwrapped};
}

std::string content(std::string_view summary) { return fmt::format(R"({{"summary":"{}","priority":"low"}})", summary); }

TEST_CASE("results are matched by custom_id, never by position") {
  ShardFixture fixture;
  fixture.output(
      {answer_line(3, content("third")), answer_line(1, content("first")), answer_line(2, content("second"))});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none, Reason::none, Reason::none});
  CHECK(fixture.row(collected.outcomes[0]).text("output") == content("first"));
  CHECK(fixture.row(collected.outcomes[1]).text("output") == content("second"));
  CHECK(fixture.row(collected.outcomes[2]).text("output") == content("third"));
  CHECK(collected.anomalies == model::Anomalies{});
}

TEST_CASE("a batch that is completed though every line failed has no success, and its error file is read") {
  ShardFixture fixture;
  fixture.submission.counts = {3, 3, 0};  // what some providers claim
  fixture.errors({error_line(2, "server_error", "boom"), error_line(1, "data_inspection_failed", "no"),
                  error_line(3, "batch_expired", "late")});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::refused, Reason::provider_error, Reason::expired});
  CHECK(collected.anomalies == model::Anomalies{});
  CHECK(collected.outcomes[0].answer_in_error_file);
  CHECK(fixture.row(collected.outcomes[1]).string("error") == "server_error: boom");
}

TEST_CASE("both files are read and together make up the shard") {
  ShardFixture fixture;
  fixture.output({answer_line(3, good_content), answer_line(1, good_content)});
  fixture.errors({error_line(2, "server_error", "boom")});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none, Reason::provider_error, Reason::none});
  CHECK(collected.outcomes[1].answer_in_error_file);
  CHECK_FALSE(collected.outcomes[2].answer_in_error_file);
}

TEST_CASE("a failure may sit in the output file") {
  ShardFixture fixture(2);
  fixture.output({R"({"custom_id":")" + custom_id(1) +
                      R"(","response":{"status_code":500,"body":{"error":{"code":"InternalError","message":"x"}}}})",
                  answer_line(2, good_content)});
  CHECK(reasons_of(fixture.collect()) == std::vector{Reason::provider_error, Reason::none});
}

TEST_CASE("the provider's counters are not believed: completed with status_code 0 is a failure") {
  ShardFixture fixture(2);
  fixture.submission.counts = {2, 2, 0};
  fixture.output({R"({"custom_id":")" + custom_id(1) + R"(","response":{"status_code":0,"body":{}},"error":null})",
                  answer_line(2, good_content)});
  CHECK(reasons_of(fixture.collect()) == std::vector{Reason::provider_error, Reason::none});
}

TEST_CASE("an error beside a good answer is a failure, at the top level and in the body") {
  ShardFixture fixture(2);
  std::string at_top = answer_line(1, good_content);
  at_top.replace(at_top.rfind("null"), 4, R"({"code":"server_error","message":"boom"})");
  std::string in_body = answer_line(2, good_content);
  in_body.replace(in_body.find(R"("object":"chat.completion")"), 0, R"("error":{"code":"server_error"},)");
  fixture.output({at_top, in_body});
  CHECK(reasons_of(fixture.collect()) == std::vector{Reason::provider_error, Reason::provider_error});
}

TEST_CASE("an answer wins over a failure of the same item, whichever came first, and the extra line is counted") {
  for (const bool failure_first : {true, false}) {
    CAPTURE(failure_first);
    ShardFixture fixture(1);
    const std::string failure = error_line(1, "server_error", "boom");
    const std::string answer = answer_line(1, good_content);
    fixture.output(failure_first ? std::vector{failure, answer} : std::vector{answer, failure});
    const Collected collected = fixture.collect();
    CHECK(reasons_of(collected) == std::vector{Reason::none});
    CHECK(collected.anomalies == anomalies(1, 0, 0, 0));
  }
}

TEST_CASE("an answer in the error file is an answer") {
  ShardFixture fixture(1);
  fixture.output({error_line(1, "server_error", "boom")});
  fixture.errors({answer_line(1, good_content)});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none});
  CHECK(collected.outcomes[0].answer_in_error_file);
  CHECK(collected.anomalies == anomalies(1, 0, 0, 0));
}

TEST_CASE("of two answers the first stands, of two failures the first, and each extra line is counted") {
  ShardFixture fixture(2);
  fixture.output({answer_line(1, content("first")), answer_line(1, content("second")), answer_line(1, content("third")),
                  error_line(2, "server_error", "one"), error_line(2, "batch_expired", "two")});
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).text("output") == content("first"));
  CHECK(fixture.row(collected.outcomes[1]).string("error") == "server_error: one");
  CHECK(collected.anomalies == anomalies(3, 0, 0, 0));
}

TEST_CASE("garbage lines are counted and lose nothing else") {
  ShardFixture fixture;
  fixture.output({"<html>502 Bad Gateway</html>", answer_line(1, good_content), "{\"custom_id\":", "[]", "null",
                  R"({"response":{}})", R"({"custom_id":7})", R"({"custom_id":""})", "", "   ",
                  "{\"custom_id\":\"\xFF\"}", answer_line(2, good_content), answer_line(3, good_content)});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none, Reason::none, Reason::none});
  CHECK(collected.anomalies == anomalies(0, 0, 8, 0));
}

TEST_CASE("a file that breaks off in the middle of a line loses that line only") {
  ShardFixture fixture(2);
  const std::string second = answer_line(2, good_content);
  fixture.shard.output_file = "answers/out.jsonl";
  fixture.folder.write(fixture.shard.output_file,
                       "\xEF\xBB\xBF" + answer_line(1, good_content) + "\r\n" + second.substr(0, second.size() - 9));
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none, Reason::missing});
  CHECK(collected.anomalies == anomalies(0, 0, 1, 1));
}

TEST_CASE("a line beyond the bound is undecodable, its neighbours are not") {
  ShardFixture fixture(2);
  fixture.line_bytes_max = 2'000;
  fixture.output({answer_line(1, std::string(5'000, 'x')), answer_line(2, good_content)});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::missing, Reason::none});
  CHECK(collected.anomalies == anomalies(0, 0, 1, 1));
}

TEST_CASE("lines of another run, attempt or shard are unknown and change nothing") {
  ShardFixture fixture(2);
  fixture.shard.attempt = 2;
  const auto line = [](std::string id) { return choice_line(id, R"({"message":{"content":"x"}})"); };
  fixture.output({line(custom_id(1, 1)), line(custom_id(1, 3)), line(custom_id(1, 2, "01jd0000000000000000000002")),
                  line(custom_id(7, 2)), line("request-1"), line(custom_id(0, 2)), line(custom_id(1, 2) + "-1")});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::missing, Reason::missing});
  CHECK(collected.anomalies == anomalies(0, 7, 0, 2));
}

TEST_CASE("sequences may have gaps where rows were rejected or went to another shard") {
  ShardFixture fixture(0);
  for (const std::uint64_t sequence : {2, 5, 6, 900'000'000})
    fixture.add_item(sequence);
  fixture.output({answer_line(6, good_content), answer_line(900'000'000, good_content), answer_line(2, good_content),
                  answer_line(3, good_content)});
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::none, Reason::missing, Reason::none, Reason::none});
  CHECK(collected.anomalies == anomalies(0, 1, 0, 1));
}

TEST_CASE("what no line speaks of is told by how the batch ended") {
  struct Case {
    model::EndKind end;
    model::BatchState state;
    Reason reason;
    std::uint64_t missing;
  };
  for (const Case& c : {
           Case{model::EndKind::batch, model::BatchState::completed, Reason::missing, 1},
           Case{model::EndKind::batch, model::BatchState::expired, Reason::expired, 0},
           Case{model::EndKind::batch, model::BatchState::cancelled, Reason::cancelled, 0},
           Case{model::EndKind::batch, model::BatchState::failed, Reason::provider_error, 0},
           Case{model::EndKind::refused, model::BatchState::validating, Reason::bad_request, 0},
           Case{model::EndKind::given_up, model::BatchState::validating, Reason::cancelled, 0},
           Case{model::EndKind::not_sent, model::BatchState::validating, Reason::cancelled, 0},
       }) {
    CAPTURE(model::name_of(c.end));
    CAPTURE(model::name_of(c.state));
    ShardFixture fixture(2);
    fixture.shard.end = c.end;
    fixture.submission.state = c.state;
    if (c.end == model::EndKind::batch) fixture.output({answer_line(1, good_content)});
    const Collected collected = fixture.collect();
    CHECK(collected.outcomes[1].reason == c.reason);
    CHECK(collected.outcomes[1].answer_length == 0);
    CHECK(collected.anomalies == anomalies(0, 0, 0, c.missing));
    CHECK_FALSE(fixture.row(collected.outcomes[1]).string("error").empty());
    // What finished before an end of whatever kind is kept.
    if (c.end == model::EndKind::batch) CHECK(collected.outcomes[0].status == ItemStatus::succeeded);
  }
}

TEST_CASE("a batch that failed validation gives every item the provider's words") {
  ShardFixture fixture(2);
  fixture.submission.state = model::BatchState::failed;
  fixture.submission.errors = {{"model_not_found", "No such model.", std::nullopt}};
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::bad_request, Reason::bad_request});
  CHECK(fixture.row(collected.outcomes[0]).string("error") ==
        "the provider refused the batch: model_not_found: No such model.");
}

TEST_CASE("a fault of one line is its item's; the others did not run, and nothing is wrong with them") {
  ShardFixture fixture(3);
  fixture.submission.state = model::BatchState::failed;
  fixture.submission.errors = {{"mismatched_model", "All lines must name one model.", 2}};
  const Collected collected = fixture.collect();
  CHECK(reasons_of(collected) == std::vector{Reason::provider_error, Reason::bad_request, Reason::provider_error});
  CHECK(fixture.row(collected.outcomes[1]).string("error") ==
        "the provider refused this line, and with it the batch: mismatched_model: All lines must name one model. (line "
        "2 of the file)");
  CHECK(fixture.row(collected.outcomes[2]).string("error") ==
        "the batch was refused for 1 of its lines, and this request did not run: mismatched_model: All lines must name "
        "one model. (line 2 of the file)");
}

TEST_CASE("a shard that was given up because nobody could tell says so, whatever its submission noted") {
  ShardFixture fixture(1);
  fixture.shard.end = model::EndKind::refused;
  fixture.shard.error = "The provider cannot say what became of submission 1: 404";
  fixture.submission.errors = {{"invalid_request", "404", {}}};
  const Collected collected = fixture.collect();
  CHECK(fixture.row(collected.outcomes[0]).string("error") == fixture.shard.error);
}

TEST_CASE("a result file that is named and not there is an error, not a shard of missing items") {
  ShardFixture fixture;
  fixture.shard.output_file = "answers/gone.jsonl";
  const auto collected = fixture.try_collect();
  REQUIRE_FALSE(collected.ok());
  CHECK(collected.error().message.find("gone.jsonl") != std::string::npos);
  CHECK_FALSE(fixture.folder.holds(fixture.shard.outcome_file));
}

TEST_CASE("collecting again gives the same bytes and the same outcomes, over whatever a crash left") {
  ShardFixture fixture;
  fixture.output({error_line(2, "server_error", "x"), answer_line(3, good_content), answer_line(2, "no JSON")});
  const Collected first = fixture.collect();
  const std::string bytes = fixture.folder.read(fixture.shard.outcome_file);
  fixture.folder.write(fixture.shard.outcome_file + ".partial", std::string(10'000, 'x'));
  const Collected second = fixture.collect();
  CHECK(fixture.folder.read(fixture.shard.outcome_file) == bytes);
  CHECK_FALSE(fixture.folder.holds(fixture.shard.outcome_file + ".partial"));
  CHECK(reasons_of(first) == reasons_of(second));
  CHECK(first.anomalies == second.anomalies);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(first.outcomes[i].row_offset == second.outcomes[i].row_offset);
}

TEST_CASE("the outcome file holds one row an item and nothing else") {
  ShardFixture fixture;
  fixture.output({error_line(1, "server_error", "x"), answer_line(1, good_content), answer_line(1, good_content),
                  "garbage", answer_line(2, good_content), error_line(3, "server_error", "x")});
  const Collected collected = fixture.collect();
  std::uint64_t length = 0;
  for (const model::Outcome& outcome : collected.outcomes)
    length += outcome.row_length + 1;
  CHECK(fixture.folder.read(fixture.shard.outcome_file).size() == length);
}

TEST_CASE("an outcome knows where its raw line lies") {
  ShardFixture fixture(2);
  const std::string failure = error_line(1, "server_error", "x");
  const std::string answer = answer_line(2, good_content);
  fixture.output({"garbage", answer});
  fixture.errors({failure});
  const Collected collected = fixture.collect();
  const auto raw = [&](const model::Outcome& outcome) {
    const std::string& file = outcome.answer_in_error_file ? fixture.shard.error_file : fixture.shard.output_file;
    return fixture.folder.read(file).substr(outcome.answer_offset, outcome.answer_length);
  };
  CHECK(raw(collected.outcomes[0]) == failure);
  CHECK(raw(collected.outcomes[1]) == answer);
}

TEST_CASE("a shard of fifty thousand lines in any order has fifty thousand outcomes") {
  constexpr std::uint64_t count = 50'000;
  ShardFixture fixture(count);
  std::vector<std::string> lines;
  for (std::uint64_t i = 0; i < count; ++i)
    lines.push_back(answer_line(1 + (i * 7'919) % count, good_content));  // 7919 is prime: each once
  fixture.output(lines);
  auto collected = fixture.try_collect();
  REQUIRE(collected.ok());
  CHECK(collected->anomalies == model::Anomalies{});
  std::uint64_t succeeded = 0;
  for (const model::Outcome& outcome : collected->outcomes)
    succeeded += outcome.status == ItemStatus::succeeded;
  CHECK(succeeded == count);
}

}  // namespace
}  // namespace batchd::collect::test
