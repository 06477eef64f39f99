#include "line/notify/target.hpp"

#include <fmt/format.h>

#include "ground/http/url.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::notify {

std::string to_text(const model::NotifyTarget& target) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  if (target.is_command()) {
    writer.key("command").begin_array();
    for (const auto& word : target.command)
      writer.string(word);
    writer.end_array();
  } else {
    writer.key("url").string(target.url).key("url_env").string(target.url_env);
    writer.key("secret_env").string(target.secret_env).key("secret_file").string(target.secret_file.native());
  }
  writer.end_object();
  return text;
}

Result<model::NotifyTarget> target_from_text(std::string_view text) {
  json::Document document;
  const auto root = document.parse(text);
  if (!root) return root.error().within("the target of a message");
  const auto text_of = [&](std::string_view name) { return std::string(root->find(name).as_string().value_or("")); };
  model::NotifyTarget target;
  target.url = text_of("url");
  target.url_env = text_of("url_env");
  target.secret_env = text_of("secret_env");
  target.secret_file = text_of("secret_file");
  for (const auto word : root->find("command").elements())
    target.command.emplace_back(word.as_string().value_or(""));
  return target;
}

std::string shown(const model::NotifyTarget& target) {
  if (target.is_command()) return fmt::format("command {}", target.command.front());
  if (target.url.empty()) return fmt::format("webhook at the address in {}", target.url_env);
  const auto url = http::parse_url(target.url);
  return url ? fmt::format("webhook at {}", url->authority()) : std::string("webhook");
}

}  // namespace batchd::notify
