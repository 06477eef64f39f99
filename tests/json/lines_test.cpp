#include "ground/json/lines.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "ground/base/compression.hpp"
#include "ground/base/files.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"
#include "support/trickle.hpp"

namespace batchd::json {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

LineReader open(const Path& path, std::uint64_t line_bytes_max) {
  auto reader = LineReader::open(path, line_bytes_max);
  REQUIRE_MESSAGE(reader.ok(), reader.error().message);
  return std::move(*reader);
}

// A line as "number@offset:size:text", "too long" for its text where it is.
std::vector<std::string> lines_of(LineReader& reader) {
  std::vector<std::string> lines;
  for (;;) {
    auto line = reader.next();
    REQUIRE_MESSAGE(line.ok(), line.error().message);
    if (line->at_end) break;
    CHECK(line->text.size() == (line->too_long ? 0 : line->size_bytes));
    lines.push_back(std::to_string(line->number) + "@" + std::to_string(line->offset) + ":" +
                    std::to_string(line->size_bytes) + ":" + (line->too_long ? "too long" : std::string(line->text)));
  }
  CHECK(reader.next()->at_end);  // and it stays over
  return lines;
}

std::vector<std::string> lines_of(std::string_view content, std::uint64_t line_bytes_max) {
  test::TemporaryFolder folder;
  auto reader = open(folder.write("lines", content), line_bytes_max);
  auto lines = lines_of(reader);
  CHECK(reader.bytes_read() == content.size());
  return lines;
}

LineReader unpacking(const Path& path, std::uint64_t line_bytes_max) {
  auto source = open_source(path);
  REQUIRE(source);
  return {std::move(*source), line_bytes_max};
}

using test::Trickle;
using Lines = std::vector<std::string>;

TEST_CASE("lines have a number, an offset and no end; empty ones count, and the last needs no end") {
  CHECK(lines_of("", 9) == Lines{});
  CHECK(lines_of("a", 9) == Lines{"1@0:1:a"});
  CHECK(lines_of("a\n", 9) == Lines{"1@0:1:a"});
  CHECK(lines_of("\n", 9) == Lines{"1@0:0:"});
  CHECK(lines_of("a\n\nbc", 9) == Lines{"1@0:1:a", "2@2:0:", "3@3:2:bc"});
  CHECK(lines_of("a\r\n\r\nb\r\n", 9) == Lines{"1@0:1:a", "2@3:0:", "3@5:1:b"});
  CHECK(lines_of("a\rb\r\r\nc\r", 9) == Lines{"1@0:4:a\rb\r", "2@6:2:c\r"});  // only one '\r' before '\n' is an end
}

TEST_CASE("a byte-order mark before the first line is skipped, elsewhere it is content") {
  CHECK(lines_of("\xef\xbb\xbf", 9) == Lines{});
  CHECK(lines_of("\xef\xbb\xbf{}\n\xef\xbb\xbf", 9) == Lines{"1@3:2:{}", "2@6:3:\xef\xbb\xbf"});
  CHECK(lines_of("\xef\xbb\xbf\xef\xbb\xbf", 9) == Lines{"1@3:3:\xef\xbb\xbf"});
  CHECK(lines_of("\xef\xbb", 9) == Lines{"1@0:2:\xef\xbb"});
}

TEST_CASE("a line of just the limit is given, one byte more is too long") {
  CHECK(lines_of("123\n1234\n", 3) == Lines{"1@0:3:123", "2@4:4:too long"});
  CHECK(lines_of("123\r\n1234\r\n12\r\n", 3) == Lines{"1@0:3:123", "2@5:4:too long", "3@11:2:12"});
  CHECK(lines_of("123\r", 3) == Lines{"1@0:4:too long"});  // without '\n' the '\r' is content
  CHECK(lines_of("123", 3) == Lines{"1@0:3:123"});
  CHECK(lines_of("1234", 3) == Lines{"1@0:4:too long"});
}

TEST_CASE("lines that cross the ends of reads are whole, at every position") {
  std::string around(mebibyte - 5, 'x');
  for (std::size_t shift = 0; shift < 10; ++shift) {
    std::string first = around.substr(0, around.size() - 3) + std::string(shift, 'y');
    for (std::string end : {"\n", "\r\n"}) {
      std::string content = first + end + "second" + end + "third";
      auto size = first.size();
      CHECK(lines_of(content, 2 * mebibyte) == Lines{"1@0:" + std::to_string(size) + ":" + first,
                                                     "2@" + std::to_string(size + end.size()) + ":6:second",
                                                     "3@" + std::to_string(size + 6 + 2 * end.size()) + ":5:third"});
      CHECK(lines_of(content, 100) == Lines{"1@0:" + std::to_string(size) + ":too long",
                                            "2@" + std::to_string(size + end.size()) + ":6:second",
                                            "3@" + std::to_string(size + 6 + 2 * end.size()) + ":5:third"});
    }
  }
}

TEST_CASE("a line of many reads is whole, and too long it is skipped with its true length") {
  std::string line(5 * mebibyte + 17, 'z');
  std::string content = "a\n" + line + "\r\nb\n" + line;
  std::string size = std::to_string(line.size());
  std::string behind = std::to_string(line.size() + 4);
  std::string last = std::to_string(line.size() + 6);
  CHECK(lines_of(content, line.size()) ==
        Lines{"1@0:1:a", "2@2:" + size + ":" + line, "3@" + behind + ":1:b", "4@" + last + ":" + size + ":" + line});
  Lines short_of_it = {"1@0:1:a", "2@2:" + size + ":too long", "3@" + behind + ":1:b",
                       "4@" + last + ":" + size + ":too long"};
  CHECK(lines_of(content, line.size() - 1) == short_of_it);
  CHECK(lines_of(content, 1) == short_of_it);
}

TEST_CASE("a too long line's '\\r' counts as its end although it came with an earlier read") {
  std::string line(mebibyte - 1, 'x');  // its '\r' is the last byte of the first read
  CHECK(lines_of(line + "\r\nb", 10) ==
        Lines{"1@0:" + std::to_string(line.size()) + ":too long", "2@" + std::to_string(line.size() + 2) + ":1:b"});
}

TEST_CASE("a line of just the limit is given although its end is cut by the end of a read") {
  for (std::size_t size : {mebibyte - 2, mebibyte - 1, mebibyte}) {
    std::string line(size, 'x');
    CHECK(lines_of(line + "\r\nb", size) ==
          Lines{"1@0:" + std::to_string(size) + ":" + line, "2@" + std::to_string(size + 2) + ":1:b"});
  }
}

TEST_CASE("bytes behind a line may be read, also behind the last") {
  test::TemporaryFolder folder;
  auto reader = open(folder.write("lines", std::string(mebibyte - 2, 'x') + "\n1"), 2 * mebibyte);
  CHECK(reader.next()->size_bytes == mebibyte - 2);
  auto last = reader.next();
  REQUIRE(last->text == "1");
  unsigned sum = 0;
  for (std::size_t i = 0; i < Document::padding; ++i)
    sum += static_cast<unsigned char>(last->text.data()[1 + i]);
  CHECK(sum < 256 * Document::padding);
  Document document;
  CHECK(document.parse_padded(last->text).ok());
}

TEST_CASE("lines are the same whatever the pieces their bytes come in") {
  const std::string content =
      "\xef\xbb\xbf"
      "one\r\n\ntoo long\r\nfour\n\xef\xbb\xbf"
      "5";
  const auto expected = lines_of(content, 4);
  for (std::size_t piece : {1, 2, 3, 7}) {
    LineReader reader(std::make_unique<Trickle>(content, piece), 4);
    CHECK(lines_of(reader) == expected);
  }
}

TEST_CASE("a compressed file has the lines of its content, its size is what is stored") {
  test::TemporaryFolder folder;
  const std::string line(3 * mebibyte, 'z');
  const auto packed = gzip(
                          "\xef\xbb\xbf"
                          "a\r\n" +
                          line + "\n") +
                      gzip("\nb");
  auto reader = unpacking(folder.write("rows.gz", packed), 10);
  const auto behind = std::to_string(3 + 3 + line.size() + 1);
  CHECK(lines_of(reader) == Lines{"1@3:1:a", "2@6:" + std::to_string(line.size()) + ":too long",
                                  "3@" + behind + ":0:", "4@" + std::to_string(3 + 3 + line.size() + 2) + ":1:b"});
  CHECK(reader.bytes_read() == packed.size());
}

TEST_CASE("a line of 100 MB inside a gzip of 100 kB is one line too long, and never held") {
  test::TemporaryFolder folder;
  const std::string megabyte(1'000'000, 'x');
  std::string packed = gzip("{}\n");
  for (int i = 0; i < 100; ++i)
    packed += gzip(megabyte);
  auto reader = unpacking(folder.write("rows.gz", packed + gzip("\n{}\n")), 16'000'000);
  CHECK(lines_of(reader) == Lines{"1@0:2:{}", "2@3:100000000:too long", "3@100000004:2:{}"});
}

TEST_CASE("a compressed file that is cut short gives its whole lines, then the error") {
  test::TemporaryFolder folder;
  const auto packed = gzip("{}\n") + gzip("{}\n").substr(0, 15);
  auto reader = unpacking(folder.write("rows.gz", packed), 100);
  auto line = reader.next();
  while (line && !line->at_end)
    line = reader.next();
  REQUIRE_FALSE(line);
  CHECK(line.error().kind == ErrorKind::invalid);
}

class Recording final : public LineReader::Tap {
 public:
  void on_bytes(std::string_view bytes) override { seen += bytes; }
  std::string seen;
};

TEST_CASE("the tap is told every byte once, in order, too long lines and the byte-order mark included") {
  test::TemporaryFolder folder;
  std::string content =
      "\xef\xbb\xbf"
      "a\n" +
      std::string(3 * mebibyte, 'b') + "\r\n\nc";
  auto reader = open(folder.write("lines", content), 10);
  Recording tap;
  reader.set_tap(&tap);
  while (!reader.next()->at_end) {
  }
  CHECK(tap.seen == content);
}

TEST_CASE("a missing file is not found, and a folder cannot be read as lines") {
  test::TemporaryFolder folder;
  auto missing = LineReader::open(folder / "none.jsonl", 10);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::not_found);
  auto reader = LineReader::open(folder.path(), 10);
  if (reader) {
    auto line = reader->next();
    REQUIRE_FALSE(line.ok());
    CHECK(line.error().kind == ErrorKind::io);
  }
}

}  // namespace
}  // namespace batchd::json
