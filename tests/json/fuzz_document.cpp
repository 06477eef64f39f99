// libFuzzer target: any bytes. Three opinions on what is JSON (the walk, explain(), simdjson's DOM) must be one, but
// for the differences we chose: numbers the DOM cannot hold, and keys that repeat. And what is read must survive
// being written and read again. The text is given at its exact size, so a read behind it is seen by the sanitizer.

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "ground/json/document.hpp"
#include "ground/json/explain.hpp"
#include "ground/json/writer.hpp"

namespace batchd::json {
namespace {

constexpr std::uint32_t depth_max = 1024;  // the DOM's own

void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "broken: {}\n", what);
  std::abort();
}

bool has_repeated_key(View value) {
  std::set<std::string_view> keys;
  for (auto [key, member] : value.members()) {
    if (!keys.insert(key).second || has_repeated_key(member)) return true;
  }
  for (View element : value.elements()) {
    if (has_repeated_key(element)) return true;
  }
  return false;
}

std::string canonical_of(std::string_view text) {
  Document document;
  auto root = document.parse(text, {.duplicate_keys_are_errors = false, .depth_max = depth_max});
  require(root.ok(), "what was written can be read");
  return canonical(*root);
}

void same_after_writing(View root) {
  std::string once = canonical(root);
  require(canonical_of(once) == once, "canonical text is canonical");
  std::string compact;
  append_compact(compact, root);
  require(canonical_of(compact) == once, "compact text is the same value");
  require(compact.size() <= root.source_text().size(), "compact text is not longer");
}

void same_scalar(View ours, simdjson::dom::element theirs) {
  if (auto text = ours.as_string()) {
    require(theirs.get_string().value() == *text, "one string");
    std::string open;
    append_escaped_value(open, ours);
    require(canonical_of("\"" + open + "\"") == quoted(*text), "a string put into another reads as itself");
  }
  if (auto boolean = ours.as_bool()) require(theirs.get_bool().value() == *boolean, "one boolean");
  if (ours.is_null()) require(theirs.is_null(), "one null");
  if (auto number = ours.as_double()) {
    require(theirs.get_double().value() == *number, "one double");
    if (theirs.is_int64()) require(ours.as_int64() == theirs.get_int64().value(), "one integer");
    if (auto integer = ours.as_int64()) require(static_cast<double>(*integer) == *number, "one number");
  }
}

void same_value(View ours, simdjson::dom::element theirs) {
  if (ours.is(Kind::array)) {
    auto element = theirs.get_array().value().begin();
    for (View own : ours.elements())
      same_value(own, *element), ++element;
    require(theirs.get_array().value().size() == ours.size(), "one array");
  } else if (ours.is(Kind::object)) {
    auto member = theirs.get_object().value().begin();
    for (auto [key, value] : ours.members()) {
      require(member.key() == key, "one key");
      same_value(value, member.value());
      ++member;
    }
    require(theirs.get_object().value().size() == ours.size(), "one object");
  } else {
    same_scalar(ours, theirs);
  }
}

void choose_implementation(std::size_t any) {
  static const auto usable = [] {
    std::vector<const simdjson::implementation*> found;
    for (const auto* each : simdjson::get_available_implementations()) {
      if (each->supported_by_runtime_system()) found.push_back(each);
    }
    return found;
  }();
  simdjson::get_active_implementation() = usable[any % usable.size()];
}

void judge(std::string_view text) {
  choose_implementation(text.size());
  Document document;
  auto root = document.parse(text, {.duplicate_keys_are_errors = false, .depth_max = depth_max});
  require(root.ok() == !explain(text, depth_max).has_value(), "the walk and explain() agree");

  simdjson::dom::parser parser;
  simdjson::dom::element theirs;
  auto error = parser.parse(text.data(), text.size()).get(theirs);
  if (!root) {
    require(error != simdjson::SUCCESS, "what is refused is no JSON to simdjson either");
    return;
  }
  require(error == simdjson::SUCCESS || error == simdjson::NUMBER_ERROR,
          "what is accepted is JSON to simdjson, but for big numbers");
  if (error == simdjson::SUCCESS) same_value(*root, theirs);
  require(root->source_text().size() <= text.size(), "a value lies in its text");
  same_after_writing(*root);

  bool repeated = has_repeated_key(*root);
  require(document.parse(text, {.depth_max = depth_max}).ok() == !repeated, "repeated keys are found");
}

}  // namespace
}  // namespace batchd::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  batchd::json::judge({reinterpret_cast<const char*>(data), size});
  return 0;
}
