// The same requests under the custom_ids of their next attempt.

#include "line/prepare/retry_shard.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/temporary_folder.hpp"

namespace batchd::prepare {
namespace {

constexpr std::string_view run_id = "01jd0000000000000000000001";

std::string request_of(std::uint64_t sequence, std::uint32_t attempt = 1) {
  return fmt::format(
      R"({{"custom_id":"{}-{}-{}","method":"POST","url":"/v1/chat/completions","body":{{"n":"-{}-1"}}}})", run_id,
      sequence, attempt, sequence);
}

model::Item item(std::uint64_t sequence) {
  model::Item item;
  item.sequence = sequence;
  item.id = fmt::format("t-{}", sequence);
  item.shard = 1;
  return item;
}

struct Fixture {
  test::TemporaryFolder folder;
  RetryShard::Options options;

  Fixture() {
    std::filesystem::create_directories(folder.path() / "spool" / run_id);
    options.run = run_id;
    options.state_folder = folder.path();
    options.spool = fmt::format("spool/{}", run_id);
    options.shard.n = 4;
    options.shard.attempt = 12;
    options.limits = {10, 10'000};
  }
  RetryShard open() {
    auto made = RetryShard::create(options);
    REQUIRE(made.ok());
    return std::move(*made);
  }
};

}  // namespace

TEST_CASE("only the custom_id differs from what was asked before") {
  Fixture fixture;
  auto shard = fixture.open();
  for (const std::uint64_t sequence : {3u, 8u}) {
    const auto added = shard.add(item(sequence), request_of(sequence), fmt::format("{{\"row\":{}}}", sequence));
    REQUIRE(added.ok());
    CHECK(*added);
  }
  const auto finished = shard.finish();
  REQUIRE(finished.ok());
  const auto& made = finished->shard;
  CHECK(made.requests == 2);
  CHECK(made.first_sequence == 3);
  CHECK(made.last_sequence == 8);
  CHECK(made.attempt == 12);
  const auto text = fixture.folder.read(made.requests_file);
  CHECK(text == request_of(3, 12) + "\n" + request_of(8, 12) + "\n");
  CHECK(made.bytes == text.size());
  CHECK(made.requests_hash == to_hex(xxh3_128(text)));
  CHECK(fixture.folder.read(made.rows_file) == "{\"row\":3}\n{\"row\":8}\n");
  CHECK(made.rows_mark.hash == to_hex(xxh3_128("{\"row\":3}\n{\"row\":8}\n")));
  REQUIRE(finished->items.size() == 2);
  const auto& last = finished->items.back();
  CHECK(last.id == "t-8");
  CHECK(text.substr(last.request_offset, last.request_length) == request_of(8, 12));
  CHECK(last.row_offset == 10);
  CHECK(last.row_length == 9);
}

TEST_CASE("a shard that is full by number or by bytes takes no more, an empty one any") {
  Fixture fixture;
  SUBCASE("number") { fixture.options.limits = {1, 10'000}; }
  SUBCASE("bytes") { fixture.options.limits = {10, 5}; }
  auto shard = fixture.open();
  CHECK(*shard.add(item(1), request_of(1), "{}"));
  CHECK_FALSE(*shard.add(item(2), request_of(2), "{}"));
  const auto finished = shard.finish();
  CHECK(finished->items.size() == 1);
  CHECK(finished->shard.requests == 1);
}

TEST_CASE("a line that is not the item's request is not sent in its name") {
  Fixture fixture;
  auto shard = fixture.open();
  for (const auto& line : {request_of(2), request_of(12), std::string("{}"), std::string()}) {
    CAPTURE(line);
    const auto added = shard.add(item(1), line, "{}");
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().kind == ErrorKind::io);
    CHECK(added.error().message.find("#1") != std::string::npos);
  }
}

}  // namespace batchd::prepare
