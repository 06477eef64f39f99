#pragma once
// Which shard a request belongs to: all lines of a batch file share one model and one thinking mode (providers.md 1.4).

#include <optional>
#include <string_view>
#include <vector>

#include "ground/json/document.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::prepare {

class Grouping {
 public:
  // `request` as the job gives it. When its model and enable_thinking are the same for every row, bodies need not be
  // looked at again. Every endpoint needs a model, save /v1/moderations, which has one of its own.
  Grouping(json::View request, std::string_view endpoint);

  // The group of a rendered body; a new one is added. The sentence of what is wrong with it: no object, no model, an
  // enable_thinking that is neither true nor false, n other than 1, more than groups_max groups.
  Result<std::uint32_t> group_of(std::string_view body);
  const std::vector<Group>& groups() const { return groups_; }

 private:
  bool needs_model_;
  std::optional<Group> constant_;
  std::vector<Group> groups_;
  json::Document document_;
};

}  // namespace batchd::prepare
