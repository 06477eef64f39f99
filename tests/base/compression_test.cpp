#include "ground/base/compression.hpp"

#include <doctest/doctest.h>
#include <zstd.h>

#include "ground/base/byte_source.hpp"
#include "ground/base/random.hpp"
#include "support/temporary_folder.hpp"

namespace batchd {
namespace {

std::string zstd(std::string_view plain, int window_log = 0) {
  auto* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  if (window_log > 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string packed(ZSTD_compressBound(plain.size()) + 64, '\0');
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  // In two calls, since one alone would settle the window by the content's size.
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
  REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  return packed;
}

const std::string skippable_frame = std::string("\x5A\x2A\x4D\x18\x03\x00\x00\x00", 8) + "xyz";

std::string made_up_lines(std::size_t bytes) {
  Random random(7);
  std::string text;
  while (text.size() < bytes)
    text += "{\"id\":" + std::to_string(random.below(1'000'000)) + "}\n";
  return text;
}

class Recording final : public ByteTap {
 public:
  void on_bytes(std::string_view stored) override { seen += stored; }
  std::string seen;
};

struct Read {
  std::string text;
  Status status;
};

Read read_all(ByteSource& source, std::size_t piece) {
  Read all;
  std::string buffer(piece, '\0');
  for (;;) {
    auto count = source.read(buffer.data(), buffer.size());
    if (!count) return all.status = count.error(), all;
    if (*count == 0) break;
    all.text.append(buffer, 0, *count);
  }
  auto again = source.read(buffer.data(), buffer.size());
  CHECK((again && *again == 0));  // the end stays the end
  return all;
}

// Of a file with these bytes; also checks that the tap heard just them when all went well.
Read unpacked(std::string_view stored, std::size_t piece = 1 << 20) {
  test::TemporaryFolder folder;
  Recording tap;
  auto source = open_source(folder.write("rows", stored), &tap, "rows.jsonl.gz");
  if (!source) return {"", source.error()};
  auto all = read_all(**source, piece);
  if (all.status) {
    CHECK(tap.seen == stored);
    CHECK((*source)->stored_bytes_read() == stored.size());
  }
  return all;
}

std::string message_of(const Read& read) {
  REQUIRE_FALSE(read.status);
  CHECK(read.status.error().kind == ErrorKind::invalid);
  return read.status.error().message;
}

}  // namespace

TEST_CASE("a plain file is given as it is, however short") {
  for (const std::string text : {"", "{", "\x1F", "\x28\xB5\x2F", "{\"id\":1}\n"})
    CHECK(unpacked(text).text == text);
  const auto text = made_up_lines(3'000'000);
  CHECK(unpacked(text, 1'000'003).text == text);
  CHECK(unpacked("0123456789abcdef", 3).text == "0123456789abcdef");  // pieces smaller than what was looked at
}

TEST_CASE("gzip and zstd are known by their first bytes and unpacked on the way") {
  const auto text = made_up_lines(3'000'000);
  for (const auto& stored : {gzip(text), zstd(text)}) {
    CHECK(stored.size() < text.size() / 2);
    CHECK(unpacked(stored).text == text);
    CHECK(unpacked(stored, 7'001).text == text);
  }
  CHECK(unpacked(gzip("")).text.empty());
  CHECK(unpacked(zstd("")).text.empty());
}

TEST_CASE("what was packed piece by piece is one content") {
  const auto one = made_up_lines(400'000);
  CHECK(unpacked(gzip("a\n") + gzip("") + gzip(one) + gzip("b")).text == "a\n" + one + "b");
  CHECK(unpacked(zstd("a\n") + zstd("") + zstd(one) + zstd("b")).text == "a\n" + one + "b");
  CHECK(unpacked(skippable_frame + zstd("a") + skippable_frame + zstd("b") + skippable_frame).text == "ab");
  CHECK(unpacked(skippable_frame).text.empty());
}

TEST_CASE("packed data that is cut short is told, wherever it is cut") {
  const auto text = made_up_lines(2'000);
  const auto gzipped = gzip("first") + gzip(text);
  const auto zstandard = zstd("first") + zstd(text);
  for (std::size_t size : {gzip("first").size() + 1, gzip("first").size() + 12, gzipped.size() - 8, gzipped.size() - 1})
    CHECK(message_of(unpacked(gzipped.substr(0, size))) ==
          "rows.jsonl.gz: the gzip data is cut short: it ends at byte " + std::to_string(size) + " without its end");
  for (std::size_t size : {zstd("first").size() + 1, zstd("first").size() + 30, zstandard.size() - 1})
    CHECK(message_of(unpacked(zstandard.substr(0, size))) ==
          "rows.jsonl.gz: the zstd data is cut short: it ends at byte " + std::to_string(size) + " without its end");
}

TEST_CASE("damaged data is told with about where, and never given out as if it were whole") {
  const auto text = made_up_lines(100'000);
  for (auto stored : {gzip(text), zstd(text)}) {
    const std::string packing = packing_of(stored) == Packing::gzip ? "gzip" : "zstd";
    stored[stored.size() - 3] ^= 0x40;  // in the check sum: found only at the very end
    const auto message = message_of(unpacked(stored));
    const std::string expected = "rows.jsonl.gz: the " + packing + " data is damaged at about byte ";
    REQUIRE_MESSAGE(message.starts_with(expected), message);
    const auto byte = std::stoull(message.substr(expected.size()));
    CHECK(byte <= stored.size());
    CHECK(byte + 256 * 1024 >= stored.size());  // no further off than one read
    for (std::size_t i = 20; i < 60; ++i)
      stored[i] = static_cast<char>(~stored[i]);
    CHECK(message_of(unpacked(stored)).find(packing + " data is") != std::string::npos);
  }
}

TEST_CASE("anything behind packed data that is not packed the same way is an error") {
  const auto end = std::to_string(gzip("a").size());
  CHECK(message_of(unpacked(gzip("a") + "{\"id\":1}\n")) ==
        "rows.jsonl.gz: the gzip data ends at byte " + end + ", and what follows is no gzip");
  CHECK(message_of(unpacked(gzip("a") + std::string(512, '\0'))) ==
        "rows.jsonl.gz: the gzip data ends at byte " + end + ", and what follows is no gzip");
  CHECK(message_of(unpacked(zstd("a") + "{\"id\":1}\n")) == "rows.jsonl.gz: the zstd data ends at byte " +
                                                                std::to_string(zstd("a").size()) +
                                                                ", and what follows is no zstd");
}

TEST_CASE("a zstd window above the limit is refused before memory is taken for it") {
  const auto text = made_up_lines(10'000);
  CHECK(unpacked(zstd(text, zstd_window_log_max)).text == text);
  const auto refused = unpacked(zstd(text, zstd_window_log_max + 1));
  CHECK(message_of(refused) == "rows.jsonl.gz: the zstd data needs a window of more than 128 MiB to be unpacked");
  CHECK(refused.status.error().hint == "compress it again without --long, or with --long=27 at most");
}

TEST_CASE("what is packed in a way that is not read is named") {
  using namespace std::string_literals;
  CHECK(message_of(unpacked("\xFD"
                            "7zXZ\0rest"s)) == "rows.jsonl.gz is packed with xz, which is not read");
  CHECK(message_of(unpacked("BZh91AY&SYrest")) == "rows.jsonl.gz is packed with bzip2, which is not read");
  const auto workbook = unpacked("PK\x03\x04rest");
  CHECK(message_of(workbook) == "rows.jsonl.gz is packed with zip (an Excel workbook is one, too), which is not read");
  CHECK(workbook.status.error().hint == "unpack it first; plain, gzip and zstd files are read as they are");
  CHECK(unpacked("BZh9,name\n").text == "BZh9,name\n");  // a text may begin so
}

TEST_CASE("without a name the path stands in errors; a missing file is not found") {
  test::TemporaryFolder folder;
  auto source = open_source(folder.write("a.gz", gzip("abc").substr(0, 15)));
  REQUIRE(source);
  CHECK(message_of(read_all(**source, 100)).starts_with((folder / "a.gz").string() + ": the gzip data is cut short"));
  auto missing = open_source(folder / "none");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
}

TEST_CASE("an inflater takes bytes as they come and gives pieces of a bounded size") {
  const auto text = made_up_lines(500'000);
  const auto packed = gzip(text) + gzip("tail");
  for (std::size_t step : {std::size_t{1}, std::size_t{1'000}, packed.size()}) {
    Inflater inflater;
    std::string plain;
    for (std::size_t at = 0; at < packed.size(); at += step) {
      REQUIRE(inflater.push(std::string_view(packed).substr(at, step), [&](std::string_view piece) {
        CHECK(piece.size() <= Inflater::piece_bytes);
        plain += piece;
        return Status();
      }));
    }
    CHECK(inflater.finish());
    CHECK(plain == text + "tail");
  }
}

TEST_CASE("an inflater passes its sink's failure on, and misses an end that does not come") {
  Inflater inflater;
  const auto packed = gzip("abc");
  const auto refused = inflater.push(packed, [](std::string_view) { return Status(Error(ErrorKind::io, "no room")); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "no room");
  Inflater cut;
  CHECK(cut.finish());  // nothing is complete
  CHECK(cut.push(packed.substr(0, 12), [](std::string_view) { return Status(); }));
  CHECK_FALSE(cut.finish());
}

TEST_CASE("gunzip undoes gzip, up to the bytes it may make") {
  const auto text = made_up_lines(300'000);
  CHECK(*gunzip(gzip(text), text.size()) == text);
  CHECK(*gunzip(gzip(""), 0) == "");
  auto larger = gunzip(gzip(std::string(50'000'000, 'x')), 1'000'000);  // 50 kB that would make 50 MB
  REQUIRE_FALSE(larger);
  CHECK(larger.error().kind == ErrorKind::invalid);
  CHECK(larger.error().message == "the gzip data unpacks to more than 1000000 bytes");
  CHECK_FALSE(gunzip(gzip(text).substr(0, 1'000), text.size()));
  CHECK_FALSE(gunzip("not gzip at all", 100));
}

}  // namespace batchd
