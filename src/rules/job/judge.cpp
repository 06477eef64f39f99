#include "rules/job/judge.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/check.hpp"
#include "ground/base/suggest.hpp"
#include "ground/json/writer.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::job {

extern const std::string_view job_schema;
extern const std::string_view config_schema;

namespace {

// A schema compiled for judging and parsed for what its faults point at.
class Judge {
 public:
  explicit Judge(std::string_view text) : compiled_(compile(text)) {
    check(document_.parse(text).ok(), "an embedded schema is JSON");
  }
  void judge(Source& source) const;
  json::View schema() const { return document_.root(); }

 private:
  static schema::Schema compile(std::string_view text) {
    auto compiled = schema::Schema::compile(text);
    check(compiled.ok(), compiled.ok() ? "" : compiled.error().message);
    return std::move(compiled).value();
  }
  json::View around(std::string_view keyword_pointer) const;
  std::string message_for(const schema::Fault& fault, const Source& source) const;

  schema::Schema compiled_;
  json::Document document_;
};

const Judge& job_judge() {
  static const Judge judge(job_schema);
  return judge;
}
const Judge& config_judge() {
  static const Judge judge(config_schema);
  return judge;
}

std::string prefix_of(std::string_view pointer) { return pointer.empty() ? "" : dotted(pointer) + ": "; }

std::string unescaped(std::string_view token) { return dotted(std::string("/").append(token)); }

std::string or_list(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "nothing" : words[0];
  return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

// People who write a key into a file mean no harm; the sentence must not hold it either.
bool is_secret_key(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  static constexpr std::array<std::string_view, 9> names = {
      "api_key", "apikey", "api-key", "key", "secret", "token", "password", "authorization", "access_key"};
  return std::find(names.begin(), names.end(), lower) != names.end();
}

std::vector<std::string> keys_of(json::View properties) {
  std::vector<std::string> keys;
  for (const auto [key, value] : properties.members())
    keys.emplace_back(key);
  return keys;
}

// "max_requests" at the top belongs into "batch".
std::string home_of(std::string_view name, json::View schema) {
  for (const auto [key, value] : schema.find("properties").members())
    if (value.find("properties").find(name)) return fmt::format("{}.{}", key, name);
  return "";
}

std::string unknown_key(const schema::Fault& fault, const std::string& object, json::View around, json::View schema) {
  std::string text = fmt::format("{}unknown key \"{}\"", prefix_of(object), fault.name);
  if (is_secret_key(fault.name) && around.find("properties").find("api_key_env"))
    return text + "; a key is never written here: name its variable with api_key_env or its file with api_key_file";
  if (const auto meant = suggest(fault.name, keys_of(around.find("properties"))))
    return text + fmt::format("; did you mean \"{}\"?", *meant);
  if (const std::string home = object.empty() ? home_of(fault.name, schema) : ""; !home.empty())
    return text + fmt::format("; did you mean \"{}\"?", home);
  return text;
}

// YAML 1.1 had more words for it; in YAML 1.2 they are text.
std::string instead_of(std::string_view word) {
  for (const std::string_view yes : {"yes", "Yes", "on", "On", "y"})
    if (word == yes) return "; write true";
  for (const std::string_view no : {"no", "No", "off", "Off", "n"})
    if (word == no) return "; write false";
  return "";
}

std::string wrong_type(bool is_root, json::View value, const std::string& shown, json::View types) {
  std::vector<std::string> wanted;
  const auto add = [&](json::View type) {
    const std::string_view name = type.as_string().value_or("");
    if (name == "string") wanted.emplace_back("text");
    if (name == "integer") wanted.emplace_back("a whole number");
    if (name == "number") wanted.emplace_back("a number");
    if (name == "boolean") wanted.emplace_back("true or false");
    if (name == "array") wanted.emplace_back("a list");
    if (name == "object") wanted.emplace_back("a map");
  };
  add(types);
  for (const json::View type : types.elements())
    add(type);
  if (is_root) return fmt::format("the file holds {}, not keys and their values", shown);
  if (value.is_null()) return fmt::format("there is no value; write {}, or remove the key", or_list(wanted));
  std::string text = fmt::format("{} is not {}", shown, or_list(wanted));
  const bool is_scalar = value.is(json::Kind::number) || value.is(json::Kind::boolean);
  if (is_scalar && !wanted.empty() && wanted[0] == "text") text += "; put it in quotes";
  if (!wanted.empty() && wanted[0] == "true or false") text += instead_of(value.as_string().value_or(""));
  return text;
}

// `name: 2024` lacks nothing but its quotes; `first: 5` lacks a unit.
bool fits_as_text(json::View holder, json::View value) {
  auto compiled = schema::Schema::compile(holder.source_text());
  json::Document document;
  const std::string text = json::quoted(value.source_text());
  return compiled.ok() && document.parse(text).ok() && compiled->accepts(document.root());
}

std::string not_in_list(const Source& source, const std::string& instance, json::View list) {
  std::vector<std::string> allowed;
  for (const json::View choice : list.elements())
    allowed.emplace_back(choice.as_string().value_or(choice.source_text()));
  std::string text = fmt::format("{} is not {}", source.shown(instance), or_list(allowed));
  const auto written = source.at(instance).as_string();
  const auto meant = written ? suggest(*written, allowed) : std::nullopt;
  return meant ? text + fmt::format("; did you mean \"{}\"?", *meant) : text;
}

}  // namespace

// The schema object that holds the keyword. References are followed, should the pointer lead through them.
json::View Judge::around(std::string_view keyword_pointer) const {
  json::View at = schema();
  std::string_view rest = keyword_pointer.substr(0, keyword_pointer.rfind('/'));
  while (!rest.empty() && at) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    at = at.find(unescaped(rest.substr(0, end)));
    if (const auto reference = at.as_string(); reference && reference->starts_with('#'))
      at = schema().at_pointer(reference->substr(1));
    rest.remove_prefix(end);
  }
  return at;
}

