#include "rules/model/item.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "ground/base/ulid.hpp"

namespace batchd::model {
namespace {

constexpr std::array<std::string_view, 4> status_names = {"pending", "submitted", "succeeded", "failed"};
constexpr std::array<std::string_view, reason_count> reason_names = {
    "",          "not_json",  "empty",       "schema_mismatch", "truncated",
    "too_large", "refused",   "bad_request", "provider_error",  "expired",
    "missing",   "cancelled", "budget",      "deadline"};

template <typename Number>
std::optional<Number> number_from_text(std::string_view text) {
  Number number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  // A leading zero would make two texts of one number, and a custom_id must name one item.
  const bool whole = fault == std::errc() && end == text.data() + text.size() && text.front() != '0';
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string_view name_of(ItemStatus status) { return status_names[static_cast<std::size_t>(status)]; }
std::string_view name_of(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

std::optional<Reason> reason_from_name(std::string_view name) {
  const auto found = std::find(reason_names.begin(), reason_names.end(), name);
  if (found == reason_names.end()) return std::nullopt;
  return static_cast<Reason>(found - reason_names.begin());
}

std::optional<ItemStatus> status_from_name(std::string_view name) {
  const auto found = std::find(status_names.begin(), status_names.end(), name);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<ItemStatus>(found - status_names.begin());
}

void append_text(std::string& out, std::string_view run, std::uint64_t sequence, std::uint32_t attempt) {
  char digits[20];
  out += run;
  out += '-';
  out.append(digits, std::to_chars(digits, digits + sizeof digits, sequence).ptr);
  out += '-';
  out.append(digits, std::to_chars(digits, digits + sizeof digits, attempt).ptr);
}

std::string to_text(const CustomId& id) {
  std::string text;
  append_text(text, id.run, id.sequence, id.attempt);
  return text;
}

std::optional<CustomId> custom_id_from_text(std::string_view text) {
  constexpr std::size_t ulid_length = 26;
  if (text.size() < ulid_length + 4 || text[ulid_length] != '-') return std::nullopt;
  const auto run = text.substr(0, ulid_length);
  const auto rest = text.substr(ulid_length + 1);
  const auto dash = rest.find('-');
  if (dash == 0 || dash == std::string_view::npos || dash + 1 == rest.size() || !is_ulid(run)) return std::nullopt;
  const auto sequence = number_from_text<std::uint64_t>(rest.substr(0, dash));
  const auto attempt = number_from_text<std::uint32_t>(rest.substr(dash + 1));
  if (!sequence || !attempt) return std::nullopt;
  return CustomId{std::string(run), *sequence, *attempt};
}

}  // namespace batchd::model
