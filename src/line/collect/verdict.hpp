#pragma once
// An answer is judged: is it there, is it whole, is it JSON, does it fit the output schema.

#include <optional>
#include <string>
#include <string_view>

#include "ground/json/document.hpp"
#include "line/collect/answer.hpp"
#include "line/collect/collect.hpp"
#include "rules/model/item.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::collect {

struct Judge::Program {
  model::Take take = model::Take::content;
  Shape shape = Shape::chat;
  std::optional<schema::Schema> schema;
};

// Accepted: `reason` is none, and the output is `value` when it is present, else `text`. Otherwise `error` says what
// was wrong in a sentence or three, and `text` or `value` is what the model gave, where it gave anything.
// Views are borrowed from the answer and from the document that was handed in.
struct Verdict {
  model::Reason reason = model::Reason::none;
  std::string error;
  std::optional<std::string_view> text;
  json::View value;
  bool unwrapped = false;  // the JSON stood within other text
  bool accepted() const { return reason == model::Reason::none; }
};

Verdict judge(const Judge::Program& program, const Answer& answer, json::Document& document);

}  // namespace batchd::collect
