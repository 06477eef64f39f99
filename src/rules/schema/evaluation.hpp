#pragma once
// One program against one value. The same walk in two modes: fast stops at the first fault and allocates nothing once
// the thread's scratch has grown; explaining goes on and notes every fault.
//
// What nobody has looked at: a block that asks for it makes the instructions before it leave the tape index of every
// member or element they look at on a stack (the container's own index for "all of them"). A block that fails takes
// its marks back.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/json/document.hpp"
#include "rules/schema/program.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::schema {

// Blocks within blocks within values: what the native stack is asked to bear.
inline constexpr std::uint32_t evaluation_depth_max = 3'000;
// Blocks run for one value: this many and so many more for each node of its tape. Only a schema whose references
// multiply meets it.
inline constexpr std::uint64_t evaluation_steps_base = 1'000'000;
inline constexpr std::uint64_t evaluation_steps_per_node = 1'000;

// Grows to what the largest value needed, then serves every later one of the thread.
struct Scratch {
  std::vector<std::uint32_t> looked_at;
  std::vector<std::uint32_t> scopes;                            // resources entered, outermost first
  std::vector<std::uint64_t> seen;                              // bits of required keys, for rules with more than 64
  std::vector<std::uint32_t> stamps;                            // by tape index: the round that marked it
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes;  // of elements
  std::uint32_t round = 0;
};

class Evaluation {
 public:
  Evaluation(const Program& program, json::View instance);
  bool accepts();
  std::vector<Fault> explain(std::size_t faults_max);

 private:
  struct Finding {
    Fault fault;
    std::uint32_t node = 0;
    std::uint32_t level = 0;         // how deep in the value
    Kinds wanted = 0;                // of a wrong kind
    std::uint32_t choice = nothing;  // of a wrong choice: index into choices
  };
  // A reference being followed, for the way to the keyword.
  struct Hop {
    BlockId from;
    std::uint16_t keyword;
    BlockId to;
  };
  enum class Stop : std::uint8_t { none, depth, steps, pattern };

  // Of a block on a value; on a value within the value.
  template <bool explaining>
  bool run(BlockId id, std::uint32_t node);
  template <bool explaining>
  bool run_child(BlockId id, std::uint32_t node);
  template <bool explaining>
  bool run_tracked(const Block& block, std::uint32_t node);
  template <bool explaining>
  bool body(const Block& block, std::uint32_t node, std::size_t frame);
  template <bool explaining>
  bool instructions(std::uint32_t begin, std::uint32_t end, std::uint32_t node, std::size_t frame);
  template <bool explaining>
  bool execute(const Instruction& instruction, std::uint32_t node, std::size_t frame);

  template <bool explaining>
  bool members(const Instruction& instruction, std::uint32_t node);
  template <bool explaining>
  bool member(const MembersRule& rule, const MemberRule* known, std::uint32_t key);
  template <bool explaining>
  bool required(const MembersRule& rule, std::uint32_t node, const std::uint64_t* seen);
  template <bool explaining>
  bool elements(const ElementsRule& rule, std::uint32_t node);
  template <bool explaining>
  bool contains(const ContainsRule& rule, std::uint32_t node);
  template <bool explaining>
  bool distinct(const Instruction& instruction, std::uint32_t node);
  template <bool explaining>
  bool demands(const Instruction& instruction, std::uint32_t node);
  template <bool explaining>
  bool unevaluated(const Instruction& instruction, std::uint32_t node, std::size_t frame);
  template <bool explaining>
  bool choose(const Condition& condition, std::uint32_t node);
  template <bool explaining>
  bool follow(const Instruction& instruction, BlockId to, std::uint32_t node);
  template <bool explaining>
  bool all_of(const Instruction& instruction, std::uint32_t node);
  bool any_of(const Instruction& instruction, std::uint32_t node);
  std::uint32_t count_matching(const Instruction& instruction, std::uint32_t node);

  bool none_of(BlockId id, std::uint32_t node);
  bool equals_one_of(const Choice& choice, std::uint32_t node) const;
  bool within_limit(const Instruction& instruction, std::uint32_t node);
  bool matches(std::uint32_t pattern, std::string_view text);
  bool admits(const Block& block, std::uint32_t node) const;
  bool is_integer(Kinds wanted, std::uint32_t node) const;
  std::uint32_t find_member(std::uint32_t object, std::string_view key) const;  // the value's index, or `nothing`
  std::pair<std::uint32_t, std::uint32_t> find_equal_elements(std::uint32_t array);
  BlockId dynamic_target(const Instruction& instruction) const;
  bool stop(Stop reason);
  void look_at(std::uint32_t node) { scratch_.looked_at.push_back(node); }

  std::string_view text_of(std::uint32_t node) const {
    const json::Node& string = nodes_[node];
    return {(string.escaped ? texts_ : source_) + string.text, string.count};
  }
  std::string_view number_of(std::uint32_t node) const {
    const json::Node& number = nodes_[node];
    return {source_ + number.begin, number.count};
  }
  json::View view(std::uint32_t node) const { return {&instance_.tape(), node}; }

  // Explaining only.
  Finding& note(std::uint16_t keyword, std::uint32_t node, std::string message, std::string_view below = {});
  void note_wrong_kind(const Block& block, std::uint32_t node);
  void note_branches(const Instruction& instruction, std::uint32_t node);
  void note_stop();
  bool is_full() const { return findings_.size() >= findings_max_; }
  using Findings = std::vector<Finding>;
  bool merge_shallow(const Instruction& instruction, std::uint32_t node, const std::vector<Findings>& branches);
  std::size_t best_branch(const std::vector<Findings>& branches) const;
  std::string path_of(BlockId block) const;
  void place_in_instance(Finding& finding) const;

  const Program& program_;
  const Block* blocks_;
  const json::View instance_;
  const json::Node* nodes_;
  const char* texts_;
  const char* source_;
  Scratch& scratch_;
  const bool special_;  // marks or scopes must be kept
  bool tracking_ = false;
  Stop stop_ = Stop::none;
  std::uint32_t depth_left_ = evaluation_depth_max;
  std::uint64_t steps_left_;

  BlockId block_ = accept_everything;
  std::uint32_t level_ = 0;
  std::size_t findings_max_ = 0;
  Findings findings_;
  std::vector<Hop> hops_;
};

}  // namespace batchd::schema
