#pragma once
// A job with its schemas in a folder of its own, as small as one can be, to be spoiled line by line.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/job/job.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::job::test {

inline constexpr std::string_view sound_job = R"(name: tickets
provider: dashscope-intl
input:
  path: data/tickets.jsonl
  id: ticket_id
request:
  model: qwen-plus
  messages:
    - {role: system, content: "Answer in JSON only."}
    - {role: user, content: "{{subject}}"}
output:
  path: out/tickets
)";

class Fixture {
 public:
  batchd::test::TemporaryFolder folder;
  std::map<std::string, std::string, std::less<>> environment = {{"HOME", folder.path().string()}};
  JobOptions options;
  std::string config_text;  // "": there is none

  Environment lookup() const {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
  }
  LoadedConfig config() {
    if (!config_text.empty()) folder.write("batchd.yaml", config_text);
    ConfigOptions config_options;
    config_options.system_folder = "/nowhere";  // not what this machine has
    config_options.current_folder = folder.path();
    config_options.environment = lookup();
    return load_config(config_options);
  }
  LoadedJob load(std::string_view yaml) {
    const Path file = folder.write("job.yaml", yaml);
    options.environment = lookup();
    return load_job(file, "job.yaml", config().config, options);
  }
  // What is said of the job, a line each.
  std::string complaints(std::string_view yaml) { return to_text(load(yaml).complaints); }
  // Of the sound job, with `line` (from 1) replaced; a replacement may hold several lines.
  std::string complaints_with_line(int line, std::string_view replacement) {
    return complaints(with_line(line, replacement));
  }
  // Of the sound job with more at its end: line 13 on.
  std::string complaints_with(std::string_view more) { return complaints(std::string(sound_job).append(more)); }
  // Of a config: what is said of it.
  std::string config_complaints(std::string_view yaml) {
    config_text = yaml;
    return to_text(config().complaints);
  }

  static std::string with_line(int line, std::string_view replacement) {
    std::string text;
    std::string_view rest = sound_job;
    for (int n = 1; !rest.empty(); ++n) {
      const std::size_t length = rest.find('\n') + 1;
      text += n == line ? std::string(replacement) + "\n" : std::string(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    return text;
  }
};

}  // namespace batchd::job::test
