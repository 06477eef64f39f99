#include "line/prepare/csv_reader.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "support/trickle.hpp"

namespace batchd::prepare {
namespace {

using test::Trickle;
using Records = std::vector<std::string>;

// A record as "line:field|field".
Records records_of(std::string_view text, std::size_t piece, std::uint64_t record_bytes_max) {
  CsvReader reader(std::make_unique<Trickle>(std::string(text), piece), record_bytes_max);
  REQUIRE(reader.find_separator());
  Records records;
  CsvRecord record;
  std::string scratch;
  for (;;) {
    REQUIRE(reader.next(record));
    if (record.at_end) break;
    auto shown = std::to_string(record.line) + ":";
    if (record.too_long) shown += "too long " + std::to_string(record.size_bytes);
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      shown += (i == 0 ? "" : "|") + std::string(record.text(i, scratch));
      if (record.fields[i].has_text_behind_quote) shown += " and text";
    }
    if (record.unclosed_line > 0) shown += " unclosed from " + std::to_string(record.unclosed_line);
    CHECK(record.raw.size() == (record.too_long ? 0 : record.size_bytes));
    records.push_back(shown);
  }
  REQUIRE(reader.next(record));
  CHECK(record.at_end);
  CHECK(reader.stored_bytes_read() == text.size());
  return records;
}

// Whatever the pieces, the records are the same.
Records records_of(std::string_view text, std::uint64_t record_bytes_max = 1'000) {
  const auto records = records_of(text, 1 << 20, record_bytes_max);
  for (std::size_t piece : {1, 2, 3, 5})
    CHECK(records_of(text, piece, record_bytes_max) == records);
  return records;
}

}  // namespace

TEST_CASE("records end with LF, CRLF or the file") {
  CHECK(records_of("") == Records{});
  CHECK(records_of("a,b\n1,2\n") == Records{"1:a|b", "2:1|2"});
  CHECK(records_of("a,b\r\n1,2\r\n") == Records{"1:a|b", "2:1|2"});
  CHECK(records_of("a,b\n1,2") == Records{"1:a|b", "2:1|2"});
  CHECK(records_of("\"a\",\"b\"\r\n\"1\",\"2\"") == Records{"1:a|b", "2:1|2"});
}

TEST_CASE("a field whose quote never closes goes to the file's end, doubled quotes or not") {
  CHECK(records_of("a\n\"b\"\"c\nd") == Records{"1:a", "2:b\"c\nd unclosed from 2"});
}

TEST_CASE("a header longer than a record may be says no separator, in whatever pieces it comes") {
  CHECK(records_of("aaaaaaaaaaaa;b\n1;2\n", 8) == Records{"1:too long 14", "2:1;2"});
}

TEST_CASE("a byte-order mark at the beginning is skipped, also before a quote") {
  CHECK(records_of("\xEF\xBB\xBF\"a\",b\n") == Records{"1:a|b"});
  CHECK(records_of("\xEF\xBB\xBF") == Records{});
  CHECK(records_of("\xEF\xBB") == Records{"1:\xEF\xBB"});
}

TEST_CASE("fields may be empty, first, last and all of them") {
  CHECK(records_of("a,b,c\n,2,\n,,\n\"\",\"\",\"\"\n") == Records{"1:a|b|c", "2:|2|", "3:||", "4:||"});
  CHECK(records_of("a,b\r\n,\r\n1,") == Records{"1:a|b", "2:|", "3:1|"});
  CHECK(records_of("a,b\n1,\"\"") == Records{"1:a|b", "2:1|"});
}

TEST_CASE("a quoted field may hold separators, line ends and doubled quotes") {
  CHECK(records_of("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n") == Records{"1:a|b", "2:x,y|say \"hi\""});
  CHECK(records_of("a,b\n\"1\n2\r\n3\",z\r\n4,5") == Records{"1:a|b", "2:1\n2\r\n3|z", "5:4|5"});
  CHECK(records_of("a\n\"\"\"\"\n\"\"\"x\"\"\"\n") == Records{"1:a", "2:\"", "3:\"x\""});
}

TEST_CASE("a quote within a field is an ordinary character, spaces are kept") {
  CHECK(records_of("a,b\n5\" disk, \"x\"\n") == Records{"1:a|b", "2:5\" disk| \"x\""});
}

