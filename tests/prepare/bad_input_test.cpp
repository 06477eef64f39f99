// Issue by issue what people feed a program with, and the sentence they get.
#include <unistd.h>

#include "ground/base/compression.hpp"
#include "prepare/fixture.hpp"

namespace batchd::prepare {
namespace {

using Texts = std::vector<std::string>;

Texts complaints_of(std::string_view text) {
  Fixture fixture;
  fixture.write_input(text);
  return texts_of(render(fixture).complaints);
}

std::string with_id(std::string_view id) { return R"({"id":)" + std::string(id) + R"(,"text":"x"})" + "\n"; }

}  // namespace

TEST_CASE("a NUL byte, invalid UTF-8 and a lone surrogate are told with their byte, the other rows are used") {
  Fixture fixture;
  fixture.write_input(row("a") + std::string("{\"id\":\"b\0\"}\n", 12) + "{\"id\":\"c\xFF\"}\n" +
                      "{\"id\":\"d\\ud800\"}\n" + std::string("\0\0\0\n", 4) + row("e"));
  const auto all = render(fixture);
  CHECK(all.ids == Texts{"a", "e"});
  const auto texts = texts_of(all.complaints);
  REQUIRE(texts.size() == 4);
  CHECK(texts[0] ==
        "2: invalid_row : not valid JSON: at byte 8: the control character 0x00 in a string is not escaped");
  CHECK(texts[1] == "3: invalid_row : not valid JSON: at byte 8: the byte 0xFF is not UTF-8");
  CHECK(texts[2].starts_with("4: invalid_row : not valid JSON: at byte 8: "));
  CHECK(texts[3].starts_with("5: invalid_row : not valid JSON: at byte 0: "));
}

TEST_CASE("a file that is no JSON lines at all is told once, with what it seems to be") {
  const auto verdict_of = [](std::string_view text, std::string_view name = "rows.jsonl") {
    Fixture fixture;
    fixture.folder.write(name, text);
    fixture.set_input(name);
    const auto all = render(fixture);
    REQUIRE_FALSE(all.verdict);
    CHECK(all.complaints.size() == 1);
    return all.verdict.error();
  };
  const std::string is_csv = "is this CSV? Say so: --set input.format=csv, or `format: csv` below `input` in the job";
  CHECK(verdict_of("id,text\n1,x\n2,y\n").hint == is_csv);
  CHECK(verdict_of("id\n1\n2\n", "p.csv").hint == is_csv);
  CHECK(verdict_of("id,text\n1,x\n").message == "2 of 2 rows of rows.jsonl cannot be used; nothing was sent");
  CHECK(verdict_of(R"([{"id":"1","text":"x"},{"id":"2","text":"y"}])").hint ==
        "is this one JSON array? A row is a line: jq -c '.[]' rows.jsonl > lines.jsonl");
  CHECK(verdict_of("{\"id\":\"1\"}\r{\"id\":\"2\"}\r").hint.starts_with("its lines end with CR alone, as on old Macs"));
  CHECK(verdict_of(std::string("\x01\x02\x03\n\x04\n", 6)).hint == "this is not text: is it the right file?");
  CHECK(verdict_of(gzip(gzip(row("a") + row("b")))).hint.starts_with("this is gzip within gzip"));
}

TEST_CASE("what is not UTF-8 is answered by the command that makes it so") {
  Fixture fixture;
  fixture.write_input(row("a") + "{\"id\":\"caf\xE9\"}\n");
  CHECK(render(fixture).verdict.error().hint ==
        "if it is Latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 rows.jsonl > utf8-copy");
}

TEST_CASE("numbers beyond 64 bits and beyond a double are no errors, and keep their spelling") {
  Fixture fixture;
  fixture.job.request = R"({"model":"m","a":{"$row":"/a"},"text":"{{a}} {{b}}","b":{"$row":"/b"}})";
  fixture.write_input("{\"id\":123456789012345678901234567890,\"a\":-98765432109876543210987654321,\"b\":1e400}\n");
  const auto all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"123456789012345678901234567890"});
  CHECK(all.bodies == Texts{R"({"model":"m","a":-98765432109876543210987654321,)"
                            R"("text":"-98765432109876543210987654321 1e400","b":1e400})"});
}

TEST_CASE("a duplicate key is a row that cannot be used") {
  CHECK(complaints_of("{\"id\":1,\"text\":\"x\",\"text\":\"y\"}\n") ==
        Texts{R"(1: invalid_row : not valid JSON: at byte 19: the key "text" is there already)"});
}

