#include "rules/schema/evaluation.hpp"

#include <algorithm>

#include "rules/schema/code_points.hpp"
#include "rules/schema/equality.hpp"
#include "rules/schema/sentences.hpp"

namespace batchd::schema {

using json::Kind;
using json::Node;
using json::View;

namespace {

Scratch& scratch_of_this_thread() {
  thread_local Scratch scratch;
  scratch.looked_at.clear();
  scratch.scopes.clear();
  scratch.seen.clear();
  scratch.hashes.clear();
  return scratch;
}

std::strong_ordering compare(std::string_view number, const Number& limit) {
  if (limit.is_plain) {
    if (const auto plain = plain_integer(number)) return *plain <=> limit.plain;
    if (const auto plain = plain_decimal(number)) return compare(*plain, limit.plain);
  }
  return Decimal::from_text(number) <=> limit.decimal;
}

// A code point has one to four bytes, so most lengths are known without counting.
bool is_long_enough(std::string_view text, std::uint32_t least) {
  if (text.size() < least) return false;
  return text.size() / 4 >= least || count_code_points(text) >= least;
}

bool is_short_enough(std::string_view text, std::uint32_t most) {
  return text.size() <= most || (text.size() / 4 <= most && count_code_points(text) <= most);
}

}  // namespace

Evaluation::Evaluation(const Program& program, View instance)
    : program_(program),
      blocks_(program.blocks.data()),
      instance_(instance),
      nodes_(instance.tape().nodes.data()),
      texts_(instance.tape().texts.data()),
      source_(instance.tape().source.data()),
      scratch_(scratch_of_this_thread()),
      special_(program.tracks || program.has_scopes),
      steps_left_(evaluation_steps_base +
                  evaluation_steps_per_node * (nodes_[instance.index()].next - instance.index())) {}

bool Evaluation::accepts() { return run<false>(program_.root, instance_.index()) && stop_ == Stop::none; }

bool Evaluation::stop(Stop reason) {
  if (stop_ == Stop::none) stop_ = reason;
  // Everything that is still open ends at its next block.
  steps_left_ = 0;
  return false;
}

// The walk's innermost steps are worth their code twice: measured, a sixth of the time.
[[gnu::always_inline]] inline bool Evaluation::admits(const Block& block, std::uint32_t node) const {
  const Kind kind = nodes_[node].kind;
  if ((block.kinds & bit_of(kind)) != 0) return true;
  return kind == Kind::number && (block.kinds & every_integer_bit) != 0 && is_integer(block.kinds, node);
}

bool Evaluation::is_integer(Kinds wanted, std::uint32_t node) const {
  const std::string_view text = number_of(node);
  return (wanted & integer_bit) != 0 ? is_integer_text(text) : is_written_as_integer(text);
}

template <bool explaining>
[[gnu::always_inline]] inline bool Evaluation::instructions(std::uint32_t begin, std::uint32_t end, std::uint32_t node,
                                                            std::size_t frame) {
  bool accepted = true;
  for (std::uint32_t i = begin; i < end; ++i) {
    if (execute<explaining>(program_.instructions[i], node, frame)) continue;
    if (!explaining || is_full()) return false;
    accepted = false;
  }
  return accepted;
}

template <bool explaining>
[[gnu::always_inline]] inline bool Evaluation::body(const Block& block, std::uint32_t node, std::size_t frame) {
  if (!admits(block, node)) {
    // One fault says it all: what a string lacks as an object helps nobody.
    if constexpr (explaining) note_wrong_kind(block, node);
    return false;
  }
  const auto kind = static_cast<std::size_t>(nodes_[node].kind);
  bool accepted = instructions<explaining>(block.begin[kind], block.begin[kind + 1], node, frame);
  if (!accepted && !explaining) return false;
  // While explaining, what nobody has looked at is not asked of a value with other faults: marks are missing then.
  for (std::uint32_t i = block.begin[6]; i < block.begin[7]; ++i) {
    const Instruction& instruction = program_.instructions[i];
    const bool asks = instruction.op >= Op::unevaluated_members;
    if (explaining && ((asks && !accepted) || is_full())) break;
    if (!execute<explaining>(instruction, node, frame)) {
      if constexpr (!explaining) return false;
      accepted = false;
    }
  }
  return accepted;
}

template <bool explaining>
bool Evaluation::run(BlockId id, std::uint32_t node) {
  if (depth_left_ == 0) [[unlikely]]
    return stop(Stop::depth);
  if (steps_left_ == 0) [[unlikely]]
    return stop(Stop::steps);
  --depth_left_;
  --steps_left_;
  const Block& block = blocks_[id];
  bool accepted = false;
  if constexpr (explaining) {
    const BlockId outer = std::exchange(block_, id);
    accepted = special_ ? run_tracked<true>(block, node) : body<true>(block, node, 0);
    block_ = outer;
  } else {
    accepted = special_ ? run_tracked<false>(block, node) : body<false>(block, node, 0);
  }
  ++depth_left_;
  return accepted;
}

template <bool explaining>
bool Evaluation::run_tracked(const Block& block, std::uint32_t node) {
  auto& looked_at = scratch_.looked_at;
  auto& scopes = scratch_.scopes;
  const std::size_t frame = looked_at.size();
  const bool outer = tracking_;
  const bool enters = program_.has_scopes && (scopes.empty() || scopes.back() != block.resource);
  if (enters) scopes.push_back(block.resource);
  tracking_ = tracking_ || block.has_unevaluated;
  const bool accepted = body<explaining>(block, node, frame);
  tracking_ = outer;
  if (enters) scopes.pop_back();
  if (!accepted) looked_at.resize(frame);
  return accepted;
}

template <bool explaining>
bool Evaluation::run_child(BlockId id, std::uint32_t node) {
  if (id == accept_everything) return true;
  if constexpr (explaining) ++level_;
  bool accepted = false;
  if (!explaining && blocks_[id].is_leaf) {
    return body<false>(blocks_[id], node, 0);  // neither deep nor long, and it asks nobody
  }
  if (!program_.tracks) {
    accepted = run<explaining>(id, node);
  } else {
    // What is looked at within the member is nothing to those who ask about the members.
    const bool outer = std::exchange(tracking_, false);
    const std::size_t marks = scratch_.looked_at.size();
    accepted = run<explaining>(id, node);
    scratch_.looked_at.resize(marks);
    tracking_ = outer;
  }
  if constexpr (explaining) --level_;
  return accepted;
}

template <bool explaining>
bool Evaluation::execute(const Instruction& instruction, std::uint32_t node, std::size_t frame) {
  switch (instruction.op) {
    case Op::members:
      return members<explaining>(instruction, node);
    case Op::elements:
      return elements<explaining>(program_.element_rules[instruction.a], node);
    case Op::contains:
      return contains<explaining>(program_.contains_rules[instruction.a], node);
    case Op::distinct:
      return distinct<explaining>(instruction, node);
    case Op::demands:
      return demands<explaining>(instruction, node);
    case Op::when_present:
      return find_member(node, program_.keys.key(instruction.a)) == nothing || run<explaining>(instruction.b, node);
    case Op::call:
      return follow<explaining>(instruction, instruction.a, node);
    case Op::dynamic_call:
      return follow<explaining>(instruction, dynamic_target(instruction), node);
    case Op::all_of:
      return all_of<explaining>(instruction, node);
    case Op::choose:
      return choose<explaining>(program_.conditions[instruction.a], node);
    case Op::unevaluated_members:
    case Op::unevaluated_elements:
      return unevaluated<explaining>(instruction, node, frame);
    case Op::any_of:
      if (any_of(instruction, node)) return true;
      if constexpr (explaining) note_branches(instruction, node);
      return false;
    case Op::one_of: {
      const std::uint32_t matching = count_matching(instruction, node);
      if (matching == 1) return true;
      if constexpr (explaining) {
        if (matching == 0) {
          note_branches(instruction, node);
        } else {
          note(instruction.keyword, node, "fits more than one of the forms of which exactly one must fit");
        }
      }
      return false;
    }
    case Op::none_of:
      if (none_of(instruction.a, node)) return true;
      if constexpr (explaining)
        note(instruction.keyword, node, "is " + shown(view(node)) + ", which has a form that is not allowed");
      return false;
    case Op::equals_one_of: {
      const Choice& choice = program_.choices[instruction.a];
      if (equals_one_of(choice, node)) return true;
      if constexpr (explaining) {
        note(instruction.keyword, node, wrong_choice(view(node), choice.values, choice.single)).choice = instruction.a;
      }
      return false;
    }
    default:
      if (within_limit(instruction, node)) return true;
      if constexpr (explaining) note(instruction.keyword, node, broken_limit(program_, instruction, view(node)));
      return false;
  }
}

bool Evaluation::within_limit(const Instruction& instruction, std::uint32_t node) {
  const std::uint32_t a = instruction.a;
  switch (instruction.op) {
    case Op::at_least:
      return compare(number_of(node), program_.numbers[a]) >= 0;
    case Op::at_most:
      return compare(number_of(node), program_.numbers[a]) <= 0;
    case Op::above:
      return compare(number_of(node), program_.numbers[a]) > 0;
    case Op::below:
      return compare(number_of(node), program_.numbers[a]) < 0;
    case Op::multiple_of:
      return program_.divisors[a].divides(Decimal::from_text(number_of(node)));
    case Op::length_at_least:
      return is_long_enough(text_of(node), a);
    case Op::length_at_most:
      return is_short_enough(text_of(node), a);
    case Op::matches:
      return matches(a, text_of(node));
    case Op::has_format:
      return program_.formats[a]->check(text_of(node));
    case Op::count_at_least:
    case Op::size_at_least:
      return nodes_[node].count >= a;
    case Op::count_at_most:
    case Op::size_at_most:
      return nodes_[node].count <= a;
    default:
      check(false, "an instruction the evaluator knows");
      return false;
  }
}

bool Evaluation::matches(std::uint32_t pattern, std::string_view text) {
  const Pattern::Verdict verdict = program_.patterns[pattern].match(text);
  if (verdict == Pattern::Verdict::gave_up) return stop(Stop::pattern);
  return verdict == Pattern::Verdict::matches;
}

bool Evaluation::equals_one_of(const Choice& choice, std::uint32_t node) const {
  if (nodes_[node].kind == Kind::string) return choice.strings.find(text_of(node)) != KeyTable::absent;
  if (!choice.has_others) return false;
  return std::ranges::any_of(choice.values, [&](View allowed) { return equal(allowed, view(node)); });
}

template <bool explaining>
bool Evaluation::follow(const Instruction& instruction, BlockId to, std::uint32_t node) {
  if (to == accept_everything) return true;
  if constexpr (!explaining) return run<false>(to, node);
  hops_.push_back({block_, instruction.keyword, to});
  const bool accepted = run<explaining>(to, node);
  hops_.pop_back();
  return accepted;
}

BlockId Evaluation::dynamic_target(const Instruction& instruction) const {
  const auto& targets = program_.dynamic_names[instruction.a].targets;
  for (const std::uint32_t resource : scratch_.scopes) {
    const auto found = std::ranges::find(targets, resource, &DynamicName::Target::resource);
    if (found != targets.end()) return found->block;
  }
  return instruction.b;
}

template <bool explaining>
bool Evaluation::all_of(const Instruction& instruction, std::uint32_t node) {
  bool accepted = true;
  for (std::uint32_t i = instruction.a; i < instruction.b; ++i) {
    if (run<explaining>(program_.lists[i], node)) continue;
    if (!explaining || is_full()) return false;
    accepted = false;
  }
  return accepted;
}

bool Evaluation::any_of(const Instruction& instruction, std::uint32_t node) {
  bool accepted = false;
  for (std::uint32_t i = instruction.a; i < instruction.b; ++i) {
    accepted = run<false>(program_.lists[i], node) || accepted;
    if (accepted && !tracking_) return true;  // else the other branches may look at more
  }
  return accepted;
}

std::uint32_t Evaluation::count_matching(const Instruction& instruction, std::uint32_t node) {
  std::uint32_t matching = 0;
  for (std::uint32_t i = instruction.a; i < instruction.b && matching < 2; ++i) {
    matching += run<false>(program_.lists[i], node) ? 1 : 0;
  }
  return matching;
}

bool Evaluation::none_of(BlockId id, std::uint32_t node) {
  if (id == accept_everything) return false;
  const std::size_t marks = scratch_.looked_at.size();
  const bool accepted = run<false>(id, node);
  scratch_.looked_at.resize(marks);
  return !accepted;
}

template <bool explaining>
bool Evaluation::choose(const Condition& condition, std::uint32_t node) {
  return run<explaining>(run<false>(condition.test, node) ? condition.then : condition.otherwise, node);
}

template <bool explaining>
bool Evaluation::unevaluated(const Instruction& instruction, std::uint32_t node, std::size_t frame) {
  const bool of_members = instruction.op == Op::unevaluated_members;
  if (nodes_[node].kind != (of_members ? Kind::object : Kind::array)) return true;
  auto& marks = scratch_.looked_at;
  const auto begin = marks.begin() + static_cast<std::ptrdiff_t>(frame);
  if (std::find(begin, marks.end(), node) != marks.end()) return true;  // all of it was looked at
  const std::uint32_t end = nodes_[node].next;
  if (scratch_.stamps.size() < end) scratch_.stamps.resize(end, 0);
  if (scratch_.round == nothing) {
    std::ranges::fill(scratch_.stamps, 0);
    scratch_.round = 0;
  }
  // Stamps of earlier rounds are simply old; later ones, of values within, are of other tape indices.
  const std::uint32_t round = ++scratch_.round;
  std::for_each(begin, marks.end(), [&](std::uint32_t mark) { scratch_.stamps[mark] = round; });
  bool accepted = true;
  const std::uint32_t first = node + 1;
  for (std::uint32_t at = first; at < end; at = nodes_[of_members ? at + 1 : at].next) {
    const std::uint32_t value = of_members ? at + 1 : at;
    if (scratch_.stamps[value] == round) continue;
    if (instruction.a != accept_everything && blocks_[instruction.a].never) {
      if constexpr (explaining) {
        if (of_members) {
          note(instruction.keyword, node, unknown_key(text_of(at))).fault.name = text_of(at);
        } else {
          note(instruction.keyword, value, "is an element too many");
        }
      }
      accepted = false;
    } else if (!run_child<explaining>(instruction.a, value)) {
      accepted = false;
    }
    if (!accepted && (!explaining || is_full())) return false;
  }
  look_at(node);
  return accepted;
}

template bool Evaluation::run<true>(BlockId, std::uint32_t);
template bool Evaluation::run<false>(BlockId, std::uint32_t);
template bool Evaluation::run_child<true>(BlockId, std::uint32_t);
template bool Evaluation::run_child<false>(BlockId, std::uint32_t);

}  // namespace batchd::schema
