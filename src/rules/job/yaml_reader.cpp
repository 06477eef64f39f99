// The only place that knows yaml-cpp. Its events are used, not its nodes: nodes keep duplicate keys silently, lose the
// difference between a plain and a quoted scalar's place, and cannot tell an alias from a copy.

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "rules/job/yaml_characters.hpp"
#include "rules/job/yaml_tree.hpp"

namespace batchd::job {
namespace {

constexpr std::string_view core_tags = "tag:yaml.org,2002:";

Place place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {0, mark.line + 1, mark.column + 1};
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(YamlTree& tree, std::vector<YamlFault>& faults) : tree_(tree), faults_(faults) {}

  bool is_overfull() const { return overfull_; }
  Place first_place() const { return first_place_; }
  const std::optional<YAML::Mark>& last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark& mark) override { first_place_ = place_of(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(YamlNode::Kind::null, mark, anchor, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto node = add(YamlNode::Kind::alias, mark, YAML::NullAnchor, {});
    if (node && anchor < anchors_.size()) tree_.nodes[*node].target = anchors_[anchor];
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const YamlNode::Kind kind = scalar_kind(mark, tag);
    if (kind == YamlNode::Kind::quoted) last_quoted_ = mark;
    add(kind, mark, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "seq");
    open(YamlNode::Kind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag, "map");
    open(YamlNode::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // "?" is a plain scalar, "!" a quoted one; !!str makes text of anything, the other core tags change nothing.
  YamlNode::Kind scalar_kind(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag.empty()) return YamlNode::Kind::plain;
    if (tag == "!" || tag == std::string(core_tags) + "str") return YamlNode::Kind::quoted;
    for (const std::string_view known : {"int", "float", "bool", "null"})
      if (tag == std::string(core_tags).append(known)) return YamlNode::Kind::plain;
    refuse_tag(mark, tag);
    return YamlNode::Kind::quoted;
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag, std::string_view allowed) {
    if (tag.empty() || tag == "?" || tag == "!" || tag == std::string(core_tags).append(allowed)) return;
    refuse_tag(mark, tag);
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (overfull_) return;
    faults_.push_back({place_of(mark), fmt::format("the YAML tag \"{}\" has no meaning here; remove it", tag)});
  }

  std::optional<std::uint32_t> add(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
                                   const std::string& text) {
    if (overfull_) return std::nullopt;
    if (tree_.nodes.size() >= yaml_nodes_max) {
      overfull_ = true;
      faults_.push_back({place_of(mark), fmt::format("more than {} values", yaml_nodes_max)});
      return std::nullopt;
    }
    const std::uint32_t node = tree_.add({kind, place_of(mark), text, {}, 0});
    if (open_.empty())
      tree_.root = node;
    else
      tree_.nodes[open_.back()].children.push_back(node);
    if (anchor != YAML::NullAnchor) {
      if (anchors_.size() <= anchor) anchors_.resize(anchor + 1, 0);
      anchors_[anchor] = node;
    }
    return node;
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (const auto node = add(kind, mark, anchor, {})) open_.push_back(*node);
  }
  void close() {
    if (!overfull_ && !open_.empty()) open_.pop_back();
  }

  YamlTree& tree_;
  std::vector<YamlFault>& faults_;
  std::vector<std::uint32_t> open_;     // containers, outermost first
  std::vector<std::uint32_t> anchors_;  // by yaml-cpp's number, which counts from 1
  Place first_place_;
  std::optional<YAML::Mark> last_quoted_;
  bool overfull_ = false;
};

// What yaml-cpp says, as a sentence that says what to do.
struct Sentence {
  std::string_view theirs;  // how its message begins
  std::string_view ours;
};
constexpr std::array<Sentence, 16> sentences = {{
    {"illegal tab when looking for indentation", "a tab in the indentation; YAML allows only spaces there"},
    {"end of map flow not found", "a \"{\" without its \"}\", or a comma is missing"},
    {"end of sequence flow not found", "a \"[\" without its \"]\", or a comma is missing"},
    {"end of map not found", "this line does not go on with the map above it; look at its indentation"},
    {"end of sequence not found", "this line does not go on with the list above it; look at its indentation"},
    {"illegal map value", "\": \" stands within the text; put the whole text in quotes"},
    {"illegal map key", "a key cannot begin here; look at the indentation"},
    {"illegal block entry", "a \"- \" cannot stand here; look at the indentation"},
    {"illegal EOF in scalar", "a quote is opened before this place and never closed"},
    {"illegal flow end", "a \"}\" or \"]\" that nothing opened"},
    {"unknown token", "text cannot begin with this character; put it in quotes"},
    {"unknown escape character", "an unknown escape; in double quotes a backslash is written \"\\\\\""},
    {"invalid unicode", "an escape that is no character; write the character itself"},
    {"bad character found while scanning hex number", "an escape without its hexadecimal digits"},
    {"the referenced anchor is not defined", "this alias names an anchor that does not stand above it"},
    {"unexpected character in block scalar", "behind \"|\" or \">\" nothing but \"-\", \"+\" or a digit may stand"},
}};

std::string line_of(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int n = 1; n < line && begin != std::string_view::npos; ++n) {
    const std::size_t end = text.find('\n', begin);
    begin = end == std::string_view::npos ? end : end + 1;
  }
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, text.find('\n', begin) - begin));
}

