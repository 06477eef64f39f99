#pragma once
// What all pages are made of: times, states, links, forms.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "doors/daemon/html.hpp"
#include "ground/base/clock.hpp"
#include "rules/model/item.hpp"
#include "rules/model/run.hpp"

namespace batchd::daemon {

using html::Html;

// How keys of runs begin that were begun on a page.
inline constexpr std::string_view begun_here = "page-";

// "/runs/01jd…/items": each piece percent-encoded.
std::string path_of(std::initializer_list<std::string_view> pieces);
Html link(const std::string& address, std::string_view text);

// "2026-11-29 06:50 UTC"; the script makes the reader's own time of it.
Html time_of(Time time);
// The same with its seconds.
Html second_of(Time time);
// "3 min ago", "in 2 h 05 min": the script keeps it true.
Html time_beside(Time time, Time now);

// Sentences; what stands in `…` is a command.
Html prose(std::string_view text);
// A state as colour, sign and word.
Html badge(std::string_view state);
// The beginning of a run's id, long enough to name it on the command line.
std::string short_id(const model::Run& run);
// What it was begun for: its due time, or the key it was given; who began it where that is all it says.
Html purpose_of(const model::Run& run);

// A figure under its name; `note` smaller beside it.
Html figure(std::string_view name, const Html& value, std::string_view note = "");
// A section with a heading; `name` is its id.
Html section(std::string_view name, std::string_view heading, const Html& content);

using Fields = std::vector<std::pair<std::string, std::string>>;  // hidden in a form
Html button_form(const std::string& action, std::string_view label, const Fields& fields = {});
// The same in two steps: what costs money or ends something is not done by a slip. `id` is unique on the page.
Html careful_form(std::string_view id, const std::string& action, std::string_view label, std::string_view warning,
                  const Fields& fields = {});

// Cut behind so many bytes, between two characters.
struct CutText {
  std::string_view text;
  bool was_cut = false;
};
CutText cut(std::string_view text, std::size_t bytes_max);

}  // namespace batchd::daemon
