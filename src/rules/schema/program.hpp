#pragma once
// What a schema becomes: blocks of instructions and the tables they point into. No word of JSON Schema is left except
// as text for messages; whichever draft a schema was written in, the evaluator meets the same instructions.
//
// A block is what one subschema demands of one value: the kinds it admits, then instructions for the value's own
// kind, then those for any kind. Blocks refer to each other by number, so recursion costs nothing.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"
#include "rules/schema/format.hpp"
#include "rules/schema/key_table.hpp"
#include "rules/schema/number.hpp"
#include "rules/schema/pattern.hpp"

namespace batchd::schema {

using BlockId = std::uint32_t;
inline constexpr BlockId accept_everything = 0;  // the block without instructions; nobody needs to run it
inline constexpr std::uint32_t nothing = 0xFFFF'FFFF;

// A set of kinds, one bit each; the integer bits narrow numbers when the number bit is not set: to integers however
// written (1.0, 1e2), or to those written as digits alone.
using Kinds = std::uint8_t;
constexpr Kinds bit_of(json::Kind kind) { return static_cast<Kinds>(1U << static_cast<unsigned>(kind)); }
inline constexpr Kinds integer_bit = 1U << 6;
inline constexpr Kinds written_integer_bit = 1U << 7;
inline constexpr Kinds every_integer_bit = integer_bit | written_integer_bit;
inline constexpr Kinds every_kind = 0b11'1111;

enum class Op : std::uint8_t {
  // numbers; a: index into numbers (divisors for multiple_of)
  at_least,
  at_most,
  above,
  below,
  multiple_of,
  // strings; a: code points, index into patterns, index into formats
  length_at_least,
  length_at_most,
  matches,
  has_format,
  // arrays; a: elements, index into element_rules, index into contains_rules
  count_at_least,
  count_at_most,
  elements,
  contains,
  distinct,
  // objects; a: members, index into member_rules; demands: a key in `keys`, b index into key_lists;
  // when_present: a key in `keys`, b block
  size_at_least,
  size_at_most,
  members,
  demands,
  when_present,
  // any kind
  equals_one_of,  // a: index into choices
  call,           // a: block
  dynamic_call,   // a: index into dynamic_names, b: block when no scope says otherwise
  all_of,         // a, b: range of lists
  any_of,
  one_of,
  none_of,              // a: block
  choose,               // a: index into conditions
  unevaluated_members,  // a: block for what nobody has looked at
  unevaluated_elements,
};

struct Instruction {
  Op op;
  std::uint16_t keyword = 0;  // index into keywords: for people
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

struct Block {
  Kinds kinds = every_kind;
  bool never = false;            // the schema `false`
  bool is_leaf = false;          // runs no other block
  bool has_unevaluated = false;  // its last instructions ask what the others have looked at
  std::uint16_t kinds_keyword = 0;
  std::uint32_t resource = 0;
  // Instructions of kind k: [begin[k], begin[k + 1]); those for every kind: [begin[6], begin[7]).
  std::array<std::uint32_t, 8> begin{};
};

struct MemberRule {
  BlockId block = accept_everything;
  std::uint32_t required_bit = nothing;
  bool declared = false;  // named by the schema as a property: not "another" member
};

struct PatternRule {
  std::uint32_t pattern;
  BlockId block;
};

struct MembersRule {
  KeyTable keys;
  std::vector<MemberRule> of_key;       // parallel to keys
  std::vector<std::uint32_t> required;  // key indices by required_bit
  std::vector<PatternRule> patterns;
  BlockId others = accept_everything;
  bool has_others = false;  // every member counts as looked at
  bool closed = false;      // others are refused
  bool declares = false;    // keys or patterns beyond `required`
  BlockId names = accept_everything;
  std::uint16_t required_keyword = 0;
  std::uint16_t others_keyword = 0;
  std::uint16_t names_keyword = 0;
};

struct ElementsRule {
  std::vector<BlockId> first;
  BlockId rest = accept_everything;
  bool has_rest = false;  // every element counts as looked at
};

struct ContainsRule {
  BlockId block = accept_everything;
  std::uint32_t count_min = 1;
  std::uint32_t count_max = nothing;
  bool looks = true;  // the elements that match count as looked at
  std::uint16_t min_keyword = 0;
  std::uint16_t max_keyword = 0;
};

struct Choice {
  std::vector<json::View> values;
  KeyTable strings;
  bool has_others = false;  // values that are not strings
  bool single = false;      // written as one value, not as a list
};

struct Condition {
  BlockId test;
  BlockId then;
  BlockId otherwise;
};

struct Number {
  std::string_view text;
  Decimal decimal;
  bool is_plain = false;  // plain_integer() understands it
  std::int64_t plain = 0;
};

// Where a dynamic reference of this name lands, by the resource that is outermost in scope.
struct DynamicName {
  struct Target {
    std::uint32_t resource;
    BlockId block;
  };
  std::vector<Target> targets;
};

// A schema text with its tape; the program's values point into it.
struct SourceDocument {
  std::string uri;
  std::string text;
  json::Document document;
  json::View root;
};

class Program {
 public:
  std::vector<Block> blocks;
  std::vector<Instruction> instructions;
  std::vector<BlockId> lists;
  std::vector<Number> numbers;
  std::vector<Divisor> divisors;
  std::vector<std::string_view> divisor_texts;
  std::vector<Pattern> patterns;
  std::vector<const Format*> formats;
  std::vector<ElementsRule> element_rules;
  std::vector<ContainsRule> contains_rules;
  std::vector<MembersRule> member_rules;
  std::vector<std::vector<std::uint32_t>> key_lists;  // indices into keys
  KeyTable keys;
  std::vector<Choice> choices;
  std::vector<Condition> conditions;
  std::vector<DynamicName> dynamic_names;
  BlockId root = accept_everything;
  bool tracks = false;      // some block asks what others have looked at
  bool has_scopes = false;  // some reference is dynamic

  // Cold: for messages only.
  std::vector<std::string> keywords;
  std::vector<std::string> locations;  // by block: JSON Pointer in its document
  std::vector<std::unique_ptr<SourceDocument>> documents;
};

}  // namespace batchd::schema
