#include "rules/job/emit.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/job/scalars.hpp"
#include "rules/job/variables.hpp"

namespace batchd::job {
namespace {

class Walk {
 public:
  Walk(const YamlTree& tree, const Environment& environment, const EmitRules& rules, Emission& out)
      : tree_(tree), environment_(environment), rules_(rules), out_(out) {}

  void run() {
    value(tree_.root, {}, 0);
    out_.usable = !given_up_;
  }

 private:
  struct Context {
    bool is_member = false;
    bool is_literal = false;  // no variables here
    Place key;                // of a member
    std::string path;         // "input.path"; the elements of a list have their list's
  };

  void value(std::uint32_t index, const Context& context, std::size_t depth) {
    const YamlNode& node = tree_.nodes[tree_.resolve(index)];
    if (is_too_much(node, depth)) return;
    // An empty value has no place of its own; its key does.
    const bool has_no_place = node.kind == YamlNode::Kind::null && context.is_member;
    out_.origins.push_back({has_no_place ? context.key : node.place, context.is_member, false, false});
    switch (node.kind) {
      case YamlNode::Kind::null:
        out_.json += "null";
        break;
      case YamlNode::Kind::plain:
      case YamlNode::Kind::quoted:
        scalar(node, context);
        break;
      case YamlNode::Kind::sequence:
        sequence(node, context, depth);
        break;
      case YamlNode::Kind::map:
        map(node, context, depth);
        break;
      case YamlNode::Kind::alias:
        break;  // resolved above
    }
  }

  bool is_too_much(const YamlNode& node, std::size_t depth) {
    if (given_up_) return true;
    if (depth >= yaml_depth_max)
      give_up(node, fmt::format("nested deeper than {} levels", yaml_depth_max));
    else if (out_.origins.size() >= yaml_nodes_max)
      give_up(node, fmt::format("the aliases stand for more than {} values", yaml_nodes_max));
    else if (out_.json.size() + node.text.size() > json_bytes_max)
      give_up(node, fmt::format("the aliases stand for more than {} bytes", json_bytes_max));
    return given_up_;
  }
  void give_up(const YamlNode& node, std::string message) {
    given_up_ = true;
    out_.faults.push_back({node.place, std::move(message)});
  }

  // The value just begun is of no use; something that is JSON stands in for it.
  void broken(const Place& place, std::string message) {
    out_.origins.back().is_broken = true;
    out_.faults.push_back({place, std::move(message)});
    out_.json += "null";
  }

  void scalar(const YamlNode& node, const Context& context) {
    std::string_view text = node.text;
    Expansion expansion;
    if (!context.is_literal && text.find("${") != std::string_view::npos) {
      expansion = expand_variables(text, environment_, run_date_at(context.path));
      if (!expansion.fault.empty()) return broken(node.place, std::move(expansion.fault));
      out_.origins.back().from_variable = expansion.used_a_variable;
      out_.used_run_date |= expansion.used_run_date;
      text = expansion.text;
    }
    if (node.kind == YamlNode::Kind::quoted) return json::append_quoted(out_.json, text);
    ResolvedScalar resolved = resolve_plain(text);
    if (!resolved.fault.empty()) return broken(node.place, std::move(resolved.fault));
    out_.json += resolved.json;
  }

  std::optional<std::string_view> run_date_at(std::string_view path) const {
    const auto& keys = rules_.run_date_keys;
    if (std::find(keys.begin(), keys.end(), path) == keys.end()) return std::nullopt;
    return rules_.run_date;
  }

  void sequence(const YamlNode& node, Context context, std::size_t depth) {
    context.is_member = false;
    out_.json += '[';
    bool is_first = true;
    for (const std::uint32_t child : node.children) {
      if (given_up_) return;
      if (!is_first) out_.json += ',';
      is_first = false;
      value(child, context, depth + 1);
    }
    out_.json += ']';
  }

  void map(const YamlNode& node, Context context, std::size_t depth) {
    const std::size_t own = out_.origins.size() - 1;
    context.is_member = true;
    std::unordered_map<std::string_view, Place> seen;
    out_.json += '{';
    bool is_first = true;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      if (given_up_) return;
      const YamlNode& key = tree_.nodes[tree_.resolve(node.children[i])];
      if (!is_usable_key(key, node, seen)) {
        // Without its keys the map says nothing more; a repeated or refused key leaves the others their meaning.
        if (key.kind == YamlNode::Kind::map || key.kind == YamlNode::Kind::sequence) out_.origins[own].is_broken = true;
        continue;
      }
      if (is_too_much(key, depth + 1)) return;
      if (!is_first) out_.json += ',';
      is_first = false;
      out_.origins.push_back({key.place, false, false, false});
      json::append_quoted(out_.json, key.text);
      out_.json += ':';
      context.key = key.place;
      Context inner = context;
      inner.path = depth == 0 ? key.text : fmt::format("{}.{}", context.path, key.text);
      if (depth == 0 && !rules_.literal_key.empty() && key.text == rules_.literal_key) inner.is_literal = true;
      value(node.children[i + 1], inner, depth + 1);
    }
    out_.json += '}';
  }

  bool is_usable_key(const YamlNode& key, const YamlNode& map, std::unordered_map<std::string_view, Place>& seen) {
    if (key.kind == YamlNode::Kind::null || (key.kind == YamlNode::Kind::plain && key.text.empty())) {
      out_.faults.push_back({key.place.line > 0 ? key.place : map.place, "a value without a key"});
      return false;
    }
    if (key.kind != YamlNode::Kind::plain && key.kind != YamlNode::Kind::quoted) {
      out_.faults.push_back({map.place, sentence_for_complex_key(key, map)});
      return false;
    }
    if (key.kind == YamlNode::Kind::plain && key.text == "<<") {
      out_.faults.push_back({key.place, "merging maps with \"<<\" is not supported; repeat the keys"});
      return false;
    }
    const auto [known, is_new] = seen.emplace(key.text, key.place);
    if (!is_new)
      out_.faults.push_back({key.place, fmt::format("the key \"{}\" stands here a second time; the first is on line {}",
                                                    key.text, known->second.line)});
    return is_new;
  }

  // `content: {{subject}}` is, to YAML, a map whose key is a map.
  static std::string sentence_for_complex_key(const YamlNode& key, const YamlNode& map) {
    const bool are_two_braces = key.kind == YamlNode::Kind::map && key.place.line == map.place.line &&
                                key.place.byte_column == map.place.byte_column + 1;
    return are_two_braces ? "YAML takes \"{{\" for a map; put the template in quotes: \"{{name}}\""
                          : "a key must be text, not a list or a map";
  }

  const YamlTree& tree_;
  const Environment& environment_;
  const EmitRules& rules_;
  Emission& out_;
  bool given_up_ = false;
};

}  // namespace

Emission emit_json(const YamlTree& tree, const Environment& environment, const EmitRules& rules) {
  Emission emission;
  Walk(tree, environment, rules, emission).run();
  return emission;
}

}  // namespace batchd::job
