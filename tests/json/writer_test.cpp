#include "ground/json/writer.hpp"

#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "json/parsed.hpp"

namespace batchd::json {
namespace {

TEST_CASE("a string is written with the fewest escapes, whatever stands where in it") {
  CHECK(quoted("") == R"("")");
  CHECK(quoted("a/b é 😀 \x7f") == "\"a/b é 😀 \x7f\"");
  CHECK(quoted("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
  CHECK(quoted(std::string("\0\x01\x1f", 3)) == R"("\u0000\u0001\u001f")");
  std::string out = "x";
  append_escaped(out, "a\"b");
  CHECK(out == "xa\\\"b");
}

TEST_CASE("each of the 256 bytes at each place of a block is escaped exactly when it must be") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 17; ++at) {
      std::string text(17, 'a');
      text[at] = static_cast<char>(byte);
      std::string out;
      append_escaped(out, text);
      bool must = byte < 0x20 || byte == '"' || byte == '\\';
      CHECK((out != text) == must);
      if (must) CHECK(*Parsed("\"" + out + "\"")->as_string() == text);
    }
  }
}

TEST_CASE("a value goes into an open string as its text, or as its JSON") {
  Parsed parsed(R"({"s":"a\u00e9\n\"","p":"plain é","n":19.90,"b":true,"z":null,"o":{"k": "v"}})");
  auto inside = [&](std::string_view key) {
    std::string out;
    append_escaped_value(out, parsed->find(key));
    return out;
  };
  CHECK(inside("s") == R"(aé\n\")");
  CHECK(inside("p") == "plain é");
  CHECK(inside("n") == "19.90");
  CHECK(inside("b") == "true");
  CHECK(inside("z") == "null");
  CHECK(inside("o") == R"({\"k\": \"v\"})");
}

TEST_CASE("canonical: one form for one value") {
  CHECK(canonical(
            *Parsed(R"( { "b" : [ 1.0 , { } , [ ] ] , "a" : "\u0041\/\u00e9" , "é":null, "ab":true,"B":false } )")) ==
        R"({"B":false,"a":"A/é","ab":true,"b":[1.0,{},[]],"é":null})");
  CHECK(canonical(*Parsed("19.90")) == "19.90");  // as written
  CHECK(canonical(*Parsed(R"("\u0001\n\\")")) == R"("\u0001\n\\")");
  CHECK(canonical(*Parsed(R"({"a":2,"a":1})", {.duplicate_keys_are_errors = false})) == R"({"a":2,"a":1})");
}

TEST_CASE("compact: the white space between tokens is gone, all else is as written") {
  std::string out = "x";
  append_compact(out, *Parsed("\t{ \"b\" : [ 1.0 , \"\\u0041 \\/\" , { } , [ ] ] ,\n\"a\\u0020\" : null } "));
  CHECK(out == R"(x{"b":[1.0,"\u0041 \/",{},[]],"a\u0020":null})");
}

TEST_CASE("the writer sets commas and nests") {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.key("a").integer(-1).key("b").begin_array().string("x\n").number(0.1).boolean(true).null().end_array();
  writer.key("c").begin_object().end_object().key("d").begin_array().end_array();
  writer.key("e").raw("[1, 2]").key("f").unsigned_integer(std::numeric_limits<std::uint64_t>::max());
  writer.key("g")
      .begin_array()
      .begin_array()
      .integer(1)
      .end_array()
      .begin_object()
      .key("h")
      .null()
      .end_object()
      .integer(2);
  writer.end_array().end_object();
  CHECK(out == R"({"a":-1,"b":["x\n",0.1,true,null],"c":{},"d":[],"e":[1, 2],"f":18446744073709551615,)"
               R"("g":[[1],{"h":null},2]})");
  CHECK(canonical(*Parsed(out)).size() == out.size() - 1);
}

TEST_CASE("64 levels are written, with the commas of each kept") {
  std::string out;
  Writer writer(out);
  for (int i = 0; i < 64; ++i)
    writer.begin_array();
  for (int i = 0; i < 64; ++i)
    writer.integer(1).integer(2).end_array();
  CHECK(Parsed(out)->size() == 3);
}

TEST_CASE("a double is written so that it reads back the same; what is not finite is null") {
  auto written = [](double value) {
    std::string out;
    Writer(out).number(value);
    return out;
  };
  for (double value : {0.1, 1e22, 5e-324, 1.7976931348623157e308, 123456.789, -2.5, 1e100})
    CHECK(*Parsed(written(value))->as_double() == value);
  CHECK(written(7) == "7");
  CHECK(written(0.1) == "0.1");
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("a value of a document is put in as it was written") {
  Parsed parsed(R"({"a":[1, 2.50]})");
  std::string out;
  Writer(out).begin_object().key("x").value(parsed->find("a")).end_object();
  CHECK(out == R"({"x":[1, 2.50]})");
}

}  // namespace
}  // namespace batchd::json
