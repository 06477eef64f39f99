#include "doors/daemon/page_charts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "doors/daemon/page_pieces.hpp"
#include "ground/base/units.hpp"

namespace batchd::daemon {

using html::element;

namespace {

constexpr int strip_height = 24;
constexpr int strip_step = 7;
constexpr int strip_bar_width = 5;
constexpr int strip_bar_min = 7;
constexpr double chart_width = 600;
constexpr double chart_height = 120;
constexpr double bar_width = 1000;

Duration length_of(const model::Run& run, Time now) {
  const auto begun = run.started_at.value_or(run.created_at);
  return std::max(Duration(0), run.finished_at.value_or(now) - begun);
}

std::string percentage(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0 %";
  const auto tenths = part * 1'000 / whole;
  if (part < whole && tenths >= 995) return fmt::format("{}.{} %", tenths / 10, tenths % 10);  // never all too early
  return fmt::format("{} %", (tenths + 5) / 10);
}

std::string number(double value) { return fmt::format("{:.1f}", value); }

Html grid_line(double y) {
  return element("line",
                 {{"x1", "0"}, {"x2", number(chart_width)}, {"y1", number(y)}, {"y2", number(y)}, {"class", "grid"}});
}

// Where the chart's points lie.
struct Scale {
  explicit Scale(const report::Progress& progress)
      : begin(progress.points.front().at),
        length(std::max<Duration>(progress.points.back().at - begin, Duration(1))),
        requests(std::max<std::uint64_t>(progress.requests, 1)) {}
  std::string x(Time at) const {
    return number(static_cast<double>((at - begin).count()) / static_cast<double>(length.count()) * chart_width);
  }
  std::string y(std::uint64_t answered) const {
    return number(chart_height * (1 - static_cast<double>(answered) / static_cast<double>(requests)));
  }
  Time begin;
  Duration length;
  std::uint64_t requests;
};

// Level between the ends of batches: what was in between nobody knows.
std::string steps_of(const report::Progress& progress, const Scale& scale) {
  std::string path;
  for (std::size_t i = 0; i < progress.points.size(); ++i) {
    const auto& [at, answered] = progress.points[i];
    const bool is_now = progress.is_moving && i + 1 == progress.points.size();
    if (i == 0)
      path = fmt::format("M0 {}", scale.y(answered));
    else if (!is_now)
      path += fmt::format(" H{} V{}", scale.x(at), scale.y(answered));
  }
  return path;
}

// Dashed, from the last end to what the provider says now of what it still has.
Html line_to_now(const report::Progress& progress, const Scale& scale) {
  if (!progress.is_moving) return Html();
  const auto& from = progress.points[progress.points.size() - 2];
  const auto& to = progress.points.back();
  const auto path =
      fmt::format("M{} {} L{} {}", scale.x(from.at), scale.y(from.answered), scale.x(to.at), scale.y(to.answered));
  return element("path", {{"d", path}, {"class", "line now"}, {"stroke-dasharray", "5 4"}});
}

}  // namespace

Html run_strip(const std::vector<model::Run>& newest_first, Time now) {
  const auto count = std::min(newest_first.size(), strip_runs_max);
  Duration longest(1);
  for (std::size_t i = 0; i < count; ++i)
    longest = std::max(longest, length_of(newest_first[i], now));
  Html bars;
  for (std::size_t i = count; i-- > 0;) {
    const auto& run = newest_first[i];
    const auto length = length_of(run, now);
    const auto height =
        strip_bar_min + static_cast<int>((strip_height - strip_bar_min) * length.count() / longest.count());
    const auto x = static_cast<int>(count - 1 - i) * strip_step;
    const auto words =
        fmt::format("{}: {}, took {}", format_utc(run.created_at), name_of(run.state), format_duration(length));
    bars.add(element("a", {{"href", path_of({"runs", run.id})}, {"tabindex", "-1"}},
                     element("rect",
                             {{"class", fmt::format("fill-{}", name_of(run.state))},
                              {"x", std::to_string(x)},
                              {"y", std::to_string(strip_height - height)},
                              {"width", std::to_string(strip_bar_width)},
                              {"height", std::to_string(height)},
                              {"rx", "1"}},
                             element("title", {}, words))));
  }
  return element("svg",
                 {{"class", "strip"},
                  {"viewBox", fmt::format("0 0 {} {}", static_cast<int>(strip_runs_max) * strip_step, strip_height)},
                  {"role", "img"},
                  {"aria-label", strip_words(newest_first)}},
                 bars);
}

std::string strip_words(const std::vector<model::Run>& newest_first) {
  const auto count = std::min(newest_first.size(), strip_runs_max);
  const auto end = newest_first.begin() + static_cast<std::ptrdiff_t>(count);
  const auto succeeded = std::count_if(newest_first.begin(), end,
                                       [](const model::Run& run) { return run.state == model::RunState::succeeded; });
  return count == 0 ? "no runs yet" : fmt::format("{} of {} succeeded", succeeded, count);
}

Html stacked_bar(const std::vector<Part>& parts, std::string_view what) {
  std::uint64_t whole = 0;
  for (const auto& part : parts)
    whole += part.count;
  Html rects;
  std::string words;
  double x = 0;
  for (const auto& part : parts) {
    if (part.count == 0) continue;
    // A part of one in a million is still to be seen.
    const auto width = std::max(4.0, static_cast<double>(part.count) / static_cast<double>(whole) * bar_width);
    const auto name = part.name.empty() ? part.kind : part.name;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", format_count(part.count), name);
    rects.add(element("rect",
                      {{"class", "fill-" + part.kind},
                       {"x", number(std::min(x, bar_width - width))},
                       {"y", "0"},
                       {"width", number(width)},
                       {"height", "10"}},
                      element("title", {}, format_count(part.count), " ", name)));
    x += width;
  }
  return element("svg",
                 {{"class", "bar"},
                  {"viewBox", "0 0 1000 10"},
                  {"preserveAspectRatio", "none"},
                  {"role", "img"},
                  {"aria-label", fmt::format("{}: {}", what, words.empty() ? "nothing" : words)}},
                 rects);
}

Html legend(const std::vector<Part>& parts) {
  std::uint64_t whole = 0;
  for (const auto& part : parts)
    whole += part.count;
  Html entries;
  for (const auto& part : parts) {
    if (part.count == 0) continue;
    entries.add(element("li", {}, element("i", {{"class", "key key-" + part.kind}}), format_count(part.count), " ",
                        part.name.empty() ? part.kind : part.name, " ",
                        element("small", {}, percentage(part.count, whole))));
  }
  return element("ul", {{"class", "legend"}}, entries);
}

std::vector<Part> outcome_parts(const model::Counts& counts) {
  const auto fresh = counts.succeeded - std::min(counts.succeeded, counts.reused);
  return {{"succeeded", fresh}, {"reused", counts.reused}, {"failed", counts.failed}, {"pending", counts.pending}};
}

Html progress_chart(const report::Progress& progress) {
  if (progress.points.empty()) return element("p", {{"class", "quiet"}}, "Nothing has been sent yet.");
  const Scale scale(progress);
  const auto& last = progress.points.back();
  const auto line = steps_of(progress, scale);
  const auto words = fmt::format("{} of {} answered ({})", format_count(last.answered),
                                 counted(progress.requests, "request"), percentage(last.answered, progress.requests));
  const auto area = fmt::format("{} V{} H0 Z", line, number(chart_height));
  const auto chart = element("svg",
                             {{"class", "chart"},
                              {"viewBox", fmt::format("0 0 {} {}", chart_width, chart_height)},
                              {"preserveAspectRatio", "none"},
                              {"role", "img"},
                              {"aria-label", "requests answered over time: " + words}},
                             grid_line(0), grid_line(chart_height / 2), grid_line(chart_height),
                             element("path", {{"d", area}, {"class", "area"}}),
                             element("path", {{"d", line}, {"class", "line"}}), line_to_now(progress, scale));
  return element(
      "figure", {{"class", "over-time"}}, element("figcaption", {}, words), chart,
      element("div", {{"class", "axis"}}, second_of(progress.points.front().at),
              element("span", {}, "over ", format_duration(last.at - progress.points.front().at)), second_of(last.at)));
}

}  // namespace batchd::daemon
