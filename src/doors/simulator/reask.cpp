#include "doors/simulator/reask.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace batchd::simulator {
namespace {

bool is_assistant(json::View message) { return message.find("role").as_string() == "assistant"; }

// Its text, in one piece or several.
std::string text_of(json::View message) {
  const auto content = message.find("content");
  std::string text(content.as_string().value_or(""));
  for (const json::View part : content.elements())
    text.append(part.find("text").as_string().value_or("")).append("\n");
  return text;
}

bool is_of_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// As a word of its own: "a" is not in "again".
bool names(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_of_a_word(text[at - 1]);
    if (begins && (end == text.size() || !is_of_a_word(text[end]))) return true;
  }
  return false;
}

std::vector<std::string> wrong_in(std::string_view answer, const Shape& given) {
  const Shape* shape = &given;
  while (!shape->alternatives.empty())
    shape = shape->alternatives.front();
  json::Document document;
  const auto root = document.parse(answer);
  if (!root || !root->is(json::Kind::object)) return {"schema", "type"};
  std::vector<std::string> names;
  for (const auto& property : shape->properties)
    if (property.required && !root->find(property.name)) names.push_back(property.name);
  for (const auto& [key, value] : root->members()) {
    const auto is_it = [name = key](const Shape::Property& property) { return property.name == name; };
    if (std::none_of(shape->properties.begin(), shape->properties.end(), is_it)) names.emplace_back(key);
  }
  return names;
}

}  // namespace

std::string_view opening_of(json::View messages) {
  const char* begin = nullptr;
  const char* end = nullptr;
  for (const json::View message : messages.elements()) {
    if (is_assistant(message)) break;
    const auto text = message.source_text();
    if (!begin) begin = text.data();
    end = text.data() + text.size();
  }
  return begin ? std::string_view(begin, static_cast<std::size_t>(end - begin)) : std::string_view();
}

bool names_what_was_wrong(json::View messages, const Shape& shape) {
  std::string answer;
  std::string since;
  bool answered = false;
  for (const json::View message : messages.elements()) {
    if (is_assistant(message)) {
      answered = true;
      answer = text_of(message);
      since.clear();
    } else if (answered) {
      since += text_of(message);
    }
  }
  if (since.empty()) return false;
  const auto wrong = wrong_in(answer, shape);
  return std::any_of(wrong.begin(), wrong.end(), [&](const std::string& name) { return names(since, name); });
}

}  // namespace batchd::simulator