std::string Judge::message_for(const schema::Fault& fault, const Source& source) const {
  const json::View holder = around(fault.schema);
  const std::string prefix = prefix_of(fault.instance);
  const std::string shown = source.shown(fault.instance);
  const json::View value = source.at(fault.instance);
  const auto meaning = holder.find("patternErrorMessage").as_string();
  const bool is_unfit = fault.keyword == "pattern" || (fault.keyword == "type" && !fits_as_text(holder, value));
  if (meaning && !value.is_null() && is_unfit) return fmt::format("{}{} does not fit: {}", prefix, shown, *meaning);
  if (fault.keyword == "type") return prefix + wrong_type(fault.instance.empty(), value, shown, holder.find("type"));
  if (fault.keyword == "enum") return prefix + not_in_list(source, fault.instance, holder.find("enum"));
  if (fault.keyword == "minimum")
    return fmt::format("{}{} is less than {}", prefix, shown, holder.find("minimum").source_text());
  if (fault.keyword == "maximum")
    return fmt::format("{}{} is more than {}", prefix, shown, holder.find("maximum").source_text());
  if (fault.keyword == "minLength") return prefix + "there is no text";
  return prefix + fault.message;
}

void Judge::judge(Source& source) const {
  for (const schema::Fault& fault : compiled_.explain(source.root(), Source::complaints_max)) {
    if (fault.schema.starts_with("/then/")) continue;  // for editors; check_job.cpp has the words
    if (fault.keyword == "required") {
      source.complain_at_key(fault.instance,
                             fmt::format("{}the key \"{}\" is missing", prefix_of(fault.instance), fault.name));
    } else if (fault.keyword == "additionalProperties") {
      // The place is the unknown key's, whether the fault points at it or at the map around it.
      const std::string own = pointer_to("", fault.name);
      const bool points_at_it = fault.instance.ends_with(own) && !source.at(fault.instance + own);
      const std::string object =
          points_at_it ? fault.instance.substr(0, fault.instance.size() - own.size()) : fault.instance;
      source.complain_at_key(object + own, unknown_key(fault, object, around(fault.schema), schema()));
    } else {
      source.complain_as_written(fault.instance, message_for(fault, source));
    }
  }
}

void judge_job(Source& source) { job_judge().judge(source); }
void judge_config(Source& source) { config_judge().judge(source); }

}  // namespace batchd::job
