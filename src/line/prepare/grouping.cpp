#include "line/prepare/grouping.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::prepare {
namespace {

bool is_constant(json::View value) {
  if (value.is(json::Kind::object) || value.is(json::Kind::array)) return false;
  const auto text = value.as_string();
  return !text || text->find("{{") == std::string_view::npos;
}

Result<Group> group_from(json::View body) {
  const auto model = body.find("model").as_string();
  if (!model || model->empty()) return Error(ErrorKind::invalid, "the request has no model");
  if (const auto n = body.find("n"); n && n.as_int64() != 1)
    return Error(ErrorKind::invalid,
                 fmt::format("n is {}, but one answer a row is asked for: n must be 1", n.source_text()));
  Group group{std::string(*model), ""};
  if (const auto thinking = body.find("enable_thinking").as_bool()) group.thinking = *thinking ? "true" : "false";
  return group;
}

}  // namespace

Grouping::Grouping(json::View request) {
  const auto thinking = request.find("enable_thinking");
  const auto n = request.find("n");
  const bool constant = request.is(json::Kind::object) && !request.find("$row") && is_constant(request.find("model")) &&
                        (!thinking || is_constant(thinking)) && (!n || is_constant(n));
  if (!constant) return;
  if (auto group = group_from(request)) constant_ = std::move(*group);
}

Result<std::uint32_t> Grouping::group_of(std::string_view body) {
  if (constant_) {
    if (groups_.empty()) groups_.push_back(*constant_);
    return std::uint32_t{0};
  }
  const auto parsed = document_.parse(body);
  if (!parsed) return parsed.error();
  auto group = group_from(*parsed);
  if (!group) return group.error();
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
    return known.model == group->model && known.thinking == group->thinking;
  });
  if (found != groups_.end()) return static_cast<std::uint32_t>(found - groups_.begin());
  if (groups_.size() == Renderer::groups_max) {
    return Error(
        ErrorKind::invalid,
        fmt::format("model \"{}\" would be the {}th group of this run, at most {} (models × thinking modes) are "
                    "allowed",
                    group->model, Renderer::groups_max + 1, Renderer::groups_max));
  }
  groups_.push_back(std::move(*group));
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

}  // namespace batchd::prepare
