// What a value of any kind may be, and what numbers, strings and arrays must be.

#include <array>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/schema/compiler.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

namespace {

Kinds kinds_named(std::string_view name, const Dialect& dialect) {
  if (name == "integer") return dialect.integers_are_written_so() ? written_integer_bit : integer_bit;
  for (const Kind kind : {Kind::null, Kind::boolean, Kind::number, Kind::string, Kind::array, Kind::object}) {
    if (json::name_of(kind) == name) return bit_of(kind);
  }
  return 0;
}

}  // namespace

void Compiler::kinds(Sketch& sketch) {
  const View type = sketch.word(Word::type);
  if (!type) return;
  sketch.block.kinds = 0;
  sketch.block.kinds_keyword = keyword(Word::type);
  const auto admit = [&](View name) {
    const Kinds kinds = kinds_named(name.as_string().value_or(""), sketch.dialect);
    if (kinds == 0) fail(sketch, Word::type, fmt::format("{} is not a type", name.source_text()));
    sketch.block.kinds |= kinds;
  };
  if (!type.is(Kind::array)) admit(type);
  for (const View name : type.elements())
    admit(name);
}

void Compiler::choices(Sketch& sketch, Word word) {
  const View value = sketch.word(word);
  if (!value) return;
  Choice choice;
  choice.single = word == Word::const_;
  if (choice.single) choice.values.push_back(value);
  if (!choice.single && !value.is(Kind::array)) fail(sketch, word, "must be an array");
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
  emit(sketch.of_any, Op::equals_one_of, word, static_cast<std::uint32_t>(program_->choices.size() - 1));
}

// Beside one another two limits; in the oldest draft one limit and a switch that says whether it is within itself.
void Compiler::limit(Sketch& sketch, Word inclusive, Word exclusive, Op at, Op beyond) {
  auto& to = sketch.of(Kind::number);
  if (!sketch.dialect.limits_have_switches()) {
    if (const auto index = number(sketch, inclusive)) emit(to, at, inclusive, *index);
    if (const auto index = number(sketch, exclusive)) emit(to, beyond, exclusive, *index);
    return;
  }
  const View excluded = sketch.word(exclusive);
  if (excluded && !excluded.is(Kind::boolean)) return fail(sketch, exclusive, "must be true or false");
  const auto index = number(sketch, inclusive);
  if (index) emit(to, excluded.as_bool().value_or(false) ? beyond : at, inclusive, *index);
}

void Compiler::numbers(Sketch& sketch) {
  auto& to = sketch.of(Kind::number);
  limit(sketch, Word::minimum, Word::exclusive_minimum, Op::at_least, Op::above);
  limit(sketch, Word::maximum, Word::exclusive_maximum, Op::at_most, Op::below);
  if (const auto index = number(sketch, Word::multiple_of)) {
    const Number& divisor = program_->numbers[*index];
    const auto exact = Divisor::from(divisor.decimal);
    if (!exact) {
      return fail(sketch, Word::multiple_of,
                  fmt::format("must be above 0 and have at most {} significant digits", Divisor::digits_max));
    }
    program_->divisors.push_back(*exact);
    program_->divisor_texts.push_back(divisor.text);
    emit(to, Op::multiple_of, Word::multiple_of, static_cast<std::uint32_t>(program_->divisors.size() - 1));
  }
}

void Compiler::strings(Sketch& sketch) {
  auto& to = sketch.of(Kind::string);
  if (const auto least = count(sketch, Word::min_length)) emit(to, Op::length_at_least, Word::min_length, *least);
  if (const auto most = count(sketch, Word::max_length)) emit(to, Op::length_at_most, Word::max_length, *most);
  if (const View value = sketch.word(Word::pattern)) {
    const auto text = value.as_string();
    if (!text) return fail(sketch, Word::pattern, "must be a string");
    if (const auto index = pattern(sketch, Word::pattern, *text)) emit(to, Op::matches, Word::pattern, *index);
  }
  if (const View value = sketch.word(Word::format); value && sketch.asserts_formats) {
    const auto name = value.as_string();
    if (!name) return fail(sketch, Word::format, "must be a string");
    const Format* format = find_format(*name, sketch.dialect.draft());
    if (format == nullptr)
      return fail(sketch, Word::format,
                  fmt::format("{} is not a format of the standard, so it cannot be asserted", json::quoted(*name)));
    if (format->check == nullptr)
      return fail(sketch, Word::format, fmt::format("{} cannot be asserted here", json::quoted(*name)));
    program_->formats.push_back(format);
    emit(to, Op::has_format, Word::format, static_cast<std::uint32_t>(program_->formats.size() - 1));
  }
}

void Compiler::arrays(Sketch& sketch) {
  auto& to = sketch.of(Kind::array);
  if (const auto least = count(sketch, Word::min_items)) emit(to, Op::count_at_least, Word::min_items, *least);
  if (const auto most = count(sketch, Word::max_items)) emit(to, Op::count_at_most, Word::max_items, *most);
  elements(sketch);
  contains(sketch);
  if (const View unique = sketch.word(Word::unique_items)) {
    const auto demanded = unique.as_bool();
    if (!demanded) return fail(sketch, Word::unique_items, "must be true or false");
    if (*demanded) emit(to, Op::distinct, Word::unique_items);
  }
}

// A list of schemas for the first elements and one for the rest: prefixItems and items, once items and additionalItems
// (which says nothing unless items is a list).
void Compiler::elements(Sketch& sketch) {
  const bool is_old_list = sketch.dialect.items_may_be_a_list() && sketch.word(Word::items).is(Kind::array);
  const Word first_word = is_old_list ? Word::items : Word::prefix_items;
  const Word rest_word = is_old_list ? Word::additional_items : Word::items;
  const View first = sketch.word(first_word);
  const View rest = sketch.word(rest_word);
  if (first && !first.is(Kind::array)) return fail(sketch, first_word, "must be an array of schemas");
  if (rest && !rest.is(Kind::object) && !rest.is(Kind::boolean)) {
    return fail(sketch, rest_word,
                rest.is(Kind::array) ? "must be a schema (a list of them is prefixItems)" : "must be a schema");
  }
  if (!first && !rest) return;
  ElementsRule rule;
  for (const View schema : first.elements())
    rule.first.push_back(block_of(sketch, schema));
  rule.has_rest = static_cast<bool>(rest);
  if (rest) rule.rest = block_of(sketch, rest);
  program_->element_rules.push_back(std::move(rule));
  emit(sketch.of(Kind::array), Op::elements, rest ? rest_word : first_word,
       static_cast<std::uint32_t>(program_->element_rules.size() - 1));
}

void Compiler::contains(Sketch& sketch) {
  const auto least = count(sketch, Word::min_contains);
  const auto most = count(sketch, Word::max_contains);
  const View schema = sketch.word(Word::contains);
  if (!schema) return;  // the counts say nothing alone
  ContainsRule rule;
  rule.block = block_of(sketch, schema);
  rule.looks = sketch.dialect.contains_looks_at_items();
  rule.count_min = least.value_or(1);
  rule.count_max = most.value_or(nothing);
  rule.min_keyword = keyword(least ? Word::min_contains : Word::contains);
  rule.max_keyword = keyword(Word::max_contains);
  program_->contains_rules.push_back(rule);
  emit(sketch.of(Kind::array), Op::contains, Word::contains,
       static_cast<std::uint32_t>(program_->contains_rules.size() - 1));
}

}  // namespace batchd::schema
