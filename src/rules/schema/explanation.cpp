// Faults: where they are, how they are worded, and which of many forms' faults are worth telling.

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "rules/schema/evaluation.hpp"
#include "rules/schema/library.hpp"
#include "rules/schema/sentences.hpp"

namespace batchd::schema {

using json::Kind;
using json::View;

std::vector<Fault> Evaluation::explain(std::size_t faults_max) {
  findings_max_ = std::max<std::size_t>(faults_max, 1);
  run<true>(program_.root, instance_.index());
  if (stop_ != Stop::none) note_stop();
  std::vector<Fault> faults;
  for (Finding& finding : findings_) {
    if (faults.size() == findings_max_) break;
    place_in_instance(finding);
    // Two ways to one keyword (a schema referred to twice) say nothing new.
    const bool known = std::ranges::any_of(faults, [&](const Fault& fault) {
      return fault.instance == finding.fault.instance && fault.message == finding.fault.message;
    });
    if (!known) faults.push_back(std::move(finding.fault));
  }
  return faults;
}

Evaluation::Finding& Evaluation::note(std::uint16_t keyword, std::uint32_t node, std::string message,
                                      std::string_view below) {
  Finding& finding = findings_.emplace_back();
  finding.node = node;
  finding.level = level_;
  finding.fault.keyword = program_.keywords[keyword];
  finding.fault.schema = path_of(block_);
  if (!blocks_[block_].never) finding.fault.schema += fmt::format("/{}{}", finding.fault.keyword, below);
  finding.fault.message = std::move(message);
  return finding;
}

void Evaluation::note_wrong_kind(const Block& block, std::uint32_t node) {
  Finding& finding = note(block.kinds_keyword, node, wrong_kind(view(node), block.kinds));
  finding.wanted = block.kinds;
}

// In place of what came of it: once a limit was met, the faults found are those of an unfinished walk.
void Evaluation::note_stop() {
  findings_.clear();
  block_ = program_.root;
  hops_.clear();
  const auto reason = [this]() -> std::string {
    switch (stop_) {
      case Stop::depth:
        return fmt::format("needs a check nested deeper than {} levels", evaluation_depth_max);
      case Stop::steps:
        return "needs more steps to check than are allowed: the schema's references multiply";
      case Stop::pattern:
        return fmt::format("needs more than {} steps to match a pattern", Pattern::match_steps_max);
      case Stop::none:
        break;
    }
    return {};
  };
  note(0, instance_.index(), reason()).fault.schema = "";
}

// The way the evaluation took: each reference hangs its keyword and what lies below its target onto the way so far.
std::string Evaluation::path_of(BlockId block) const {
  std::string path;
  std::size_t skip = 0;
  for (const Hop& hop : hops_) {
    path += std::string_view(program_.locations[hop.from]).substr(skip);
    path += fmt::format("/{}", program_.keywords[hop.keyword]);
    skip = program_.locations[hop.to].size();
  }
  return path += std::string_view(program_.locations[block]).substr(skip);
}

// The tape knows no way up, so the pointer is found from above: into the child whose range holds the node.
void Evaluation::place_in_instance(Finding& finding) const {
  std::string pointer;
  std::uint32_t at = instance_.index();
  while (at != finding.node) {
    const bool is_object = nodes_[at].kind == Kind::object;
    std::uint32_t child = at + 1;
    std::size_t index = 0;
    while (nodes_[is_object ? child + 1 : child].next <= finding.node) {
      child = nodes_[is_object ? child + 1 : child].next;
      ++index;
    }
    if (is_object && child == finding.node) {
      // About a key: the object is the place, and the sentence names the key.
      if (finding.fault.name.empty()) {
        finding.fault.message = fmt::format("the key {}: {}", shown(view(child)), finding.fault.message);
      }
      break;
    }
    pointer += is_object ? "/" + escaped_step(text_of(child)) : fmt::format("/{}", index);
    at = is_object ? child + 1 : child;
  }
  finding.fault.instance = std::move(pointer);
}

void Evaluation::note_branches(const Instruction& instruction, std::uint32_t node) {
  std::vector<Findings> branches;
  Findings outer = std::exchange(findings_, {});
  for (std::uint32_t i = instruction.a; i < instruction.b; ++i) {
    run<true>(program_.lists[i], node);
    branches.push_back(std::exchange(findings_, {}));
  }
  findings_ = std::move(outer);
  if (merge_shallow(instruction, node, branches)) return;
  for (Finding& finding : branches[best_branch(branches)]) {
    if (is_full()) return;
    findings_.push_back(std::move(finding));
  }
}

// Every form fails at the value itself for one kind of reason: one sentence for all of them.
bool Evaluation::merge_shallow(const Instruction& instruction, std::uint32_t node,
                               const std::vector<Findings>& branches) {
  if (branches.size() < 2) return false;
  Kinds wanted = 0;
  std::vector<View> allowed;
  std::size_t wrong_kinds = 0;
  std::size_t wrong_choices = 0;
  for (const Findings& branch : branches) {
    if (branch.size() != 1 || branch.front().node != node) return false;
    wanted |= branch.front().wanted;
    wrong_kinds += branch.front().wanted != 0 ? 1 : 0;
    if (branch.front().choice == nothing) continue;
    ++wrong_choices;
    const auto& values = program_.choices[branch.front().choice].values;
    allowed.insert(allowed.end(), values.begin(), values.end());
  }
  if (wrong_kinds == branches.size()) {
    note(instruction.keyword, node, wrong_kind(view(node), wanted)).wanted = wanted;
    return true;
  }
  if (wrong_choices == branches.size()) {
    note(instruction.keyword, node, wrong_choice(view(node), allowed, false));
    return true;
  }
  return false;
}

// The form that was most likely meant: its kind fits; its telling keys (those with a fixed value) fit; its faults lie
// deepest; they are fewest.
std::size_t Evaluation::best_branch(const std::vector<Findings>& branches) const {
  const auto score = [this](const Findings& branch) {
    bool fits_kind = true;
    std::ptrdiff_t wrong_tells = 0;
    std::uint32_t shallowest = nothing;
    for (const Finding& finding : branch) {
      fits_kind = fits_kind && !(finding.wanted != 0 && finding.level == level_);
      wrong_tells += finding.choice != nothing && finding.level <= level_ + 1 ? 1 : 0;
      shallowest = std::min(shallowest, finding.level);
    }
    return std::tuple(!branch.empty(), fits_kind, -wrong_tells, shallowest,
                      -static_cast<std::ptrdiff_t>(branch.size()));
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < branches.size(); ++i) {
    if (score(branches[i]) > score(branches[best])) best = i;
  }
  return best;
}

}  // namespace batchd::schema
