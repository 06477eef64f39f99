#pragma once
// The JSON in a model's text. Models wrap it: in a fence, in a sentence, in an apology.

#include <string_view>

#include "ground/base/result.hpp"
#include "ground/json/document.hpp"

namespace batchd::collect {

struct FoundJson {
  json::View value;      // borrowed from the document and the text
  bool wrapped = false;  // it stood within other text
};

// The contract's rule, in this order: the whole text; else the only fenced block; else the only maximal {…} or […]
// that parses. Two candidates are a fault, never a choice. A key that appears twice makes a candidate none.
// ErrorKind::invalid: one sentence saying what was there instead.
Result<FoundJson> find_json(std::string_view text, json::Document& document);

}  // namespace batchd::collect
