// References, what combines subschemas on one value, and the question what nobody has looked at.

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/compiler.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

void Compiler::references(Sketch& sketch) {
  reference(sketch, Word::ref);
  reference(sketch, Word::dynamic_ref);
  reference(sketch, Word::recursive_ref);
}

void Compiler::reference(Sketch& sketch, Word word) {
  const View value = sketch.word(word);
  if (!value) return;
  const auto text = value.as_string();
  if (!text) return fail(sketch, word, "must be a URI reference as text");
  if (word == Word::recursive_ref && *text != "#") return fail(sketch, word, "must be \"#\"");
  const auto target = library_.find(sketch.resource, *text);
  if (!target)
    return fail(sketch, word, fmt::format("{} cannot be resolved: {}", json::quoted(*text), target.error().message));
  const BlockId block = block_of(target->schema);
  const bool is_dynamic = word == Word::recursive_ref ? target->is_recursive_anchor
                                                      : word == Word::dynamic_ref && target->through_dynamic_anchor;
  if (!is_dynamic) return emit(sketch.of_any, Op::call, word, block);
  program_->has_scopes = true;
  const std::string name = word == Word::recursive_ref ? std::string(Resource::recursive_anchor)
                                                       : percent_decoded(split_fragment(*text).second);
  emit(sketch.of_any, Op::dynamic_call, word, dynamic_name(name), block);
}

void Compiler::list_of_blocks(Sketch& sketch, Word word, Op op) {
  const View value = sketch.word(word);
  if (!value) return;
  if (!value.is(Kind::array) || value.size() == 0) return fail(sketch, word, "must be an array of at least one schema");
  const auto begin = static_cast<std::uint32_t>(program_->lists.size());
  for (const View schema : value.elements()) {
    if (!schema.is(Kind::object) && !schema.is(Kind::boolean)) return fail(sketch, word, "must be an array of schemas");
    program_->lists.push_back(block_of(sketch, schema));
  }
  emit(sketch.of_any, op, word, begin, static_cast<std::uint32_t>(program_->lists.size()));
}

void Compiler::combinations(Sketch& sketch) {
  list_of_blocks(sketch, Word::all_of, Op::all_of);
  list_of_blocks(sketch, Word::any_of, Op::any_of);
  list_of_blocks(sketch, Word::one_of, Op::one_of);
  if (const View schema = sketch.word(Word::not_))
    emit(sketch.of_any, Op::none_of, Word::not_, block_of(sketch, schema));
}

void Compiler::conditions(Sketch& sketch) {
  const View test = sketch.word(Word::if_);
  if (!test) return;  // then and else say nothing alone
  const View then = sketch.word(Word::then_);
  const View otherwise = sketch.word(Word::else_);
  program_->conditions.push_back({block_of(sketch, test), then ? block_of(sketch, then) : accept_everything,
                                  otherwise ? block_of(sketch, otherwise) : accept_everything});
  emit(sketch.of_any, Op::choose, Word::if_, static_cast<std::uint32_t>(program_->conditions.size() - 1));
}

void Compiler::unevaluated(Sketch& sketch) {
  const auto ask = [&](Word word, Op op) {
    const View schema = sketch.word(word);
    if (!schema) return;
    sketch.block.has_unevaluated = program_->tracks = true;
    emit(sketch.last, op, word, block_of(sketch, schema));
  };
  ask(Word::unevaluated_items, Op::unevaluated_elements);
  ask(Word::unevaluated_properties, Op::unevaluated_members);
}

}  // namespace batchd::schema
