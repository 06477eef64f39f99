#include <algorithm>

#include <sys/stat.h>

#include "line/prepare/request_line.hpp"
#include "prepare/fixture.hpp"
#include "rules/model/item.hpp"

namespace batchd::prepare {
namespace {

using Numbers = std::vector<std::uint64_t>;

std::string rows(std::size_t count) {
  std::string input;
  for (std::size_t i = 1; i <= count; ++i)
    input += row("id-" + std::to_string(i), "text " + std::to_string(i));
  return input;
}

Numbers requests_of(const Cut& done) {
  Numbers counts;
  for (const auto& shard : done.shards)
    counts.push_back(shard.requests);
  return counts;
}

std::string bytes_at(const std::string& text, std::uint64_t offset, std::uint64_t length) {
  REQUIRE(offset + length < text.size());
  CHECK(text[offset + length] == '\n');
  CHECK((offset == 0 || text[offset - 1] == '\n'));
  return text.substr(offset, length);
}

}  // namespace

TEST_CASE("an item's offsets are exactly its row's and its request's lines in the spool") {
  Fixture fixture;
  const std::vector<std::string> ids = {"plain", R"(a \"quote\")", R"(new\nline)", "emoji 😀", R"(back\\slash)"};
  std::string input = "\n";
  for (const auto& id : ids)
    input += row(id, "text of " + id) + "\r\n";
  fixture.write_input(input);
  const auto done = cut(fixture, 2);
  REQUIRE(done.items.size() == 5);
  for (std::size_t i = 0; i < done.items.size(); ++i) {
    const auto& item = done.items[i];
    const auto& shard = done.shards.at(item.shard - 1);
    const auto row_text = bytes_at(fixture.folder.read(shard.rows_file), item.row_offset, item.row_length);
    const auto request = bytes_at(fixture.folder.read(shard.requests_file), item.request_offset, item.request_length);
    CHECK(row_text + "\n" == row(ids[i], "text of " + ids[i]));
    json::Document of_row;
    json::Document of_request;
    REQUIRE(of_row.parse(row_text));
    REQUIRE(of_request.parse(request));
    CHECK(item.id == of_row.root().find("id").as_string());
    const auto line = of_request.root();
    CHECK(line.size() == 4);
    CHECK(line.find("custom_id").as_string() == model::to_text({std::string(run_id), item.sequence, 1}));
    CHECK(line.find("method").as_string() == "POST");
    CHECK(line.find("url").as_string() == "/v1/chat/completions");
    const auto body = line.find("body");
    CHECK(body.at_pointer("/messages/0/content").as_string() == of_row.root().find("text").as_string());
    CHECK(item.request_key == xxh3_128(body.source_text()));
    CHECK(item.sequence == i + 1);
  }
}

TEST_CASE("a shard's facts are those of its files") {
  Fixture fixture;
  fixture.job.request = R"({"model":"m","enable_thinking":false,"input":"{{text}}"})";
  fixture.write_input(rows(5));
  const auto done = cut(fixture, 3);
  REQUIRE(requests_of(done) == Numbers{3, 2});
  for (const auto& shard : done.shards) {
    const auto requests = fixture.folder.read(shard.requests_file);
    CHECK(shard.bytes == requests.size());
    CHECK(shard.requests_hash == to_hex(xxh3_128(requests)));
    CHECK(static_cast<std::uint64_t>(std::count(requests.begin(), requests.end(), '\n')) == shard.requests);
    CHECK(shard.model == "m");
    CHECK(shard.thinking == "false");
    CHECK(shard.lane == "batch");
    CHECK(shard.attempt == 1);
    CHECK(shard.stage == model::ShardStage::planned);
  }
  CHECK(done.shards[0].requests_file == "spool/01kb0000000000000000000000/0001.requests.jsonl");
  CHECK(done.shards[1].rows_file == "spool/01kb0000000000000000000000/0002.rows.jsonl");
  CHECK(done.shards[0].first_sequence == 1);
  CHECK(done.shards[0].last_sequence == 3);
  CHECK(done.shards[1].first_sequence == 4);
  CHECK(done.shards[1].last_sequence == 5);
}

TEST_CASE("shards are cut by count exactly at the limit") {
  Fixture fixture;
  fixture.write_input(rows(6));
  CHECK(requests_of(cut(fixture, 3)) == Numbers{3, 3});
  CHECK(requests_of(cut(fixture, 4)) == Numbers{4, 2});
  CHECK(requests_of(cut(fixture, 6)) == Numbers{6});
  CHECK(requests_of(cut(fixture, 1)) == Numbers{1, 1, 1, 1, 1, 1});
}

TEST_CASE("shards are cut by bytes exactly at the limit, line ends included") {
  Fixture fixture;
  fixture.write_input(rows(6));  // lines of one length
  const auto line_bytes = cut(fixture).shards[0].bytes / 6;
  CHECK(requests_of(cut(fixture, 100, 2 * line_bytes)) == Numbers{2, 2, 2});
  CHECK(requests_of(cut(fixture, 100, 2 * line_bytes - 1)) == Numbers{1, 1, 1, 1, 1, 1});
  CHECK(requests_of(cut(fixture, 100, 3 * line_bytes - 1)) == Numbers{2, 2, 2});
  CHECK(requests_of(cut(fixture, 100, 4 * line_bytes)) == Numbers{4, 2});
  CHECK(requests_of(cut(fixture, 1, 4 * line_bytes)) == Numbers{1, 1, 1, 1, 1, 1});
}

TEST_CASE("the longest request the renderer lets through fits into a shard of its own") {
  Fixture fixture;
  const auto body_bytes = fixture.job.request.size() - std::string_view("{{text}}").size() + 100;
  const auto line_bytes = RequestLine(fixture.job.endpoint).size_bytes(2, body_bytes);
  fixture.job.batch.max_bytes = line_bytes + 1;
  fixture.write_input(row("a", "x") + row("b", std::string(100, 'x')) + row("c", "y"));
  const auto done = cut(fixture, 100, line_bytes + 1);
  CHECK(requests_of(done) == Numbers{1, 1, 1});
  CHECK(done.shards[1].bytes == line_bytes + 1);
}

TEST_CASE("interleaved models fill a shard each") {
  Fixture fixture;
  fixture.job.request = R"({"model":"{{model}}","enable_thinking":{"$row":"/think"},"input":"{{id}}"})";
  std::string input;
  const char* models[] = {"small", "large"};
  for (int i = 0; i < 12; ++i)
    input += R"({"id":)" + std::to_string(i) + R"(,"model":")" + models[i % 2] + R"(","think":)" +
             (i % 3 == 0 ? "true" : "false") + "}\n";
  fixture.write_input(input);
  const auto done = cut(fixture, 3);
  // small/true: rows 1 7; large/false: 2 6 8 12; small/false: 3 5 9 11; large/true: 4 10
  CHECK(requests_of(done) == Numbers{2, 3, 3, 2, 1, 1});
  std::uint64_t lines = 0;
  for (const auto& shard : done.shards) {
    std::uint64_t before = 0;
    for (const auto& item : done.items) {
      if (item.shard != shard.n) continue;
      ++lines;
      CHECK(item.sequence > before);
      before = item.sequence;
      CHECK(item.sequence >= shard.first_sequence);
      CHECK(item.sequence <= shard.last_sequence);
      json::Document request;
      const auto text = bytes_at(fixture.folder.read(shard.requests_file), item.request_offset, item.request_length);
      REQUIRE(request.parse(text));
      CHECK(request.root().at_pointer("/body/model").as_string() == shard.model);
      CHECK(request.root().at_pointer("/body/enable_thinking").source_text() == shard.thinking);
    }
  }
  CHECK(lines == 12);
  CHECK(done.items.size() == 12);
  CHECK(std::is_sorted(done.items.begin(), done.items.end(),
                       [](const auto& a, const auto& b) { return a.sequence < b.sequence; }));
  for (std::size_t i = 0; i < done.shards.size(); ++i)
    CHECK(done.shards[i].n == i + 1);
}

TEST_CASE("the same input gives byte-identical shards, apart from the run's id") {
  Fixture fixture;
  fixture.write_input(rows(2'500));
  const auto once = cut(fixture, 1'000);
  std::vector<std::string> files;
  for (const auto& shard : once.shards)
    files.push_back(fixture.folder.read(shard.requests_file) + fixture.folder.read(shard.rows_file));
  const auto again = cut(fixture, 1'000);
  const auto other = cut(fixture, 1'000, 200'000'000, other_run_id);
  REQUIRE(again.shards.size() == files.size());
  REQUIRE(other.shards.size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    CHECK(fixture.folder.read(again.shards[i].requests_file) + fixture.folder.read(again.shards[i].rows_file) ==
          files[i]);
    CHECK(again.shards[i].requests_hash == once.shards[i].requests_hash);
    auto text = fixture.folder.read(other.shards[i].requests_file) + fixture.folder.read(other.shards[i].rows_file);
    for (auto at = text.find(other_run_id); at != std::string::npos; at = text.find(other_run_id, at))
      text.replace(at, run_id.size(), run_id);
    CHECK(text == files[i]);
  }
}

TEST_CASE("rejected rows leave gaps in the sequence and nothing in the spool") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  fixture.write_input("x\n" + row("a") + "y\n" + row("b") + "z\n");
  const auto done = cut(fixture);
  REQUIRE(done.shards.size() == 1);
  CHECK(done.shards[0].first_sequence == 2);
  CHECK(done.shards[0].last_sequence == 4);
  CHECK(fixture.folder.read(done.shards[0].rows_file) == row("a") + row("b"));
}

TEST_CASE("without items there are no shards and no files") {
  Fixture fixture;
  fixture.job.input.on_empty = model::OnEmpty::succeed;
  fixture.write_input("");
  CHECK(cut(fixture).shards.empty());
  CHECK(fixture.folder.count("spool/" + std::string(run_id)) == 0);
}

TEST_CASE("spooled files are their owner's alone") {
  Fixture fixture;
  fixture.write_input(rows(1));
  const auto done = cut(fixture);
  for (const auto& file : {done.shards[0].requests_file, done.shards[0].rows_file}) {
    struct stat facts{};
    REQUIRE(::stat((fixture.folder / file).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a folder that cannot be made is told by name") {
  Fixture fixture;
  fixture.folder.write("spool", "a file in the way");
  auto cutter = Cutter::create({std::string(run_id), fixture.folder.path(), "spool/x", "/v1/x", 1, 1});
  REQUIRE_FALSE(cutter);
  CHECK(cutter.error().message.find((fixture.folder / "spool").string()) != std::string::npos);
}

}  // namespace batchd::prepare
