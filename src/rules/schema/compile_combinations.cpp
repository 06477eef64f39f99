// References, what combines subschemas on one value, and the question what nobody has looked at.

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/compiler.hpp"
#include "rules/schema/uri.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

void Compiler::references(Draft& draft) {
  for (const Word word : {Word::ref, Word::dynamic_ref}) {
    const View value = draft.word(word);
    if (!value) continue;
    const auto text = value.as_string();
    if (!text) return fail(draft, word, "must be a URI reference as text");
    const auto target = library_.find(draft.resource, *text);
    if (!target)
      return fail(draft, word, fmt::format("{} cannot be resolved: {}", json::quoted(*text), target.error().message));
    const BlockId block = block_of(target->schema);
    if (word == Word::dynamic_ref && target->through_dynamic_anchor) {
      program_->has_scopes = true;
      const std::string name = percent_decoded(split_fragment(*text).second);
      emit(draft.of_any, Op::dynamic_call, word, dynamic_name(name), block);
    } else {
      emit(draft.of_any, Op::call, word, block);
    }
  }
}

void Compiler::list_of_blocks(Draft& draft, Word word, Op op) {
  const View value = draft.word(word);
  if (!value) return;
  if (!value.is(Kind::array) || value.size() == 0) return fail(draft, word, "must be an array of at least one schema");
  const auto begin = static_cast<std::uint32_t>(program_->lists.size());
  for (const View schema : value.elements()) {
    if (!schema.is(Kind::object) && !schema.is(Kind::boolean)) return fail(draft, word, "must be an array of schemas");
    program_->lists.push_back(block_of(draft, schema));
  }
  emit(draft.of_any, op, word, begin, static_cast<std::uint32_t>(program_->lists.size()));
}

void Compiler::combinations(Draft& draft) {
  list_of_blocks(draft, Word::all_of, Op::all_of);
  list_of_blocks(draft, Word::any_of, Op::any_of);
  list_of_blocks(draft, Word::one_of, Op::one_of);
  if (const View schema = draft.word(Word::not_)) emit(draft.of_any, Op::none_of, Word::not_, block_of(draft, schema));
}

void Compiler::conditions(Draft& draft) {
  const View test = draft.word(Word::if_);
  if (!test) return;  // then and else say nothing alone
  const View then = draft.word(Word::then_);
  const View otherwise = draft.word(Word::else_);
  program_->conditions.push_back({block_of(draft, test), then ? block_of(draft, then) : accept_everything,
                                  otherwise ? block_of(draft, otherwise) : accept_everything});
  emit(draft.of_any, Op::choose, Word::if_, static_cast<std::uint32_t>(program_->conditions.size() - 1));
}

void Compiler::unevaluated(Draft& draft) {
  const auto ask = [&](Word word, Op op) {
    const View schema = draft.word(word);
    if (!schema) return;
    draft.block.has_unevaluated = program_->tracks = true;
    emit(draft.last, op, word, block_of(draft, schema));
  };
  ask(Word::unevaluated_items, Op::unevaluated_elements);
  ask(Word::unevaluated_properties, Op::unevaluated_members);
}

}  // namespace batchd::schema