TEST_CASE("an id may hold quotes, slashes, line ends and emoji, and comes back as it was") {
  Fixture fixture;
  const Texts ids = {"say \"hi\"", "a/b\\c", "two\nlines", "😀 ü", "../../etc/passwd", " "};
  fixture.write_input(with_id(R"("say \"hi\"")") + with_id(R"("a/b\\c")") + with_id(R"("two\nlines")") +
                      with_id(R"("\ud83d\ude00 ü")") + with_id(R"("../../etc/passwd")") + with_id(R"(" ")"));
  const auto all = render(fixture);
  CHECK(all.verdict);
  CHECK(all.ids == ids);
}

TEST_CASE("an id that is null, an object or 10 KB long is told as that") {
  CHECK(complaints_of(with_id("null") + with_id("{}") + with_id("[]") + with_id("true") + with_id("\"\"") +
                      with_id("\"" + std::string(10'000, 'x') + "\"")) ==
        Texts{R"(1: invalid_row : "id" (input.id) is null, but must be text or a number)",
              R"(2: invalid_row : "id" (input.id) is an object, but must be text or a number)",
              R"(3: invalid_row : "id" (input.id) is an array, but must be text or a number)",
              R"(4: invalid_row : "id" (input.id) is a boolean, but must be text or a number)",
              R"(5: invalid_row : "id" (input.id) is empty)",
              "6: invalid_row " + std::string(60, 'x') +
                  R"(: "id" (input.id) has 10000 bytes, at most 1024 are allowed)"});
}

TEST_CASE(
    "an id that comes again 900,000 rows later, and a row 900,000 that does not fit the template, name their lines") {
  Fixture fixture;
  fixture.job.request = R"({"model":"m","text":"{{t}}"})";
  std::string text;
  for (int i = 1; i <= 900'002; ++i) {
    const std::string id = i == 900'001 ? "1" : std::to_string(i);
    text += i == 900'000 ? "{\"id\":" + id + "}\n" : "{\"id\":" + id + ",\"t\":1}\n";
  }
  fixture.write_input(text);
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE(renderer);
  Block block;
  while (!block.at_end)
    REQUIRE(renderer->next(block));
  CHECK(texts_of(renderer->complaints()) == Texts{R"(900000: invalid_row 900000: /text: the row has no "t")",
                                                  "900001: duplicate_id 1: line 1 has the same id"});
  CHECK(renderer->verdict().error().message ==
        "1 of 900002 rows of rows.jsonl cannot be used and 1 repeat an id; nothing was sent");
}

TEST_CASE("a row of 100 MB is one rejected row and never held, inside a gzip as well") {
  Fixture fixture;
  fixture.job.input.on_invalid = model::OnInvalid::skip;
  std::string packed = gzip(row("a") + R"({"id":"b","text":")");
  for (int i = 0; i < 100; ++i)
    packed += gzip(std::string(1'000'000, 'x'));
  fixture.folder.write("rows.jsonl.gz", packed + gzip("\"}\n" + row("c")));
  fixture.set_input("rows.jsonl.gz");
  Renderer::Options options;
  options.rejected_file = fixture.folder / "rejected.jsonl";
  const auto all = render(fixture, options, fixture.identified());
  CHECK(all.verdict);
  CHECK(all.ids == Texts{"a", "c"});
  CHECK(texts_of(all.complaints) ==
        Texts{"2: too_large : the row has 100000020 bytes, at most 16000000 are allowed (input.max_row_bytes)"});
  CHECK(fixture.folder.read("rejected.jsonl").size() < 300);
}

TEST_CASE("a file that is UTF-16 is told as that, not row by row") {
  Fixture fixture;
  for (const auto& text : {std::string("\xFF\xFE{\0}\0\n\0", 8), std::string("\xFE\xFF\0{\0}\0\n", 8)}) {
    fixture.write_input(text);
    CHECK(failure_of(fixture) == "rows.jsonl is UTF-16 text, and only UTF-8 is read");
  }
}

TEST_CASE("an unreadable file is the user's to mend") {
  if (::geteuid() == 0) return;  // root may read everything
  Fixture fixture;
  fixture.write_input(row("a"));
  const auto inputs = fixture.identified();
  std::filesystem::permissions(fixture.job.input.path, std::filesystem::perms::none);
  CHECK(failure_of(fixture, inputs).find("Permission denied") != std::string::npos);
}

}  // namespace batchd::prepare