// yaml-cpp takes the end of the file for the end of a quoted text when a line break stands before it. `text` begins
// with the node: its anchor and tag, if any, then the quote.
bool is_closed(std::string_view text) {
  while (text.starts_with('&') || text.starts_with('!')) {
    text.remove_prefix(std::min(text.find_first_of(" \t\r\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  if (!text.starts_with('"') && !text.starts_with('\'')) return true;
  const char quote = text[0];
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool is_escape = quote == '"' ? text[at] == '\\' : text.substr(at, 2) == "''";
    if (!is_escape && text[at] == quote) return true;
    at += is_escape ? 1 : 0;
  }
  return false;
}

std::string sentence_for(const std::string& theirs, std::string_view text, int line) {
  std::string sentence = "the YAML cannot be read: " + theirs;
  for (const Sentence& known : sentences)
    if (theirs.starts_with(known.theirs)) sentence = known.ours;
  const std::string written = line_of(text, line);
  if (const std::size_t tab = written.find('\t'); tab < written.find_first_not_of(" \t"))
    return "a tab in the indentation; YAML allows only spaces there";
  if (theirs.starts_with("illegal block entry") && written.ends_with(": -"))
    return "a lone \"-\" begins a list; standard input is written \"-\", in quotes";
  // Nine times in ten a brace on the line is the cause: YAML takes it for the beginning of a map.
  if (written.find("{{") != std::string::npos)
    sentence += "; a value with {{…}} must be in quotes";
  else if (written.find("${") != std::string::npos)
    sentence += "; within { } a ${…} must be in quotes";
  return sentence;
}

void parse(std::string_view text, YamlReading& reading) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  TreeBuilder builder(reading.tree, reading.faults);
  if (!parser.HandleNextDocument(builder) || reading.tree.nodes.empty()) {
    reading.faults.push_back({{0, 1, 1}, "the file is empty"});
    return;
  }
  if (builder.is_overfull()) return;
  if (const auto& last = builder.last_quoted(); last && !is_closed(text.substr(static_cast<std::size_t>(last->pos)))) {
    reading.faults.push_back({place_of(*last), "a quote is opened here and never closed"});
    return;
  }
  reading.usable = true;
  YamlTree second_tree;
  std::vector<YamlFault> ignored;
  TreeBuilder second(second_tree, ignored);
  if (!parser.HandleNextDocument(second)) return;
  reading.usable = false;
  reading.faults.push_back({second.first_place(), "a second YAML document begins here; one file is one document"});
}

}  // namespace

YamlReading read_yaml(std::string_view text) {
  YamlReading reading;
  if (text.size() > yaml_bytes_max) {
    reading.faults.push_back({{}, fmt::format("longer than {} bytes", yaml_bytes_max)});
    return reading;
  }
  if (auto fault = character_fault(text)) {
    reading.faults.push_back(std::move(*fault));
    return reading;
  }
  try {
    parse(text, reading);
  } catch (const YAML::Exception& problem) {
    reading.usable = false;
    const Place place = place_of(problem.mark);
    reading.faults.push_back({place, sentence_for(problem.msg, text, place.line)});
  } catch (const std::exception& problem) {
    reading.usable = false;
    reading.faults.push_back({{}, std::string("the YAML cannot be read: ") + problem.what()});
  }
  return reading;
}

}  // namespace batchd::job
