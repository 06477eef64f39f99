#include <optional>
#include <set>

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/job/job.hpp"

namespace batchd::job {
namespace {

using json::View;

// Goes down as long as both sides have the same shape, so that the place named is the place that was edited.
void compare(std::string path, View then, View now, std::vector<std::string>& found) {
  if (!then || !now || then.kind() != now.kind()) return found.push_back(std::move(path));
  if (then.is(json::Kind::object)) {
    std::set<std::string_view> keys;
    for (const auto [key, value] : then.members())
      keys.insert(key);
    for (const auto [key, value] : now.members())
      keys.insert(key);
    for (const std::string_view key : keys)
      compare(fmt::format("{}.{}", path, key), then.find(key), now.find(key), found);
  } else if (then.is(json::Kind::array) && then.size() == now.size()) {
    for (std::size_t n = 0; n < then.size(); ++n)
      compare(fmt::format("{}.{}", path, n), then.at(n), now.at(n), found);
  } else if (json::canonical(then) != json::canonical(now)) {
    found.push_back(std::move(path));
  }
}

void compare_json(const std::string& path, std::string_view then, std::string_view now,
                  std::vector<std::string>& found) {
  if (then == now) return;
  json::Document old_document, new_document;
  const auto old_root = old_document.parse(then);
  const auto new_root = new_document.parse(now);
  if (old_root.ok() && new_root.ok())
    compare(path, *old_root, *new_root, found);
  else
    found.push_back(path);
}

bool is_same_json(std::string_view then, std::string_view now) {
  std::vector<std::string> found;
  compare_json("", then, now, found);
  return found.empty();
}

// The schema is its content, with that of the files it refers to: the same text from another path is the same question.
bool is_same(const std::optional<model::SchemaText>& then, const std::optional<model::SchemaText>& now) {
  if (!then || !now) return then.has_value() == now.has_value();
  if (then->documents.size() != now->documents.size() || !is_same_json(then->text, now->text)) return false;
  for (std::size_t n = 0; n < then->documents.size(); ++n)
    if (!is_same_json(then->documents[n].text, now->documents[n].text)) return false;
  return true;
}

// Where standard input was kept says nothing of what came through it.
bool is_same_path(const model::InputSpec& then, const model::InputSpec& now) {
  return (then.is_standard_input() && now.is_standard_input()) || then.path == now.path;
}

}  // namespace

std::vector<std::string> differences(const model::JobSpec& then, const model::JobSpec& now) {
  std::vector<std::string> found;
  const auto note = [&](const char* key, bool is_different) {
    if (is_different) found.emplace_back(key);
  };
  note("provider", then.provider != now.provider);
  note("endpoint", then.endpoint != now.endpoint);
  note("input.path", !is_same_path(then.input, now.input));
  note("input.format", then.input.format != now.input.format);
  note("input.id", then.input.id != now.input.id);
  note("input.schema", !is_same(then.input.schema, now.input.schema));
  note("input.on_invalid", then.input.on_invalid != now.input.on_invalid);
  note("input.on_duplicate", then.input.on_duplicate != now.input.on_duplicate);
  note("input.on_empty", then.input.on_empty != now.input.on_empty);
  note("input.max_row_bytes", then.input.max_row_bytes != now.input.max_row_bytes);
  compare_json("request", then.request, now.request, found);
  note("output.schema", !is_same(then.output.schema, now.output.schema));
  note("output.take", then.output.take != now.output.take);
  note("output.structured", then.output.structured != now.output.structured);
  return found;
}

std::vector<std::string> differences_in_results(const model::JobSpec& then, const model::JobSpec& now) {
  std::vector<std::string> found;
  if (then.output.path != now.output.path) found.emplace_back("output.path");
  if (then.output.include != now.output.include) found.emplace_back("output.include");
  if (then.output.formats != now.output.formats) found.emplace_back("output.formats");
  if (then.prompt_version != now.prompt_version) found.emplace_back("prompt_version");
  return found;
}

model::JobSpec frozen_with_todays(model::JobSpec frozen, const model::JobSpec& today) {
  frozen.description = today.description;
  frozen.batch = today.batch;
  frozen.recover = today.recover;
  frozen.budget = today.budget;
  frozen.reuse = today.reuse;
  frozen.labels = today.labels;
  frozen.min_success = today.min_success;
  frozen.schedule = today.schedule;
  frozen.notify = today.notify;
  frozen.deadline = today.deadline;
  return frozen;
}

}  // namespace batchd::job
