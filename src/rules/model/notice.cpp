#include "rules/model/notice.hpp"

#include <algorithm>
#include <array>

namespace batchd::model {
namespace {

constexpr std::array<std::string_view, 4> occasions = {"success", "failure", "limit", "decision"};
constexpr std::array<std::string_view, 3> delivery_states = {"pending", "delivered", "given_up"};

}  // namespace

std::string_view name_of(NotifyOn on) { return occasions[static_cast<std::size_t>(on)]; }

std::optional<NotifyOn> notify_on_from_name(std::string_view name) {
  const auto found = std::find(occasions.begin(), occasions.end(), name);
  if (found == occasions.end()) return std::nullopt;
  return static_cast<NotifyOn>(found - occasions.begin());
}

std::string_view name_of(DeliveryState state) { return delivery_states[static_cast<std::size_t>(state)]; }

}  // namespace batchd::model
