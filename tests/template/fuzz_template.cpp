// libFuzzer target: any text as a template string, over rows that hold a little of everything. What compiles and
// renders is JSON; what is refused leaves nothing behind.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/template/template.hpp"

namespace batchd::tmpl {
namespace {

constexpr std::array<std::string_view, 3> rows = {
    R"({"a":"text \"q\"\n\u00e9","b":{"c":[1,{"d":null},[true,"x"]],"a":2.50},"e":[],"f":false})",
    R"({"a":[{"b":"x"},{"b":["y",{"a":"z"}]}],"b":"","c":"{{a}}","0":[[0]]})",
    R"({})",
};

void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "broken: {}\n", what);
  std::abort();
}

void render(const Template& compiled, std::string_view row) {
  json::Document document;
  std::string body = "[";
  auto done = compiled.render(*document.parse(row), body);
  require(done.ok() || body == "[", "a refusal leaves nothing behind");
  require(done.ok() || done.error().kind == ErrorKind::invalid, "a refusal is the row's fault");
  json::Document rendered;
  require(!done.ok() || rendered.parse(body + "]").ok(), "what is rendered is JSON");
}

void judge(std::string_view text) {
  json::Document document;
  std::string request = json::quoted(text);
  auto root = document.parse(request);
  if (!root) return;  // no UTF-8
  auto compiled = Template::compile(*root);
  if (!compiled) return require(compiled.error().kind == ErrorKind::invalid, "a fault is the text's");
  for (std::string_view row : rows)
    render(*compiled, row);
}

}  // namespace
}  // namespace batchd::tmpl

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  batchd::tmpl::judge({reinterpret_cast<const char*>(data), size});
  return 0;
}