TEST_CASE("text behind a closing quote is noticed") {
  CHECK(records_of("a,b\n\"x\"y,2\n\"x\" ,3\n1,\"x\"\r\n") ==
        Records{"1:a|b", "2:x and text|2", "3:x and text|3", "4:1|x"});
  CHECK(records_of("a\n\"x\"y") == Records{"1:a", "2:x and text"});
}

TEST_CASE("blank lines are no records, but count as lines") {
  CHECK(records_of("\n\r\na,b\n\n\n1,2\r\n\r\n\n") == Records{"3:a|b", "6:1|2"});
  CHECK(records_of("a\n\"\"\n") == Records{"1:a", "2:"});  // one empty value, said so
  CHECK(records_of("a\n1\n\r") == Records{"1:a", "2:1"});
}

TEST_CASE("a quote that never closes is told with the line where it was opened") {
  CHECK(records_of("a,b\n1,2\n\"x\ny\",\"z\n3,4\n") == Records{"1:a|b", "2:1|2", "3:x\ny|z\n3,4\n unclosed from 4"});
  CHECK(records_of("a\n\"", 5) == Records{"1:a", "2: unclosed from 2"});
  CHECK(records_of("a\n\"" + std::string(50, 'x') + "\n\n", 5) == Records{"1:a", "2:too long 53 unclosed from 2"});
}

TEST_CASE("a record that is too long is skipped with its true size, and the next is read") {
  CHECK(records_of("a,b\n1,23\n1,234\n5,6\n", 4) == Records{"1:a|b", "2:1|23", "3:too long 5", "4:5|6"});
  CHECK(records_of("a,b\r\n1,23\r\n1,234\r\n5,6\r\n", 4) == Records{"1:a|b", "2:1|23", "3:too long 5", "4:5|6"});
  const std::string quoted = "\"" + std::string(2'000'000, '\n') + "\"\"x\"";
  CHECK(records_of("a,b\n" + quoted + ",1\n5,6\n", 1 << 20, 100) ==
        Records{"1:a|b", "2:too long " + std::to_string(quoted.size() + 2), "2000003:5|6"});
  // In its end: the '\r' that belongs to it may be the last byte that was let go of.
  CHECK(records_of("a,b\n" + std::string(30, 'x') + "\r\n5,6", 4) == Records{"1:a|b", "2:too long 30", "3:5|6"});
}

TEST_CASE("records that cross the ends of reads are whole") {
  const std::size_t read = 256 * 1024;
  for (std::size_t shift = 0; shift < 6; ++shift) {
    const std::string value(read - 10 + shift, 'v');
    const auto records = records_of("a,b\n\"" + value + "\",\"\"\"\r\n\"\r\nc,d\n", 1 << 20, 1 << 20);
    CHECK(records == Records{"1:a|b", "2:" + value + "|\"\r\n", "4:c|d"});
  }
}

TEST_CASE("more fields than are kept are counted") {
  CsvReader reader(std::make_unique<Trickle>(std::string(10'000, ',') + "\n", 1 << 20), 1 << 20);
  CsvRecord record;
  REQUIRE(reader.next(record));
  CHECK(record.field_count == 10'001);
  CHECK(record.fields.size() == CsvReader::fields_max);
}

TEST_CASE("the separator is a comma unless the first record has none outside of quotes") {
  CHECK(records_of("a;b\n1;2,3\n") == Records{"1:a|b", "2:1|2,3"});
  CHECK(records_of("a\tb\n1;2\t3\n") == Records{"1:a|b", "2:1;2|3"});
  CHECK(records_of("a;b,c\n1;2,3\n") == Records{"1:a;b|c", "2:1;2|3"});
  CHECK(records_of("\"a,b\";c\n1;2\n") == Records{"1:a,b|c", "2:1|2"});
  CHECK(records_of("\"a;\nb\"\n1;2\n") == Records{"1:a;\nb", "3:1;2"});  // one column
  CHECK(records_of("a;b\tc\n1;2\t3\n") == Records{"1:a|b\tc", "2:1|2\t3"});
  CHECK(records_of("\n\r\na;b\n") == Records{"3:a|b"});
  CHECK(records_of("a\n1,2\n") == Records{"1:a", "2:1|2"});
}

}  // namespace batchd::prepare
