#include "line/prepare/csv_columns.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/suggest.hpp"
#include "ground/json/writer.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t columns_shown_max = 20;

// The member of the row a variable begins with: "a" of `a.b` and of `/a/b`; "" where it is the row itself.
std::string first_member(std::string_view variable) {
  if (!variable.starts_with('/')) return std::string(variable.substr(0, variable.find('.')));
  std::string name;
  const auto token = variable.substr(1, variable.find('/', 1) - 1);
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escaped = token[i] == '~' && i + 1 < token.size();
    name += is_escaped ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return name;
}

// Letter case and blanks around a name are what people overlook.
std::string plain(std::string_view name) {
  const auto begin = name.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  std::string bare(name.substr(begin, name.find_last_not_of(" \t") - begin + 1));
  std::transform(bare.begin(), bare.end(), bare.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
  return bare;
}

std::optional<std::string> meant(const std::string& name, const std::vector<std::string>& columns) {
  const auto same =
      std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return plain(column) == plain(name); });
  return same == columns.end() ? suggest(name, columns) : *same;
}

std::string listed(const std::vector<std::string>& columns) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < columns.size() && i < columns_shown_max; ++i)
    shown.push_back(json::quoted(columns[i]));
  const auto more = columns.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::vector<WantedColumn> wanted_columns(const model::InputSpec& input, const std::vector<std::string>& variables) {
  std::vector<WantedColumn> wanted;
  if (input.format != model::InputFormat::csv || !input.row_pointer.empty()) return wanted;
  const auto add = [&](std::string name, std::string by) {
    const auto known = [&](const WantedColumn& column) { return column.name == name; };
    if (name.empty() || std::any_of(wanted.begin(), wanted.end(), known)) return;
    wanted.push_back({std::move(name), std::move(by)});
  };
  add(first_member(input.id), "input.id");
  for (const auto& variable : variables)
    add(first_member(variable), "request");
  return wanted;
}

Status check_columns(const std::string& place, const std::vector<std::string>& columns,
                     const std::vector<WantedColumn>& wanted) {
  std::vector<std::string> missing;
  std::vector<std::string> likely;
  for (const auto& column : wanted) {
    if (std::find(columns.begin(), columns.end(), column.name) != columns.end()) continue;
    missing.push_back(fmt::format("{} ({})", json::quoted(column.name), column.by));
    if (const auto near = meant(column.name, columns)) likely.push_back(json::quoted(*near));
  }
  if (missing.empty()) return {};
  return Error(ErrorKind::invalid,
               fmt::format("{}: there is no column {}; there {}: {}", place, fmt::join(missing, " and no "),
                           columns.size() == 1 ? "is" : "are", listed(columns)),
               likely.empty()
                   ? "the first row names the columns; the job's input.id and {{…}} name them in the same way"
                   : fmt::format("did you mean {}?", fmt::join(likely, ", ")));
}

}  // namespace batchd::prepare
