// `batchd run requests.jsonl --provider NAME`: the job nobody had to write.

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/judged_job.hpp"
#include "rules/job/names.hpp"
#include "rules/job/takes.hpp"

namespace batchd::job {
namespace {

constexpr std::size_t name_bytes_max = 100;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Text in quotes, as YAML and as we read it: "${" is a variable otherwise.
std::string yaml_text(std::string_view text) {
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) literal += '$';
    literal += text[i];
  }
  return json::quoted(literal);
}

std::string yaml_of(const RequestsJob& requests) {
  std::string text = "# Made by batchd from a file of requests.\n";
  text += fmt::format("name: {}\n", yaml_text(requests.name));
  text += fmt::format("provider: {}\n", yaml_text(requests.provider));
  text += fmt::format("endpoint: {}\n", yaml_text(requests.endpoint));
  text += fmt::format("input:\n  path: {}\n  format: requests\n", yaml_text(requests.input.string()));
  text += fmt::format("output:\n  take: {}\n  path: {}\n", name_of(takes_of(requests.endpoint).front()),
                      yaml_text(requests.output.string()));
  return text + "min_success: 1.0\n";
}

}  // namespace

std::string job_name_of(const Path& requests) {
  if (requests == model::standard_input) return "stdin";
  std::string stem = requests.filename().string();
  for (const std::string_view ending : {".gz", ".zst", ".jsonl", ".ndjson"})
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  std::string name;
  for (const char c : stem) {
    const bool fits = is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    if (fits)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  const auto begin = std::find_if(name.begin(), name.end(), is_letter_or_digit);
  name.erase(name.begin(), begin);
  name.resize(std::min(name.size(), name_bytes_max));
  while (!name.empty() && !is_letter_or_digit(name.back()))
    name.pop_back();
  return name.empty() ? "requests" : name;
}

LoadedJob load_requests_job(const RequestsJob& requests, const Config& config, const JobOptions& options) {
  if (!is_utf8(requests.input.native()) || !is_utf8(requests.output.native()))
    return {{}, {{requests.shown, 0, 0, "its path is not UTF-8; rename it or its folders", false}}};
  return judged_job({yaml_of(requests), requests.shown, {}, requests.folder, true}, config, options);
}

}  // namespace batchd::job
