#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "rules/job/job.hpp"

namespace batchd::job {

std::string Complaint::text() const {
  const std::string_view kind = is_warning ? "warning: " : "";
  return line > 0 ? fmt::format("{}:{}:{}: {}{}", file, line, column, kind, message)
                  : fmt::format("{}: {}{}", file, kind, message);
}

namespace {

bool has_no_errors(const std::vector<Complaint>& complaints) {
  return std::all_of(complaints.begin(), complaints.end(), [](const Complaint& c) { return c.is_warning; });
}

}  // namespace

bool LoadedConfig::ok() const { return has_no_errors(complaints); }
bool LoadedJob::ok() const { return has_no_errors(complaints); }

std::string to_text(const std::vector<Complaint>& complaints) {
  std::string text;
  for (const bool warnings : {false, true})
    for (const Complaint& complaint : complaints)
      if (complaint.is_warning == warnings) text.append(text.empty() ? "" : "\n").append(complaint.text());
  return text;
}

Environment system_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

}  // namespace batchd::job
