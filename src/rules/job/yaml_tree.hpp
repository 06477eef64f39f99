#pragma once
// A YAML text as a tree of our own, with the place of every node. Aliases stay aliases: a small text can stand for an
// endless document, so only the walk that writes JSON follows them, and counts.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace batchd::job {

// Where a node was written. Origin 0 is the file, n the nth --set (which has no line).
struct Place {
  std::uint32_t origin = 0;
  int line = 0;         // from 1; 0: the whole file
  int byte_column = 0;  // from 1, in bytes of the line
  bool operator==(const Place&) const = default;
};

struct YamlFault {
  Place place;
  std::string message;
};

struct YamlNode {
  enum class Kind : std::uint8_t { null, plain, quoted, sequence, map, alias };
  Kind kind = Kind::null;
  Place place;
  std::string text;                     // of a scalar; a plain one is not yet a number or a boolean
  std::vector<std::uint32_t> children;  // of a map: key, value, key, value…
  std::uint32_t target = 0;             // of an alias; may be a container that holds the alias
};

struct YamlTree {
  std::vector<YamlNode> nodes;
  std::uint32_t root = 0;

  std::uint32_t add(YamlNode node) {
    nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }
  // The node itself, or what the alias stands for. Aliases of aliases are impossible in YAML.
  std::uint32_t resolve(std::uint32_t node) const {
    return nodes[node].kind == YamlNode::Kind::alias ? nodes[node].target : node;
  }
};

inline constexpr std::size_t yaml_bytes_max = 1'000'000;
inline constexpr std::size_t yaml_nodes_max = 100'000;  // written, and again when aliases are followed
inline constexpr std::size_t yaml_depth_max = 64;

struct YamlReading {
  YamlTree tree;
  std::vector<YamlFault> faults;
  bool usable = false;  // false: there is no tree, the faults say why
};

// One document, UTF-8, with or without a byte-order mark. Marks count without that mark.
YamlReading read_yaml(std::string_view text);

}  // namespace batchd::job
