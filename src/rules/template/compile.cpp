#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "ground/json/writer.hpp"
#include "rules/template/program.hpp"
#include "rules/template/tags.hpp"

namespace batchd::tmpl {
namespace {

constexpr std::size_t open_sections_max = 16;  // nesting within one string
constexpr std::string_view row_key = "$row";

std::string pointer_token(std::string_view key) {
  std::string token;
  for (char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

Name name_of(std::string_view step) {
  Name name{std::string(step), std::nullopt};
  std::size_t element = 0;
  auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), element);
  if (error == std::errc() && end == step.data() + step.size()) name.element = element;
  return name;
}

Result<Path> path_of(std::string_view text) {
  Path path{std::string(text), {}};
  if (text == ".") return path;
  if (text.find_first_of("{}\"\n") != text.npos)
    return Error(ErrorKind::invalid, fmt::format("\"{{{{{}}}}}\" holds no name of a variable", text));
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find('.', begin), text.size());
    if (begin == end) return Error(ErrorKind::invalid, fmt::format("\"{{{{{}}}}}\" has an empty name in it", text));
    path.names.push_back(name_of(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return path;
}

class Compiler {
 public:
  Result<Program> run(json::View request) {
    if (auto done = value(request); !done) return done.error();
    return std::move(program_);
  }

 private:
  using Code = Operation::Code;

  struct OpenSection {
    std::uint32_t operation;
    Tag tag;
  };

  Status value(json::View value) {
    switch (value.kind()) {
      case json::Kind::string:
        return string(*value.as_string());
      case json::Kind::array:
        return array(value);
      case json::Kind::object:
        return value.find(row_key) ? row_value(value) : object(value);
      default:
        return literal(value.source_text()), Status();
    }
  }

  Status array(json::View array) {
    literal("[");
    std::size_t index = 0;
    for (json::View element : array.elements()) {
      if (index > 0) literal(",");
      if (auto done = inside(std::to_string(index), element); !done) return done;
      ++index;
    }
    literal("]");
    return {};
  }

  Status object(json::View object) {
    literal("{");
    bool first = true;
    for (auto [key, member] : object.members()) {
      if (!first) literal(",");
      first = false;
      literal(json::quoted(key) + ":");
      if (auto done = inside(pointer_token(key), member); !done) return done;
    }
    literal("}");
    return {};
  }

  Status inside(std::string_view token, json::View child) {
    std::size_t size = place_.size();
    place_.append("/").append(token);
    auto done = value(child);
    place_.resize(size);
    return done;
  }

  Status row_value(json::View object) {
    auto pointer = object.find(row_key).as_string();
    if (object.size() != 1) return fault("an object with \"$row\" has no other key");
    if (!pointer || !is_json_pointer(*pointer))
      return fault("\"$row\" takes a JSON Pointer into the row, \"/messages\"");
    append(Code::row_value).subject = index_of(program_.pointers, std::string(*pointer));
    if (!pointer->empty()) require(*pointer);
    return {};
  }

  Status string(std::string_view text) {
    literal("\"");
    TagReader reader(text);
    do {
      if (auto done = reader.next(); !done) return fault(done.error().message);
      std::string escaped;
      json::append_escaped(escaped, reader.literal());
      literal(escaped);
      if (!reader.has_tag()) break;
      if (auto done = tag(reader.tag()); !done) return done;
    } while (true);
    if (!open_.empty()) return fault(fmt::format("the section \"{}\" is never closed", open_.back().tag.written));
    literal("\"");
    return {};
  }

  Status tag(const Tag& tag) {
    if (tag.kind == TagKind::comment) return {};
    if (tag.kind == TagKind::end) return close(tag);
    auto path = path_of(tag.name);
    if (!path) return fault(path.error().message);
    if (tag.kind == TagKind::variable && open_.empty() && !path->names.empty()) require(path->text);
    if (tag.kind != TagKind::variable && open_.size() == open_sections_max)
      return fault(fmt::format("more than {} sections in one another", open_sections_max));

    auto code = tag.kind == TagKind::variable  ? Code::variable
                : tag.kind == TagKind::section ? Code::section
                                               : Code::inverted_section;
    append(code).subject = static_cast<std::uint32_t>(program_.paths.size());
    program_.paths.push_back(std::move(*path));
    if (tag.kind != TagKind::variable) open_.push_back({size() - 1, tag});
    return {};
  }

  Status close(const Tag& tag) {
    if (open_.empty()) return fault(fmt::format("\"{}\" closes a section that was never opened", tag.written));
    const OpenSection& section = open_.back();
    if (section.tag.name != tag.name)
      return fault(fmt::format("\"{}\" stands where \"{}\" must be closed first", tag.written, section.tag.written));
    program_.operations[section.operation].end = size();
    sealed_ = size();
    open_.pop_back();
    return {};
  }

  // Joined with the literal before it, unless a section ends between the two.
  void literal(std::string_view bytes) {
    if (bytes.empty()) return;
    auto& operations = program_.operations;
    if (size() == sealed_ || operations.back().code != Code::literal) {
      append(Code::literal).begin = static_cast<std::uint32_t>(program_.literals.size());
    }
    program_.literals += bytes;
    operations.back().end = static_cast<std::uint32_t>(program_.literals.size());
  }

  Operation& append(Code code) {
    Operation& operation = program_.operations.emplace_back();
    operation.code = code;
    if (code != Code::literal) operation.place = index_of(program_.places, place_);
    return operation;
  }

  // Of the last one, when it is the same, else of a new one.
  static std::uint32_t index_of(std::vector<std::string>& texts, const std::string& text) {
    if (texts.empty() || texts.back() != text) texts.push_back(text);
    return static_cast<std::uint32_t>(texts.size() - 1);
  }

  void require(std::string_view variable) {
    auto& required = program_.required_variables;
    if (std::find(required.begin(), required.end(), variable) == required.end()) required.emplace_back(variable);
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(program_.operations.size()); }
  Error fault(std::string_view what) const { return error_at(place_, what); }

  Program program_;
  std::string place_;              // JSON Pointer of the value compiled now
  std::vector<OpenSection> open_;  // outermost first
  std::uint32_t sealed_ = 0;       // no literal may be joined to what lies before this operation
};

}  // namespace

Result<Program> compile_request(json::View request) { return Compiler().run(request); }

}  // namespace batchd::tmpl
