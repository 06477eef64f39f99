#include "prepare/fixture.hpp"

namespace batchd::prepare {

TEST_CASE("an input that changed since it was identified is refused at its end") {
  Fixture fixture;
  fixture.write_input(row("a") + row("b"));
  const auto inputs = fixture.identified();
  CHECK(render(fixture, {}, inputs).status);

  fixture.folder.write("rows.jsonl", row("a") + row("x"));  // the same size
  auto changed = render(fixture, {}, inputs).status;
  REQUIRE_FALSE(changed);
  CHECK(changed.error().kind == ErrorKind::invalid);
  CHECK(changed.error().message == "rows.jsonl changed while it was read");

  fixture.folder.write("rows.jsonl", row("a") + row("b") + row("c"));
  CHECK_FALSE(render(fixture, {}, inputs).status);
  fixture.job.input.limit = 1;  // of which only the first row is read
  CHECK_FALSE(render(fixture, {}, inputs).status);
}

TEST_CASE("an input that grows between two blocks is refused at its end") {
  Fixture fixture;
  std::string input;
  for (int i = 0; i < 2'000; ++i)
    input += row("r" + std::to_string(i));
  fixture.write_input(input + std::string(2'000'000, '\n'));  // so that the reader has not read it all at once
  auto renderer = Renderer::open(fixture.job, fixture.provider, fixture.identified(), {});
  REQUIRE(renderer);
  Block block;
  REQUIRE(renderer->next(block));
  CHECK_FALSE(block.at_end);
  fixture.folder.write("rows.jsonl", input + std::string(2'000'000, '\n') + row("late"));
  Status status;
  while (status && !block.at_end)
    status = renderer->next(block);
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "rows.jsonl changed while it was read");
}

}  // namespace batchd::prepare
