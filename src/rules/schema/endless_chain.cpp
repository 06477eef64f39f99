// The search for blocks that would be run on one value again and again.

#include "rules/schema/compiler.hpp"

namespace batchd::schema {
namespace {

// The blocks that `id` runs on the very value it is run on. Where a dynamic reference lands is known only later: its
// static target stands for it here, and the evaluator's depth limit for the rest.
std::vector<BlockId> successors(const Program& program, BlockId id) {
  std::vector<BlockId> found;
  const Block& block = program.blocks[id];
  for (std::uint32_t i = block.begin.front(); i < block.begin.back(); ++i) {
    const Instruction& instruction = program.instructions[i];
    switch (instruction.op) {
      case Op::call:
      case Op::none_of:
        found.push_back(instruction.a);
        break;
      case Op::dynamic_call:
      case Op::when_present:
        found.push_back(instruction.b);
        break;
      case Op::all_of:
      case Op::any_of:
      case Op::one_of:
        found.insert(found.end(), program.lists.begin() + instruction.a, program.lists.begin() + instruction.b);
        break;
      case Op::choose: {
        const Condition& condition = program.conditions[instruction.a];
        found.insert(found.end(), {condition.test, condition.then, condition.otherwise});
        break;
      }
      default:
        break;
    }
  }
  return found;
}

}  // namespace

std::optional<BlockId> find_endless_chain(const Program& program) {
  enum class Mark : std::uint8_t { fresh, open, closed };
  struct Step {
    BlockId block;
    std::vector<BlockId> next;
  };
  std::vector<Mark> marks(program.blocks.size(), Mark::fresh);
  std::vector<Step> path;
  for (BlockId start = 0; start < program.blocks.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    path.push_back({start, successors(program, start)});
    marks[start] = Mark::open;
    while (!path.empty()) {
      if (path.back().next.empty()) {
        marks[path.back().block] = Mark::closed;
        path.pop_back();
        continue;
      }
      const BlockId next = path.back().next.back();
      path.back().next.pop_back();
      if (marks[next] == Mark::open) return next;
      if (marks[next] == Mark::closed) continue;
      marks[next] = Mark::open;
      path.push_back({next, successors(program, next)});
    }
  }
  return std::nullopt;
}

}  // namespace batchd::schema
