#include <algorithm>

#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a repeated id fails the run unless the job says which row counts") {
  Fixture fixture;
  fixture.write_input(row("a", "1") + row("b", "2") + row("a", "3"));
  auto verdict = render(fixture).verdict;
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().kind == ErrorKind::invalid);
  CHECK(verdict.error().message == "1 of 3 rows of rows.jsonl repeat an id; nothing was sent");

  fixture.job.input.on_duplicate = model::OnDuplicate::first;
  auto first = render(fixture);
  CHECK(first.verdict);
  CHECK(first.sequences == Numbers{1, 2});
  CHECK(texts_of(first.complaints) == Texts{"3: duplicate_id a: line 1 has the same id"});

  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  auto last = render(fixture);
  CHECK(last.verdict);
  CHECK(last.sequences == Numbers{2, 3});
  CHECK(last.ids == Texts{"b", "a"});
  CHECK(texts_of(last.complaints) == Texts{"1: duplicate_id a: line 3 has the same id, and the last one counts"});
}

TEST_CASE("a number and a text that look alike are one id") {
  Fixture fixture;
  fixture.write_input("{\"id\":7,\"text\":\"x\"}\n{\"id\":\"7\",\"text\":\"y\"}\n");
  CHECK(texts_of(render(fixture).complaints) == Texts{"2: duplicate_id 7: line 1 has the same id"});
}

TEST_CASE("a repeated id is found however far apart its rows are, and told by line") {
  Fixture fixture;
  std::string input = "\n\n" + row("wanderer");
  for (int i = 0; i < 5'000; ++i)
    input += row("r" + std::to_string(i)) + (i == 3'000 ? "\n" : "");
  fixture.write_input(input + row("wanderer"));
  for (const auto rule : {model::OnDuplicate::fail, model::OnDuplicate::first}) {
    fixture.job.input.on_duplicate = rule;
    CHECK(texts_of(render(fixture).complaints) == Texts{"5005: duplicate_id wanderer: line 3 has the same id"});
  }
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  const auto last = render(fixture);
  CHECK(texts_of(last.complaints) ==
        Texts{"3: duplicate_id wanderer: line 5005 has the same id, and the last one counts"});
  CHECK(last.ids.back() == "wanderer");
}

TEST_CASE("a row that cannot be used does not stand in the way of one with the same id that can") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.provider.limits.max_line_bytes = 250;
  const std::string no_text = "{\"id\":\"a\"}\n";
  const std::string too_long = row("a", std::string(200, 'x'));

  fixture.job.input.on_duplicate = model::OnDuplicate::first;
  for (const auto& unusable : {no_text, too_long}) {
    fixture.write_input(unusable + row("a", "good") + row("a", "second"));
    const auto all = render(fixture);
    CHECK(all.sequences == Numbers{2});
    CHECK(all.complaints.back().message == "line 2 has the same id");
  }
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  for (const auto& unusable : {no_text, too_long}) {
    fixture.write_input(row("a", "first") + row("a", "good") + unusable);
    const auto all = render(fixture);
    CHECK(all.sequences == Numbers{2});
    CHECK(all.complaints.front().message == "line 2 has the same id, and the last one counts");
  }
}

TEST_CASE("the ids handed over are those of the items, sorted by hash") {
  for (const auto rule : {model::OnDuplicate::first, model::OnDuplicate::last}) {
    Fixture fixture;
    fixture.job.input.on_invalid = model::OnInvalid::skip;
    fixture.job.input.on_duplicate = rule;
    fixture.write_input(row("a") + "{\"id\":\"no text\"}\n" + row("b") + row("a") + row("c"));
    const auto all = render(fixture);
    REQUIRE(all.keys.size() == all.ids.size());
    CHECK(std::is_sorted(all.keys.begin(), all.keys.end(), [](auto& a, auto& b) { return a.hash < b.hash; }));
    for (std::size_t i = 0; i < all.ids.size(); ++i) {
      const auto hash = xxh3_128(all.ids[i]).low;
      const auto found = std::find_if(all.keys.begin(), all.keys.end(), [&](auto& key) { return key.hash == hash; });
      REQUIRE(found != all.keys.end());
      CHECK(found->sequence == all.sequences[i]);
    }
  }
}

}  // namespace batchd::prepare
