// Schema text, a NUL byte, a value's text: neither may crash, hang or make the two modes disagree.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ground/base/check.hpp"
#include "ground/json/document.hpp"
#include "rules/schema/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchd;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = input.find('\0');
  const std::string_view instance = split == std::string_view::npos ? "{}" : input.substr(split + 1);
  for (const auto formats : {schema::Formats::annotate, schema::Formats::assert_them}) {
    schema::CompileOptions options;
    options.formats = formats;
    const auto compiled = schema::Schema::compile(input.substr(0, split), options);
    if (!compiled) {
      check(compiled.error().kind == ErrorKind::invalid && !compiled.error().message.empty(), "a refusal says why");
      continue;
    }
    json::Document document;
    const auto value = document.parse(instance);
    if (!value) continue;
    const auto faults = compiled->explain(*value);
    check(compiled->accepts(*value) == faults.empty(), "both modes agree");
    for (const auto& fault : faults)
      check(value->at_pointer(fault.instance).operator bool(), "a fault has a place");
  }
  return 0;
}
