#include "rules/job/variables.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ground/base/suggest.hpp"
#include "ground/base/utf8.hpp"

namespace batchd::job {
namespace {

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::all_of(text.begin(), text.end(), fits);
}

std::string append_run_value(std::string_view name, std::optional<std::string_view> run_date, Expansion& expansion) {
  if (name != "date") {
    const bool is_near = suggest(name, {"date"}).has_value();
    return fmt::format("there is no \"${{run.{}}}\"; {}", name,
                       is_near ? "did you mean \"${run.date}\"?" : "of a run there is only ${run.date}");
  }
  if (!run_date) return "\"${run.date}\" stands only in a job's input.path and output.path";
  expansion.used_run_date = true;
  expansion.text += *run_date;
  return "";
}

// `inside` is what stands between the braces. Returns the fault, "" when there is none.
std::string append_value(std::string_view inside, const Environment& environment,
                         std::optional<std::string_view> run_date, Expansion& expansion) {
  if (inside.starts_with("run.")) return append_run_value(inside.substr(4), run_date, expansion);
  const std::size_t dash = inside.find(":-");
  const std::string_view name = inside.substr(0, dash);
  if (!is_name(name))
    return fmt::format("\"${{{}}}\" names no variable; write ${{NAME}}, ${{NAME:-default}}, or $${{ for a literal",
                       inside);
  const auto value = environment ? environment(name) : std::nullopt;
  expansion.used_a_variable = true;
  if (value && !is_utf8(*value)) return fmt::format("the environment variable {} is not UTF-8", name);
  const bool has_default = dash != std::string_view::npos;
  if (!has_default && !value)
    return fmt::format("the environment variable {0} is not set; set it, or write ${{{0}:-default}}", name);
  // As a shell has it: the default stands in for an empty value, too.
  const std::string found = value.value_or("");
  expansion.text += has_default && found.empty() ? inside.substr(dash + 2) : std::string_view(found);
  return "";
}

}  // namespace

Expansion expand_variables(std::string_view text, const Environment& environment,
                           std::optional<std::string_view> run_date) {
  Expansion expansion;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      expansion.text += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) {
        expansion.fault = "a \"${\" without its \"}\"; a literal one is written $${";
        return expansion;
      }
      expansion.fault = append_value(text.substr(2, end - 2), environment, run_date, expansion);
      if (!expansion.fault.empty()) return expansion;
      text.remove_prefix(end + 1);
    } else {
      const std::size_t next = std::min(text.find('$', 1), text.size());
      expansion.text += text.substr(0, next);
      text.remove_prefix(next);
    }
  }
  return expansion;
}

}  // namespace batchd::job
