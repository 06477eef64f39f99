#pragma once
// The walk from the YAML tree to JSON text. Aliases are followed, variables replaced, keys that repeat found. The
// n-th value or key written is the n-th node of json::Tape, so its origin is found by View::index().

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/job/job.hpp"
#include "rules/job/yaml_tree.hpp"

namespace batchd::job {

struct Origin {
  Place place;
  bool is_member = false;      // the value of a key: that key is the node before it
  bool from_variable = false;  // what it says may be secret and is not repeated in a complaint
  bool is_broken = false;      // it has its complaint already; its JSON is only a filler
};

struct Emission {
  std::string json;
  std::vector<Origin> origins;
  std::vector<YamlFault> faults;
  bool usable = false;  // false: too deep or too large
  bool used_run_date = false;
};

struct EmitRules {
  std::string_view literal_key;                 // under this top-level key ${…} is text like any other; "" for none
  std::string run_date;                         // what ${run.date} stands for
  std::vector<std::string_view> run_date_keys;  // where it may: "input.path"
};

inline constexpr std::size_t json_bytes_max = 16'000'000;  // an alias repeats a long text in a few bytes

Emission emit_json(const YamlTree& tree, const Environment& environment, const EmitRules& rules);

}  // namespace batchd::job
