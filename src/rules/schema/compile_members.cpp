// What objects must be. Properties, patterns, the rest and what is required become one rule, so that the evaluator
// walks an object once.

#include <fmt/format.h>

#include "rules/schema/compiler.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

namespace {

MemberRule& member_of(MembersRule& rule, std::string_view key) {
  const std::uint32_t index = rule.keys.add(key);
  if (index == rule.of_key.size()) rule.of_key.emplace_back();
  return rule.of_key[index];
}

}  // namespace

void Compiler::objects(Sketch& sketch) {
  auto& to = sketch.of(Kind::object);
  if (const auto least = count(sketch, Word::min_properties)) emit(to, Op::size_at_least, Word::min_properties, *least);
  if (const auto most = count(sketch, Word::max_properties)) emit(to, Op::size_at_most, Word::max_properties, *most);
  members(sketch);
  dependencies(sketch, Word::dependent_required);
  dependencies(sketch, Word::dependent_schemas);
  dependencies(sketch, Word::dependencies);
}

void Compiler::required(Sketch& sketch, MembersRule& rule) {
  const View value = sketch.word(Word::required);
  if (!value) return;
  if (!value.is(Kind::array)) return fail(sketch, Word::required, "must be an array of strings");
  rule.required_keyword = keyword(Word::required);
  for (const View key : value.elements()) {
    const auto text = key.as_string();
    if (!text) return fail(sketch, Word::required, "must be an array of strings");
    MemberRule& member = member_of(rule, *text);
    if (member.required_bit != nothing) continue;
    member.required_bit = static_cast<std::uint32_t>(rule.required.size());
    rule.required.push_back(rule.keys.add(*text));
  }
}

void Compiler::members(Sketch& sketch) {
  const View others = sketch.word(Word::additional_properties);
  const View names = sketch.word(Word::property_names);
  MembersRule rule;
  if (is_object(sketch, Word::properties)) {
    for (const auto [key, schema] : sketch.word(Word::properties).members()) {
      MemberRule& member = member_of(rule, key);
      member.declared = rule.declares = true;
      member.block = block_of(sketch, schema);
    }
  }
  if (is_object(sketch, Word::pattern_properties)) {
    for (const auto [key, schema] : sketch.word(Word::pattern_properties).members()) {
      const auto index = pattern(sketch, Word::pattern_properties, key, "/" + escaped_step(key));
      if (index) rule.patterns.push_back({*index, block_of(sketch, schema)});
      rule.declares = true;
    }
  }
  required(sketch, rule);
  if (others) {
    rule.has_others = true;
    rule.others = block_of(sketch, others);
    rule.closed = others.is(Kind::boolean) && !*others.as_bool();
    rule.others_keyword = keyword(Word::additional_properties);
  }
  if (names) {
    rule.names = block_of(sketch, names);
    rule.names_keyword = keyword(Word::property_names);
  }
  if (rule.keys.size() == 0 && rule.patterns.empty() && !others && !names) return;
  program_->member_rules.push_back(std::move(rule));
  emit(sketch.of(Kind::object), Op::members, Word::properties,
       static_cast<std::uint32_t>(program_->member_rules.size() - 1));
}

// `dependencies`, the old word, may hold either kind.
void Compiler::dependencies(Sketch& sketch, Word word) {
  if (!is_object(sketch, word)) return;
  for (const auto [key, value] : sketch.word(word).members()) {
    const std::uint32_t when = program_->keys.add(key);
    if (value.is(Kind::array) && word != Word::dependent_schemas) {
      std::vector<std::uint32_t> demanded;
      for (const View name : value.elements()) {
        const auto text = name.as_string();
        if (!text) return fail(sketch, word, "must be an array of strings", "/" + escaped_step(key));
        demanded.push_back(program_->keys.add(*text));
      }
      program_->key_lists.push_back(std::move(demanded));
      emit(sketch.of(Kind::object), Op::demands, word, when,
           static_cast<std::uint32_t>(program_->key_lists.size() - 1));
    } else if (word == Word::dependent_required || (!value.is(Kind::object) && !value.is(Kind::boolean))) {
      return fail(sketch, word, word == Word::dependent_required ? "must be an array of strings" : "must be a schema",
                  "/" + escaped_step(key));
    } else {
      emit(sketch.of(Kind::object), Op::when_present, word, when, block_of(sketch, value));
    }
  }
}

}  // namespace batchd::schema
