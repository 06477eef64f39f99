#include "doors/daemon/items_page.hpp"

#include <array>

#include <fmt/format.h>

#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/run_page.hpp"
#include "ground/base/units.hpp"
#include "ground/http/url.hpp"

namespace batchd::daemon {

using html::element;
using html::flag;
using html::lone_element;
using html::together;

namespace {

std::string address_of_items(const ItemsFacts& facts, std::optional<model::ItemStatus> status,
                             std::optional<model::Reason> reason, std::uint64_t after = 0) {
  std::vector<std::pair<std::string, std::string>> query;
  if (status) query.emplace_back("status", name_of(*status));
  if (reason) query.emplace_back("reason", name_of(*reason));
  if (after > 0) query.emplace_back("after", std::to_string(after));
  return path_of({"runs", facts.run.id, "items"}) + http::format_query(query);
}

Html tab(const std::string& address, std::string_view name, std::string_view count, bool is_here) {
  return element(
      "li", {},
      element("a", {{"href", address}, {"aria-current", "true", is_here}}, name, " ", element("small", {}, count)));
}

Html status_tabs(const ItemsFacts& facts) {
  const auto& [status, reason, after, limit] = facts.filter;
  const auto& counts = facts.counts;
  Html tabs = tab(address_of_items(facts, {}, {}), "all", format_count(facts.run.items), !status && !reason);
  const auto add = [&](model::ItemStatus one, std::string_view count) {
    tabs.add(tab(address_of_items(facts, one, {}), name_of(one), count, status == one && !reason));
  };
  add(model::ItemStatus::succeeded, format_count(counts.succeeded));
  add(model::ItemStatus::failed, format_count(counts.failed));
  if (counts.pending > 0) {  // submitted ones are among them
    add(model::ItemStatus::submitted, "");
    add(model::ItemStatus::pending, "");
  }
  return element("ul", {{"class", "tabs"}, {"aria-label", "by status"}}, tabs);
}

Html reason_tabs(const ItemsFacts& facts) {
  Html tabs;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = facts.counts.reasons[static_cast<std::size_t>(i)];
    const auto reason = static_cast<model::Reason>(i);
    if (count > 0 || facts.filter.reason == reason)
      tabs.add(tab(address_of_items(facts, {}, reason), name_of(reason), format_count(count),
                   facts.filter.reason == reason));
  }
  if (tabs.empty()) return tabs;
  return element("ul", {{"class", "tabs"}, {"aria-label", "by reason"}}, tabs);
}

Html search_of(const ItemsFacts& facts) {
  Html html =
      element("form", {{"class", "find"}, {"action", path_of({"runs", facts.run.id, "items"})}, {"role", "search"}},
              element("label", {{"for", "find"}}, "Item"),
              lone_element("input", {{"id", "find"},
                                     {"name", "item"},
                                     {"type", "search"},
                                     {"data-filter", ""},
                                     {"placeholder", "id, #row or custom_id"},
                                     {"value", facts.looked_for},
                                     {"autocomplete", "off"},
                                     {"spellcheck", "false"}}),
              element("button", {{"type", "submit"}}, "Show"));
  if (!facts.not_found.empty()) html.add(element("p", {{"class", "trouble"}, {"role", "alert"}}, facts.not_found));
  return html;
}

Html item_row(const ItemsFacts& facts, const store::ItemState& state) {
  const auto sequence = std::to_string(state.item.sequence);
  return element("tr", {{"data-row", ""}, {"data-key", sequence}},
                 element("td", {{"class", "number"}, {"data-name", "row"}}, "#", sequence),
                 element("td", {{"class", "lead"}},
                         element("a", {{"href", path_of({"runs", facts.run.id, "items", sequence})}},
                                 element("bdi", {}, state.item.id))),
                 element("td", {{"data-name", "status"}}, badge(name_of(state.status))),
                 element("td", {{"data-name", "reason"}}, name_of(state.reason)),
                 element("td", {{"class", "number"}, {"data-name", "attempts"}}, std::to_string(state.attempts)));
}

Html items_table(const ItemsFacts& facts) {
  if (facts.items.empty()) return element("p", {{"class", "empty"}}, "There is no such item.");
  Html head = element("th", {{"scope", "col"}, {"class", "number"}}, "Row");
  for (const char* name : {"Item", "Status", "Reason"})
    head.add(element("th", {{"scope", "col"}}, name));
  head.add(element("th", {{"scope", "col"}, {"class", "number"}}, "Attempts"));
  Html rows;
  for (const auto& state : facts.items)
    rows.add(item_row(facts, state));
  return element("table", {{"class", "rows dense"}}, element("thead", {}, element("tr", {}, head)),
                 element("tbody", {}, rows));
}

}  // namespace

Page items_page(const ItemsFacts& facts) {
  Page page;
  page.title = fmt::format("Items of {}", facts.run.job);
  page.crumbs = crumbs_of(facts.run);
  page.crumbs.emplace_back(path_of({"runs", facts.run.id, "items"}), "Items");
  page.run = facts.run.id;
  page.content.add(element("div", {{"class", "title"}}, element("h1", {}, "Items"), search_of(facts)));
  Html pages;
  const auto& filter = facts.filter;
  if (filter.after_sequence > 0) pages.add(link(address_of_items(facts, filter.status, filter.reason), "First"));
  if (facts.has_more)
    pages.add(link(address_of_items(facts, filter.status, filter.reason, facts.items.back().item.sequence), "Next"));
  if (!pages.empty()) pages = element("nav", {{"class", "pages"}, {"aria-label", "more items"}}, pages);
  page.content.add(element("div", {{"id", "list"}}, status_tabs(facts), reason_tabs(facts), items_table(facts), pages));
  return page;
}

}  // namespace batchd::daemon
