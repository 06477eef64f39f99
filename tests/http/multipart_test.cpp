#include "ground/http/multipart.hpp"

#include <doctest/doctest.h>

#include "ground/http/body_source.hpp"
#include "support/temporary_folder.hpp"

using namespace batchd;
using namespace batchd::http;

namespace {

std::string as_sent(const Body& body, const std::string& boundary) {
  auto source = BodySource::open(body, boundary);
  REQUIRE(source.ok());
  std::string text;
  for (auto piece = source->next(); !piece->empty(); piece = source->next()) {
    CHECK(piece->size() <= BodySource::piece_bytes_max);
    text += *piece;
  }
  CHECK(text.size() == source->length_bytes());
  return text;
}

std::string content(std::string_view body, const MultipartPart& part) {
  return std::string(body.substr(part.offset, part.length));
}

}  // namespace

TEST_CASE("what is sent as multipart is what is split again") {
  const test::TemporaryFolder folder;
  const Path file = folder.write("shard.jsonl", "before{\"a\":1}\n{\"b\":2}\nafter");
  const Body body = Multipart{{
      {.name = "purpose", .content = "batch"},
      {.name = "file",
       .content = FileRange{file, 6, 16},
       .filename = "a \"b\"\n.jsonl",
       .content_type = "application/jsonl"},
      {.name = "empty", .content = ""},
  }};
  const std::string text = as_sent(body, "b0undary");
  const auto parts = split_multipart_text(text, "b0undary");
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 3);
  CHECK((*parts)[0].name == "purpose");
  CHECK((*parts)[0].filename.empty());
  CHECK(content(text, (*parts)[0]) == "batch");
  CHECK((*parts)[1].filename == "a \"b\"\n.jsonl");
  CHECK((*parts)[1].content_type == "application/jsonl");
  CHECK(content(text, (*parts)[1]) == "{\"a\":1}\n{\"b\":2}\n");
  CHECK((*parts)[2].length == 0);

  const Path spooled = folder.write("spooled", text);
  const auto from_file = split_multipart_file(spooled, "b0undary");
  REQUIRE(from_file.ok());
  REQUIRE(from_file->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK((*from_file)[i].offset == (*parts)[i].offset);
    CHECK((*from_file)[i].length == (*parts)[i].length);
  }
}

TEST_CASE("a boundary across two windows of a large file is found") {
  const test::TemporaryFolder folder;
  // The delimiter behind the content begins at each of the bytes around the end of the first window.
  const std::string head = "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
  for (const std::size_t around : {0, 1, 2, 3, 4, 5, 6, 7}) {
    const std::size_t length = 1024 * 1024 - 4 + around;
    const std::string content_text(length, 'x');
    const Path path = folder.write("body", head + content_text + "\r\n--B--\r\n");
    const auto parts = split_multipart_file(path, "B");
    REQUIRE(parts.ok());
    REQUIRE(parts->size() == 1);
    CHECK((*parts)[0].length == length);
  }
}

TEST_CASE("content that looks almost like the boundary stays content") {
  const std::string body =
      "preamble\r\n--B  \r\nContent-Disposition: form-data; filename=f.txt; "
      "name=a\r\n\r\n--\r\n-B\r\n--\r\n--B--\r\nepilogue";
  const auto parts = split_multipart_text(body, "B");
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 1);
  CHECK((*parts)[0].name == "a");
  CHECK((*parts)[0].filename == "f.txt");
  CHECK(content(body, (*parts)[0]) == "--\r\n-B\r\n--");
}

TEST_CASE("an unfinished multipart body is refused and the part is named") {
  const std::string head = "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
  for (const std::string& body :
       {std::string(), std::string("no boundary at all"), head + "content", head + "content\r\n--", std::string("--Bx"),
        std::string("--B\r\nContent-Disposition: form-data; name=\"file\"\r\n")}) {
    const auto parts = split_multipart_text(body, "B");
    REQUIRE_FALSE(parts.ok());
    CHECK(parts.error().kind == ErrorKind::invalid);
  }
  CHECK(split_multipart_text(head + "content", "B").error().message.find("\"file\"") != std::string::npos);
  std::string many;
  for (std::size_t i = 0; i <= multipart_parts_max; ++i)
    many += "--B\r\n\r\nx\r\n";
  CHECK_FALSE(split_multipart_text(many + "--B--", "B").ok());
}

TEST_CASE("the boundary is read from the content type, in quotes or not") {
  CHECK(*multipart_boundary("multipart/form-data; boundary=abc") == "abc");
  CHECK(*multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"") == "a b");
  CHECK_FALSE(multipart_boundary("application/json").ok());
  CHECK_FALSE(multipart_boundary("multipart/form-data").ok());
  CHECK_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'x')).ok());
}

TEST_CASE("a part is copied out of a spooled body") {
  const test::TemporaryFolder folder;
  const std::string text = "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{\"a\":1}\n\r\n--B--\r\n";
  ServerRequest request;
  request.headers.add("Content-Type", "multipart/form-data; boundary=B");
  SUBCASE("in memory") { request.body = text; }
  SUBCASE("in a file") { request.body = SpooledFile(folder.write("spooled", text), text.size()); }
  const auto parts = split_multipart(request);
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 1);
  CHECK(*part_text(request, (*parts)[0], 100) == "{\"a\":1}\n");
  CHECK_FALSE(part_text(request, (*parts)[0], 3).ok());
  REQUIRE(extract_part(request, (*parts)[0], folder / "out").ok());
  CHECK(folder.read("out") == "{\"a\":1}\n");
}

TEST_CASE("a spooled body goes with its owner, unless it was taken") {
  const test::TemporaryFolder folder;
  {
    const SpooledFile file(folder.write("gone", "x"), 1);
  }
  CHECK_FALSE(folder.holds("gone"));
  {
    SpooledFile file(folder.write("kept", "x"), 1);
    SpooledFile moved(std::move(file));
    CHECK(moved.take() == folder / "kept");
  }
  CHECK(folder.holds("kept"));
}

TEST_CASE("a file that is shorter than what was to be sent is told before anything is sent") {
  const test::TemporaryFolder folder;
  const Path file = folder.write("short", "12345");
  CHECK_FALSE(BodySource::open(FileRange{file, 0, 6}, "").ok());
  CHECK_FALSE(BodySource::open(FileRange{file, 6, {}}, "").ok());
  CHECK(as_sent(FileRange{file, 2, {}}, "") == "345");
  CHECK(as_sent(FileRange{file, 5, {}}, "").empty());
  const auto missing = BodySource::open(FileRange{folder / "missing", 0, {}}, "");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::not_found);
}
