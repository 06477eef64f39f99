#include "line/prepare/request_line.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a request line may have as many bytes as the provider takes, and not one more") {
  Fixture fixture;
  fixture.write_input(row("a", "0123456789"));
  const auto line_bytes = RequestLine(fixture.job.endpoint).size_bytes(1, render(fixture).bodies[0].size());
  fixture.provider.limits.max_line_bytes = line_bytes;
  fixture.provider.limits.max_bytes = line_bytes + 1;
  CHECK(render(fixture).verdict);

  fixture.provider.limits.max_line_bytes = line_bytes - 1;
  auto above = render(fixture);
  CHECK(above.complaints.at(0).fault == RowFault::too_large);

  fixture.provider.limits.max_line_bytes.reset();
  fixture.provider.limits.max_bytes = line_bytes;
  above = render(fixture);
  CHECK(texts_of(above.complaints) ==
        Texts{"1: too_large a: its request line has " + std::to_string(line_bytes + 1) +
              " bytes with its end, a whole batch file at most " + std::to_string(line_bytes)});
  // The job may ask for smaller files than the provider's, never for larger ones.
  fixture.job.batch.max_bytes = 1'000'000;
  CHECK_FALSE(render(fixture).verdict);
  fixture.provider.limits.max_bytes = 1'000'000;
  fixture.job.batch.max_bytes = line_bytes;
  CHECK_FALSE(render(fixture).verdict);
  fixture.job.batch.max_bytes = line_bytes + 1;
  CHECK(render(fixture).verdict);
}

TEST_CASE("a long endpoint counts against the limits, too") {
  Fixture fixture;
  fixture.write_input(row("a"));
  fixture.job.endpoint = "/" + std::string(500, 'x');
  fixture.provider.limits.max_line_bytes = 500;
  CHECK(render(fixture).tally.rejected == 1);
}

TEST_CASE("request lines above the provider's advice are sent, and counted") {
  Fixture fixture;
  fixture.provider.limits.warn_line_bytes = 300;
  fixture.write_input(row("a") + row("b", std::string(300, 'x')));
  const auto all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.tally.items == 2);
  CHECK(all.tally.long_requests == 1);
}

TEST_CASE("max_row_bytes is the row without its end") {
  Fixture fixture;
  fixture.write_input(row("a", "x"));
  const auto row_bytes = row("a", "x").size() - 1;
  fixture.job.input.max_row_bytes = row_bytes;
  CHECK(render(fixture).verdict);
  fixture.job.input.max_row_bytes = row_bytes - 1;
  CHECK_FALSE(render(fixture).verdict);
}

TEST_CASE("--limit and the first look read only the first rows, rejected ones among them") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.write_input(row("a") + "x\n\n" + row("b") + row("c") + row("d"));
  fixture.job.input.limit = 3;
  CHECK(render(fixture).ids == Texts{"a", "b"});
  CHECK(render(fixture, {}, fixture.identified()).status);
  Renderer::Options options;
  options.rows_max = 1;
  CHECK(render(fixture, options).ids == Texts{"a"});
  options.rows_max = 100;
  CHECK(render(fixture, options).tally.rows == 3);
}

TEST_CASE("on_duplicate: last looks no further ahead than the limit") {
  Fixture fixture;
  fixture.job.input.on_duplicate = model::OnDuplicate::last;
  fixture.job.input.limit = 2;
  fixture.write_input(row("a") + row("b") + row("a"));
  CHECK(render(fixture).sequences == Numbers{1, 2});
}

}  // namespace batchd::prepare
