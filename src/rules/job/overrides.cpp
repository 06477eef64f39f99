#include "rules/job/overrides.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "ground/base/utf8.hpp"

namespace batchd::job {
namespace {

class Override {
 public:
  Override(YamlTree& tree, std::uint32_t origin) : tree_(tree), place_{origin, 0, 0} {}

  std::vector<YamlFault> faults;

  std::optional<YamlNode> scalar_from(std::string_view value) {
    if (!is_utf8(value)) return refuse("the value is not UTF-8"), std::nullopt;
    if (!value.starts_with('"') && !value.starts_with('\''))
      return YamlNode{YamlNode::Kind::plain, place_, std::string(value), {}, 0};
    YamlReading reading = read_yaml(value);
    for (const YamlFault& fault : reading.faults)
      faults.push_back({place_, fault.message});
    if (!reading.usable) return std::nullopt;
    YamlNode node = reading.tree.nodes[reading.tree.root];
    if (node.kind != YamlNode::Kind::quoted) {
      refuse(fmt::format("{} is not one value in quotes", value));
      return std::nullopt;
    }
    node.place = place_;
    return node;
  }

  void apply(std::string_view path, YamlNode value) {
    const std::uint32_t leaf = tree_.add(std::move(value));
    tree_.root = copy_of(tree_.root);
    std::uint32_t at = tree_.root;
    for (std::string_view rest = path;;) {
      const std::size_t dot = rest.find('.');
      const std::string_view step = rest.substr(0, dot);
      const bool is_last = dot == std::string_view::npos;
      const auto slot = slot_of(at, step);
      if (!slot) return;
      // Nodes may be shared through anchors: the way down is copied, so only this place changes.
      const std::uint32_t old = tree_.nodes[at].children[*slot];
      const std::uint32_t next = is_last ? leaf : copy_of(old);
      tree_.nodes[at].children[*slot] = next;
      if (is_last) return;
      rest.remove_prefix(dot + 1);
      at = next;
    }
  }

 private:
  void refuse(std::string message) { faults.push_back({place_, std::move(message)}); }

  std::uint32_t copy_of(std::uint32_t node) {
    YamlNode copy = tree_.nodes[tree_.resolve(node)];
    return tree_.add(std::move(copy));
  }

  // Where in the children of `container` the step leads; a key that is not there is added.
  std::optional<std::size_t> slot_of(std::uint32_t container, std::string_view step) {
    if (!is_utf8(step)) return refuse("the path is not UTF-8"), std::nullopt;
    if (step.empty()) return refuse("the path has an empty step; write it as request.model"), std::nullopt;
    YamlNode& node = tree_.nodes[container];
    if (node.kind == YamlNode::Kind::null) node.kind = YamlNode::Kind::map;  // `batch:` with nothing below it
    if (node.kind == YamlNode::Kind::map) return member_slot(container, step);
    if (node.kind == YamlNode::Kind::sequence) return element_slot(node, step);
    return refuse(fmt::format("\"{}\" leads into a value that is neither a map nor a list", step)), std::nullopt;
  }
  std::size_t member_slot(std::uint32_t container, std::string_view step) {
    const std::vector<std::uint32_t>& children = tree_.nodes[container].children;
    for (std::size_t i = 0; i + 1 < children.size(); i += 2)
      if (tree_.nodes[tree_.resolve(children[i])].text == step) return i + 1;
    const std::uint32_t key = tree_.add({YamlNode::Kind::quoted, place_, std::string(step), {}, 0});
    const std::uint32_t value = tree_.add({YamlNode::Kind::null, place_, {}, {}, 0});
    std::vector<std::uint32_t>& grown = tree_.nodes[container].children;
    grown.push_back(key);
    grown.push_back(value);
    return grown.size() - 1;
  }
  std::optional<std::size_t> element_slot(const YamlNode& node, std::string_view step) {
    std::size_t element = 0;
    const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), element);
    if (problem == std::errc() && end == step.data() + step.size() && element < node.children.size()) return element;
    refuse(fmt::format("\"{}\" is no element of a list of {}; the first is 0", step, node.children.size()));
    return std::nullopt;
  }

  YamlTree& tree_;
  Place place_;
};

}  // namespace

std::vector<YamlFault> override_value(YamlTree& tree, std::string_view path, std::string_view value,
                                      std::uint32_t origin) {
  Override override_it(tree, origin);
  if (auto scalar = override_it.scalar_from(value)) override_it.apply(path, std::move(*scalar));
  return std::move(override_it.faults);
}

}  // namespace batchd::job
