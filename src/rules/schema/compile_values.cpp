// What a value of any kind may be, and what numbers, strings and arrays must be.

#include <array>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/compiler.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

namespace {

Kinds kinds_named(std::string_view name) {
  if (name == "integer") return integer_bit;
  for (const Kind kind : {Kind::null, Kind::boolean, Kind::number, Kind::string, Kind::array, Kind::object}) {
    if (json::name_of(kind) == name) return bit_of(kind);
  }
  return 0;
}

}  // namespace

void Compiler::kinds(Draft& draft) {
  const View type = draft.word(Word::type);
  if (!type) return;
  draft.block.kinds = 0;
  draft.block.kinds_keyword = keyword(Word::type);
  const auto admit = [&](View name) {
    const Kinds kinds = kinds_named(name.as_string().value_or(""));
    if (kinds == 0) fail(draft, Word::type, fmt::format("{} is not a type", name.source_text()));
    draft.block.kinds |= kinds;
  };
  if (!type.is(Kind::array)) admit(type);
  for (const View name : type.elements())
    admit(name);
}

void Compiler::choices(Draft& draft, Word word) {
  const View value = draft.word(word);
  if (!value) return;
  Choice choice;
  choice.single = word == Word::const_;
  if (choice.single) choice.values.push_back(value);
  if (!choice.single && !value.is(Kind::array)) fail(draft, word, "must be an array");
  if (!choice.single) {
    for (const View element : value.elements())
      choice.values.push_back(element);
  }
  for (const View allowed : choice.values) {
    if (const auto text = allowed.as_string()) {
      choice.strings.add(*text);
    } else {
      choice.has_others = true;
    }
  }
  program_->choices.push_back(std::move(choice));
  emit(draft.of_any, Op::equals_one_of, word, static_cast<std::uint32_t>(program_->choices.size() - 1));
}

void Compiler::numbers(Draft& draft) {
  auto& to = draft.of(Kind::number);
  if (const auto limit = number(draft, Word::minimum)) emit(to, Op::at_least, Word::minimum, *limit);
  if (const auto limit = number(draft, Word::maximum)) emit(to, Op::at_most, Word::maximum, *limit);
  if (const auto limit = number(draft, Word::exclusive_minimum)) emit(to, Op::above, Word::exclusive_minimum, *limit);
  if (const auto limit = number(draft, Word::exclusive_maximum)) emit(to, Op::below, Word::exclusive_maximum, *limit);
  if (const auto index = number(draft, Word::multiple_of)) {
    const Number& divisor = program_->numbers[*index];
    const auto exact = Divisor::from(divisor.decimal);
    if (!exact) {
      return fail(draft, Word::multiple_of,
                  fmt::format("must be above 0 and have at most {} significant digits", Divisor::digits_max));
    }
    program_->divisors.push_back(*exact);
    program_->divisor_texts.push_back(divisor.text);
    emit(to, Op::multiple_of, Word::multiple_of, static_cast<std::uint32_t>(program_->divisors.size() - 1));
  }
}

void Compiler::strings(Draft& draft) {
  auto& to = draft.of(Kind::string);
  if (const auto least = count(draft, Word::min_length)) emit(to, Op::length_at_least, Word::min_length, *least);
  if (const auto most = count(draft, Word::max_length)) emit(to, Op::length_at_most, Word::max_length, *most);
  if (const View value = draft.word(Word::pattern)) {
    const auto text = value.as_string();
    if (!text) return fail(draft, Word::pattern, "must be a string");
    if (const auto index = pattern(draft, Word::pattern, *text)) emit(to, Op::matches, Word::pattern, *index);
  }
  if (const View value = draft.word(Word::format); value && draft.asserts_formats) {
    const auto name = value.as_string();
    if (!name) return fail(draft, Word::format, "must be a string");
    const Format* format = find_format(*name);
    if (format == nullptr) return;  // not of the standard: says nothing
    if (format->check == nullptr)
      return fail(draft, Word::format, fmt::format("{} cannot be asserted here", json::quoted(*name)));
    program_->formats.push_back(format);
    emit(to, Op::has_format, Word::format, static_cast<std::uint32_t>(program_->formats.size() - 1));
  }
}

void Compiler::arrays(Draft& draft) {
  auto& to = draft.of(Kind::array);
  if (const auto least = count(draft, Word::min_items)) emit(to, Op::count_at_least, Word::min_items, *least);
  if (const auto most = count(draft, Word::max_items)) emit(to, Op::count_at_most, Word::max_items, *most);
  const View first = draft.word(Word::prefix_items);
  const View rest = draft.word(Word::items);
  if (first && !first.is(Kind::array)) return fail(draft, Word::prefix_items, "must be an array of schemas");
  if (rest && !rest.is(Kind::object) && !rest.is(Kind::boolean)) {
    return fail(draft, Word::items, "must be a schema (a list of them is prefixItems)");
  }
  if (first || rest) {
    ElementsRule rule;
    for (const View schema : first.elements())
      rule.first.push_back(block_of(draft, schema));
    rule.has_rest = static_cast<bool>(rest);
    if (rest) rule.rest = block_of(draft, rest);
    program_->element_rules.push_back(std::move(rule));
    emit(to, Op::elements, rest ? Word::items : Word::prefix_items,
         static_cast<std::uint32_t>(program_->element_rules.size() - 1));
  }
  contains(draft);
  if (const View unique = draft.word(Word::unique_items)) {
    const auto demanded = unique.as_bool();
    if (!demanded) return fail(draft, Word::unique_items, "must be true or false");
    if (*demanded) emit(to, Op::distinct, Word::unique_items);
  }
}

void Compiler::contains(Draft& draft) {
  const auto least = count(draft, Word::min_contains);
  const auto most = count(draft, Word::max_contains);
  const View schema = draft.word(Word::contains);
  if (!schema) return;  // the counts say nothing alone
  ContainsRule rule;
  rule.block = block_of(draft, schema);
  rule.count_min = least.value_or(1);
  rule.count_max = most.value_or(nothing);
  rule.min_keyword = keyword(least ? Word::min_contains : Word::contains);
  rule.max_keyword = keyword(Word::max_contains);
  program_->contains_rules.push_back(rule);
  emit(draft.of(Kind::array), Op::contains, Word::contains,
       static_cast<std::uint32_t>(program_->contains_rules.size() - 1));
}

}  // namespace batchd::schema
