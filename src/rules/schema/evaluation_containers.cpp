// Objects and arrays: one walk over the members, one over the elements.

#include <algorithm>

#include "rules/schema/equality.hpp"
#include "rules/schema/evaluation.hpp"
#include "rules/schema/sentences.hpp"

namespace batchd::schema {

using json::Kind;

namespace {

constexpr std::size_t word_bits = 64;

bool has_bit(const std::uint64_t* words, std::uint32_t bit) {
  return (words[bit / word_bits] >> (bit % word_bits) & 1) != 0;
}

}  // namespace

std::uint32_t Evaluation::find_member(std::uint32_t object, std::string_view key) const {
  std::uint32_t found = nothing;  // the last one wins should keys repeat
  for (std::uint32_t at = object + 1; at < nodes_[object].next; at = nodes_[at + 1].next) {
    if (text_of(at) == key) found = at + 1;
  }
  return found;
}

template <bool explaining>
bool Evaluation::members(const Instruction& instruction, std::uint32_t node) {
  const MembersRule& rule = program_.member_rules[instruction.a];
  const json::Node& object = nodes_[node];
  if (!explaining && object.count < rule.required.size()) return false;

  // Up to 64 required keys are ticked off in a register; more in the scratch, which nested objects share as a stack.
  std::uint64_t few = 0;
  const std::size_t seen_base = scratch_.seen.size();
  const bool many = rule.required.size() > word_bits;
  if (many) scratch_.seen.resize(seen_base + (rule.required.size() + word_bits - 1) / word_bits, 0);

  bool accepted = true;
  std::uint32_t guess = 0;
  for (std::uint32_t key = node + 1; key < object.next; key = nodes_[key + 1].next) {
    const std::uint32_t index = rule.keys.find(text_of(key), guess);
    const MemberRule* known = nullptr;
    if (index != KeyTable::absent) {
      guess = index + 1;
      known = &rule.of_key[index];
      if (const std::uint32_t bit = known->required_bit; bit != nothing) {
        (many ? scratch_.seen[seen_base + bit / word_bits] : few) |= std::uint64_t{1} << (bit % word_bits);
      }
    }
    if (!member<explaining>(rule, known, key)) {
      accepted = false;
      if (!explaining || is_full()) break;
    }
  }
  if (tracking_ && rule.has_others) look_at(node);
  if (!rule.required.empty() && (accepted || (explaining && !is_full()))) {
    accepted = required<explaining>(rule, node, many ? scratch_.seen.data() + seen_base : &few) && accepted;
  }
  if (many) scratch_.seen.resize(seen_base);
  return accepted;
}

template <bool explaining>
bool Evaluation::member(const MembersRule& rule, const MemberRule* known, std::uint32_t key) {
  const std::uint32_t value = key + 1;
  bool declared = known != nullptr && known->declared;
  bool accepted = !declared || run_child<explaining>(known->block, value);
  for (const PatternRule& pattern : rule.patterns) {
    if (!accepted && !explaining) return false;
    if (!matches(pattern.pattern, text_of(key))) continue;
    declared = true;
    accepted = run_child<explaining>(pattern.block, value) && accepted;
  }
  if (!declared && rule.closed && stop_ == Stop::none) {
    // The object is the place: the key is what is wrong, not its value.
    if constexpr (explaining) note(rule.others_keyword, key, unknown_key(text_of(key))).fault.name = text_of(key);
    accepted = false;
  } else if (!declared) {
    accepted = accepted && run_child<explaining>(rule.others, value);
  } else if (tracking_) {
    look_at(value);
  }
  if (rule.names != accept_everything && (accepted || explaining)) {
    accepted = run_child<explaining>(rule.names, key) && accepted;
  }
  return accepted;
}

template <bool explaining>
bool Evaluation::required(const MembersRule& rule, std::uint32_t node, const std::uint64_t* seen) {
  const auto count = static_cast<std::uint32_t>(rule.required.size());
  bool accepted = true;
  for (std::uint32_t word = 0; word * word_bits < count; ++word) {
    const std::uint32_t left = count - word * static_cast<std::uint32_t>(word_bits);
    const std::uint64_t all = left >= word_bits ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    accepted = accepted && seen[word] == all;
  }
  if constexpr (explaining) {
    for (std::uint32_t bit = 0; bit < count && !is_full(); ++bit) {
      if (has_bit(seen, bit)) continue;
      const std::string_view key = rule.keys.key(rule.required[bit]);
      note(rule.required_keyword, node, missing_key(key)).fault.name = key;
    }
  }
  return accepted;
}

template <bool explaining>
bool Evaluation::elements(const ElementsRule& rule, std::uint32_t node) {
  bool accepted = true;
  std::size_t index = 0;
  for (std::uint32_t at = node + 1; at < nodes_[node].next; at = nodes_[at].next, ++index) {
    const bool is_first = index < rule.first.size();
    if (!is_first && rule.rest == accept_everything) break;
    if (!run_child<explaining>(is_first ? rule.first[index] : rule.rest, at)) {
      accepted = false;
      if (!explaining || is_full()) return false;
    }
    if (tracking_ && is_first) look_at(at);
  }
  if (tracking_ && rule.has_rest) look_at(node);
  return accepted;
}

template <bool explaining>
bool Evaluation::contains(const ContainsRule& rule, std::uint32_t node) {
  std::size_t count = 0;
  for (std::uint32_t at = node + 1; at < nodes_[node].next; at = nodes_[at].next) {
    if (!run_child<false>(rule.block, at)) continue;
    ++count;
    if (tracking_ && rule.looks) {
      look_at(at);
    } else if (!explaining && count >= rule.count_min && rule.count_max == nothing) {
      return true;
    }
  }
  const bool too_many = rule.count_max != nothing && count > rule.count_max;
  if (count >= rule.count_min && !too_many) return true;
  if constexpr (explaining) {
    note(too_many ? rule.max_keyword : rule.min_keyword, node, wrong_contains_count(count, rule, too_many));
  }
  return false;
}

std::pair<std::uint32_t, std::uint32_t> Evaluation::find_equal_elements(std::uint32_t array) {
  constexpr std::uint32_t few = 12;  // below this, comparing all with all is quicker than hashing
  const std::uint32_t end = nodes_[array].next;
  if (nodes_[array].count <= few) {
    for (std::uint32_t one = array + 1; one < end; one = nodes_[one].next) {
      for (std::uint32_t other = nodes_[one].next; other < end; other = nodes_[other].next) {
        if (equal(view(one), view(other))) return {one, other};
      }
    }
    return {nothing, nothing};
  }
  auto& hashes = scratch_.hashes;  // not in use twice at a time: nothing is run from here
  hashes.clear();
  for (std::uint32_t at = array + 1; at < end; at = nodes_[at].next)
    hashes.emplace_back(hash_of(view(at)), at);
  std::ranges::sort(hashes);
  for (std::size_t run = 0; run < hashes.size();) {
    std::size_t next = run + 1;
    for (; next < hashes.size() && hashes[next].first == hashes[run].first; ++next) {
      for (std::size_t other = run; other < next; ++other) {
        if (equal(view(hashes[other].second), view(hashes[next].second)))
          return {hashes[other].second, hashes[next].second};
      }
    }
    run = next;
  }
  return {nothing, nothing};
}

template <bool explaining>
bool Evaluation::distinct(const Instruction& instruction, std::uint32_t node) {
  if (nodes_[node].count < 2) return true;
  const auto [one, other] = find_equal_elements(node);
  if (one == nothing) return true;
  if constexpr (explaining) {
    const auto index_of = [&](std::uint32_t element) {
      std::size_t index = 0;
      for (std::uint32_t at = node + 1; at < element; at = nodes_[at].next)
        ++index;
      return index;
    };
    note(instruction.keyword, node, equal_elements(index_of(one), index_of(other), view(one)));
  }
  return false;
}

template <bool explaining>
bool Evaluation::demands(const Instruction& instruction, std::uint32_t node) {
  const std::string_view when = program_.keys.key(instruction.a);
  if (find_member(node, when) == nothing) return true;
  bool accepted = true;
  for (const std::uint32_t demanded : program_.key_lists[instruction.b]) {
    const std::string_view key = program_.keys.key(demanded);
    if (find_member(node, key) != nothing) continue;
    if constexpr (!explaining) return false;
    note(instruction.keyword, node, demanded_key(when, key)).fault.name = key;
    accepted = false;
  }
  return accepted;
}

template bool Evaluation::members<true>(const Instruction&, std::uint32_t);
template bool Evaluation::members<false>(const Instruction&, std::uint32_t);
template bool Evaluation::elements<true>(const ElementsRule&, std::uint32_t);
template bool Evaluation::elements<false>(const ElementsRule&, std::uint32_t);
template bool Evaluation::contains<true>(const ContainsRule&, std::uint32_t);
template bool Evaluation::contains<false>(const ContainsRule&, std::uint32_t);
template bool Evaluation::distinct<true>(const Instruction&, std::uint32_t);
template bool Evaluation::distinct<false>(const Instruction&, std::uint32_t);
template bool Evaluation::demands<true>(const Instruction&, std::uint32_t);
template bool Evaluation::demands<false>(const Instruction&, std::uint32_t);

}  // namespace batchd::schema
