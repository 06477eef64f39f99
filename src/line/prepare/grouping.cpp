#include "line/prepare/grouping.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::prepare {
namespace {

constexpr std::string_view moderations = "/moderations";

// An absent value is.
bool is_constant(json::View value) {
  if (value.is(json::Kind::object) || value.is(json::Kind::array)) return false;
  const auto text = value.as_string();
  return !text || text->find("{{") == std::string_view::npos;
}

Error invalid(std::string message) { return {ErrorKind::invalid, std::move(message)}; }

Result<Group> group_from(json::View body, bool needs_model) {
  if (!body.is(json::Kind::object))
    return invalid(fmt::format("the request is of kind {}, but must be an object", json::name_of(body.kind())));
  const auto model = body.find("model").as_string().value_or("");
  if (model.empty() && needs_model) return invalid("the request has no model");
  if (const auto n = body.find("n"); n && n.as_int64() != 1)
    return invalid(fmt::format("n is {}, but one answer a row is asked for: n must be 1", n.source_text()));
  Group group{std::string(model), ""};
  if (const auto thinking = body.find("enable_thinking"); thinking && !thinking.is_null()) {
    if (!thinking.is(json::Kind::boolean))
      return invalid(
          fmt::format("enable_thinking is {}, but must be true or false ({{$row: /field}} puts a row's "
                      "value in unchanged)",
                      thinking.source_text()));
    group.thinking = *thinking.as_bool() ? "true" : "false";
  }
  return group;
}

}  // namespace

Grouping::Grouping(json::View request, std::string_view endpoint) : needs_model_(!endpoint.ends_with(moderations)) {
  const bool constant = request.is(json::Kind::object) && !request.find("$row") && is_constant(request.find("model")) &&
                        is_constant(request.find("enable_thinking")) && is_constant(request.find("n"));
  if (!constant) return;
  if (auto group = group_from(request, needs_model_)) constant_ = std::move(*group);
}

Result<std::uint32_t> Grouping::group_of(std::string_view body) {
  if (constant_) {
    if (groups_.empty()) groups_.push_back(*constant_);
    return std::uint32_t{0};
  }
  const auto parsed = document_.parse(body);
  if (!parsed) return parsed.error();
  auto group = group_from(*parsed, needs_model_);
  if (!group) return group.error();
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
    return known.model == group->model && known.thinking == group->thinking;
  });
  if (found != groups_.end()) return static_cast<std::uint32_t>(found - groups_.begin());
  if (groups_.size() == Renderer::groups_max) {
    return invalid(fmt::format(
        "model \"{}\"{} would be one group too many: a run has at most {} (models × thinking modes)", group->model,
        group->thinking.empty() ? "" : " with enable_thinking " + group->thinking, Renderer::groups_max));
  }
  groups_.push_back(std::move(*group));
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

}  // namespace batchd::prepare
