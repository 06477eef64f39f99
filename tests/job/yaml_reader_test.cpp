#include <doctest/doctest.h>
#include <fmt/format.h>

#include "rules/job/yaml_tree.hpp"

using namespace batchd::job;

namespace {

// The first fault as "line:byte column: sentence".
std::string fault(std::string_view yaml) {
  const YamlReading reading = read_yaml(yaml);
  if (reading.faults.empty()) return "";
  const YamlFault& first = reading.faults.front();
  return fmt::format("{}:{}: {}", first.place.line, first.place.byte_column, first.message);
}

}  // namespace

TEST_CASE("plain, quoted and empty values are told apart, each with its place") {
  const YamlReading reading = read_yaml("a: 1\nb: \"1\"\nc: |\n  1\nd:\n");
  REQUIRE(reading.usable);
  const YamlNode& root = reading.tree.nodes[reading.tree.root];
  REQUIRE(root.children.size() == 8);
  const auto child = [&](std::size_t n) { return reading.tree.nodes[root.children[n]]; };
  CHECK(child(0).text == "a");
  CHECK(child(1).kind == YamlNode::Kind::plain);
  CHECK(child(1).place == Place{0, 1, 4});
  CHECK(child(3).kind == YamlNode::Kind::quoted);
  CHECK(child(3).place == Place{0, 2, 4});
  CHECK(child(5).kind == YamlNode::Kind::quoted);
  CHECK(child(5).text == "1\n");
  CHECK(child(7).kind == YamlNode::Kind::null);
}

TEST_CASE("an alias stays an alias") {
  const YamlReading reading = read_yaml("a: &x [1]\nb: *x\n");
  REQUIRE(reading.usable);
  const YamlNode& root = reading.tree.nodes[reading.tree.root];
  CHECK(reading.tree.nodes[root.children[3]].kind == YamlNode::Kind::alias);
  CHECK(reading.tree.resolve(root.children[3]) == root.children[1]);
}

TEST_CASE("what yaml-cpp cannot read becomes a sentence with its place") {
  CHECK(fault("a:\n\tb: 1\n") == "2:3: a tab in the indentation; YAML allows only spaces there");
  CHECK(fault("a: {b: 1\n") == "2:1: a \"{\" without its \"}\", or a comma is missing");
  CHECK(fault("a: [1\nb: 2\n").ends_with(": a \"[\" without its \"]\", or a comma is missing"));
  CHECK(fault("a: b: c\n") == "1:5: \": \" stands within the text; put the whole text in quotes");
  CHECK(fault("a: @b\n") == "1:4: text cannot begin with this character; put it in quotes");
  CHECK(fault("a: 1\n b: 2\n").find("1:") != 0);
  CHECK(fault("a: *b\n") == "1:4: this alias names an anchor that does not stand above it");
  CHECK(fault("a: \"\\q\"\n").ends_with("an unknown escape; in double quotes a backslash is written \"\\\\\""));
  CHECK(fault("a: 1\n- b\n") == "2:1: this line does not go on with the map above it; look at its indentation");
}

TEST_CASE("braces and variables without quotes are named as the likely cause") {
  CHECK(fault("a: {b: x {{c}}}\n").ends_with("; a value with {{…}} must be in quotes"));
  CHECK(fault("a: {b: ${C}}\n").ends_with("; within { } a ${…} must be in quotes"));
}

TEST_CASE("a quote that is never closed is a fault although yaml-cpp takes the end of the file for its end") {
  CHECK(fault("a: \"b\n") == "1:4: a quote is opened here and never closed");
  CHECK(fault("a: 'it''s\nb: 2\n") == "1:4: a quote is opened here and never closed");
  CHECK(fault("a: \"b\\\"\n") == "1:4: a quote is opened here and never closed");
  CHECK(fault("a: &x !!str \"b\n") == "1:4: a quote is opened here and never closed");
  CHECK(fault("a: 'it''s'\n") == "");
  CHECK(fault("a: \"\\\\\"\n") == "");
  CHECK(fault("a: |\n  it's\n") == "");
  CHECK(fault("a: !!str it's\n") == "");
}

TEST_CASE("one file is one document") {
  CHECK(fault("---\na: 1\n...\n") == "");
  CHECK(fault("a: 1\n---\nb: 2\n") == "2:1: a second YAML document begins here; one file is one document");
  CHECK_FALSE(read_yaml("a: 1\n---\nb: 2\n").usable);
  CHECK(fault("") == "1:1: the file is empty");
  CHECK(fault("# nothing\n") == "1:1: the file is empty");
}

TEST_CASE("tags beyond the core schema are refused") {
  CHECK(fault("a: !secret x\n") == "1:4: the YAML tag \"!secret\" has no meaning here; remove it");
  CHECK(fault("a: !!binary x\n").starts_with("1:4: the YAML tag"));
  CHECK(fault("a: !!set {x}\n").starts_with("1:4: the YAML tag"));
  CHECK(fault("a: !!str 5\nb: !!int 5\nc: !!map {}\nd: !!seq []\n") == "");
}

TEST_CASE("bytes that are no text are refused before they are parsed") {
  CHECK(fault("a: 1\nb: \xFF\n") == "2:4: this byte is not UTF-8; save the file as UTF-8");
  CHECK(fault("\xFF\xFE"
              "a") == "1:1: this byte is not UTF-8; save the file as UTF-8");
  CHECK(fault("a: \xED\xA0\x80\n").starts_with("1:4: this byte is not UTF-8"));
  CHECK(fault("a: \x04 hidden: rest\n") == "1:4: the control character 0x04 cannot stand in YAML");
}

TEST_CASE("a file has limits") {
  CHECK(fault(std::string(yaml_bytes_max + 1, ' ')) == "0:0: longer than 1000000 bytes");
  std::string many = "[";
  for (std::size_t n = 0; n <= yaml_nodes_max; ++n)
    many += "1,";
  CHECK(fault(many + "1]").ends_with(": more than 100000 values"));
  CHECK_FALSE(read_yaml(std::string(100'000, '[')).usable);
}

TEST_CASE("standard input without its quotes is explained") {
  CHECK(fault("input:\n  path: -\n  id: x\n") ==
        "2:9: a lone \"-\" begins a list; standard input is written \"-\", in quotes");
}
