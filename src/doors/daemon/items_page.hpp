#pragma once
// The items of a run, a page at a time, by what became of them. Only ids, states and figures: no text of a row.

#include <optional>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "doors/daemon/page_layout.hpp"

namespace batchd::daemon {

inline constexpr std::uint32_t items_shown = 100;  // on one page

struct ItemsFacts {
  model::Run run;
  model::Counts counts;
  store::ItemFilter filter;  // as it was asked
  std::vector<store::ItemState> items;
  bool has_more = false;
  std::string not_found;  // what was looked for and why it is not there
  std::string looked_for;
};
Page items_page(const ItemsFacts& facts);

}  // namespace batchd::daemon
