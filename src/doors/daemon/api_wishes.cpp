#include "doors/daemon/api_wishes.hpp"

#include <array>
#include <charconv>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "core/engine/ladder.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint32_t page_items_default = 100;
constexpr std::uint32_t page_items_max = 1'000;

template <typename Value>
Result<std::optional<Value>> named(const http::ServerRequest& request, std::string_view parameter,
                                   std::span<const Value> all) {
  const auto text = request.find_query(parameter);
  if (!text) return std::optional<Value>();
  std::string known;
  for (const auto value : all) {
    if (name_of(value) == *text) return std::optional(value);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(value));
  }
  return Error(ErrorKind::invalid, fmt::format("{} is none of {}", parameter, known));
}

constexpr std::array statuses{model::ItemStatus::pending, model::ItemStatus::submitted, model::ItemStatus::succeeded,
                              model::ItemStatus::failed};

std::vector<model::Reason> all_reasons() {
  std::vector<model::Reason> reasons;
  for (int i = 1; i < model::reason_count; ++i)
    reasons.push_back(static_cast<model::Reason>(i));
  return reasons;
}

}  // namespace

Result<std::uint32_t> wanted_limit(const http::ServerRequest& request) {
  const auto text = request.find_query("limit");
  if (!text) return page_items_default;
  std::uint32_t limit = 0;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (fault != std::errc() || end != text->data() + text->size() || limit == 0 || limit > page_items_max)
    return Error(ErrorKind::invalid, fmt::format("limit is no number from 1 to {}", page_items_max));
  return limit;
}

Result<std::optional<model::ItemStatus>> wanted_status(const http::ServerRequest& request) {
  return named<model::ItemStatus>(request, "status", statuses);
}

Result<std::optional<model::Reason>> wanted_reason(const http::ServerRequest& request) {
  const auto reasons = all_reasons();
  return named<model::Reason>(request, "reason", reasons);
}

Result<std::uint64_t> wanted_number(const http::ServerRequest& request, std::string_view name) {
  std::uint64_t number = 0;
  const auto text = request.find_query(name);
  if (!text) return number;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (fault != std::errc() || end != text->data() + text->size())
    return Error(ErrorKind::invalid, fmt::format("{} is no number", name));
  return number;
}

Result<model::ReasonSet> wanted_reasons(const http::ServerRequest& request) {
  model::ReasonSet reasons;
  for (const auto& [name, value] : request.query) {
    if (name != "reason") continue;
    const auto reason = model::reason_from_name(value);
    if (!reason) return Error(ErrorKind::invalid, fmt::format("there is no reason \"{}\"", value));
    if (engine::is_lasting(*reason))
      return Error(ErrorKind::invalid, fmt::format("what is {} would fail again for certain", value));
    reasons.add(*reason);
  }
  return reasons.empty() ? engine::asked_by_hand : reasons;
}

}  // namespace batchd::daemon
