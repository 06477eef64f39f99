#pragma once
// What the model says, and the chat completion that says it.

#include <cstdint>
#include <string>
#include <string_view>

#include "doors/simulator/answer.hpp"

namespace batchd::simulator {

struct ChatContent {
  std::string text;
  std::string refusal;           // instead of a text
  std::string reasoning;         // before it
  std::string_view tool_name{};  // the text is its arguments
  std::uint64_t blanks = 0;      // so many behind the text, uncounted
  std::string_view finish_reason = "stop";
};

// Appends the completion to `body`. Usage is returned whether it is told or not.
Usage write_chat(const Question& question, const ChatContent& content, bool usage_told, std::string& body);

}  // namespace batchd::simulator
