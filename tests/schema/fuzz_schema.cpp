// A line of schema text, and behind it a value's text: neither may crash, hang or make the two modes disagree, whatever
// draft the schema is of.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/check.hpp"
#include "ground/json/document.hpp"
#include "rules/schema/keyword_doubts.hpp"
#include "rules/schema/schema.hpp"

namespace {

using namespace batchd;

constexpr std::array<schema::Draft, 5> drafts{schema::Draft::draft_4, schema::Draft::draft_6, schema::Draft::draft_7,
                                              schema::Draft::draft_2019_09, schema::Draft::draft_2020_12};

void judge(const schema::Schema& compiled, std::string_view instance) {
  json::Document document;
  const auto value = document.parse(instance);
  if (!value) return;
  const auto faults = compiled.explain(*value);
  check(compiled.accepts(*value) == faults.empty(), "both modes agree");
  for (const auto& fault : faults)
    check(value->at_pointer(fault.instance).operator bool(), "a fault has a place");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t split = std::min(input.find('\n'), size);
  const std::string_view text = input.substr(0, split);
  const std::string_view instance = split == size ? "{}" : input.substr(split + 1);
  for (const schema::Draft draft : drafts) {
    for (const auto formats : {schema::Formats::annotate, schema::Formats::assert_them}) {
      schema::CompileOptions options;
      options.formats = formats;
      options.draft_if_unnamed = draft;
      const auto compiled = schema::Schema::compile(text, options);
      if (compiled)
        judge(*compiled, instance);
      else
        check(compiled.error().kind == ErrorKind::invalid && !compiled.error().message.empty(), "a refusal says why");
    }
  }
  json::Document document;
  const auto root = document.parse(text);
  for (const auto& doubt : schema::doubtful_keywords(text))
    check(root && root->at_pointer(doubt.place), "a doubt has a place");
  return 0;
}
