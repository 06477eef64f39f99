#include "doors/daemon/run_page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/ladder.hpp"
#include "doors/daemon/page_charts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "ground/base/units.hpp"
#include "line/report/machine.hpp"

namespace batchd::daemon {

using html::element;
using html::flag;
using html::lone_element;
using html::together;

namespace {

constexpr std::size_t key_bytes_shown = 80;
constexpr std::size_t happenings_in_sight = 10;  // the others are folded

Html forecast_of(const RunPageFacts& facts) {
  if (!facts.forecast) return Html();
  const auto& forecast = *facts.forecast;
  const auto known = fmt::format("Of {} earlier batches of its model half were done after {}, nine of ten after {}.",
                                 format_count(forecast.batches), report::roughly(forecast.median),
                                 report::roughly(forecast.nine_of_ten));
  if (forecast.is_overdue)
    return element("p", {{"class", "forecast"}}, "It takes longer than any before it. ", element("small", {}, known));
  const auto left = forecast.done_at - facts.now;
  if (left <= Duration(0)) return Html();
  return element("p", {{"class", "forecast"}}, "About ", element("strong", {}, report::roughly(left)), " to go, by ",
                 time_of(forecast.done_at), ". ", element("small", {}, known));
}

// Where it is on its way.
Html way_of(const model::Run& run) {
  struct Station {
    model::RunState state;
    const char* name;
  };
  static constexpr std::array<Station, 3> stations{{{model::RunState::created, "prepare"},
                                                    {model::RunState::running, "ask and collect"},
                                                    {model::RunState::finalizing, "write results"}}};
  Html steps;
  for (const auto& [state, name] : stations) {
    const bool is_here = run.state == state;
    const bool is_behind = run.state > state;
    const char* kind = is_here ? "here" : is_behind ? "behind" : "ahead";
    steps.add(element("li", {{"class", kind}, {"aria-current", "step", is_here}}, name));
  }
  const bool is_over = model::is_final(run.state);
  steps.add(element("li", {{"class", is_over ? "here" : "ahead"}, {"aria-current", "step", is_over}},
                    is_over ? name_of(run.state) : "done"));
  return element("ol", {{"class", "way"}, {"aria-label", "stages of the run"}}, steps);
}

Html untold_of(const RunPageFacts& facts) {
  Html all;
  for (const auto& one : facts.facts.untold)
    all.add(element("p", {{"class", "trouble"}}, prose(report::untold_sentence(one, facts.now))));
  return all.empty() ? Html() : element("div", {{"id", "untold"}}, all);
}

// Why it has failed. A share that an edit on the way has lowered or raised is not told.
Html shortfall_of(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  if (run.state != model::RunState::failed || !facts.min_success || run.items == 0) return Html();
  const auto reached = static_cast<double>(facts.facts.counts.succeeded) / static_cast<double>(run.items);
  if (reached >= *facts.min_success) return Html();
  return element(
      "p", {{"class", "shortfall"}},
      prose(fmt::format("{:.4g} % of its items were accepted, and the job asks for {:.6g} % (`min_success`).",
                        std::floor(reached * 10'000) / 100, *facts.min_success * 100)));
}

Html standing_of(const RunPageFacts& facts) {
  const auto& standing = facts.standing;
  const bool is_held = facts.facts.pause && standing.mood == report::Mood::fine;
  const auto mood = name_of(is_held ? report::Mood::waits : standing.mood);
  return element("div", {{"class", fmt::format("standing mood-{}", mood)}, {"id", "standing"}}, way_of(facts.facts.run),
                 element("p", {}, prose(fmt::format("{}", fmt::join(standing.sentences, " ")))), shortfall_of(facts),
                 forecast_of(facts));
}

Html actions_of(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  const auto to = [&](std::string_view verb) { return path_of({"runs", run.id, verb}); };
  Html html;
  if (model::is_final(run.state) || !facts.may_act) return html;
  if (facts.standing.mood != report::Mood::fine && run.state != model::RunState::created)
    html.add(button_form(to("resume"), "Go on now"));
  const bool is_paused_itself = facts.facts.pause && facts.facts.pause->of == model::PauseOf::run;
  html.add(is_paused_itself ? button_form(to("unpause"), "Let it go on") : button_form(to("pause"), "Pause"));
  if (!run.cancel_requested_at)
    html.add(careful_form("cancel", to("cancel"), "Cancel the run",
                          "Nothing more is sent, batches at the provider are cancelled, and what they have finished "
                          "is kept."));
  return html;
}

Html cost_of(const RunPageFacts& facts) {
  const auto& usage = facts.usage;
  if (usage.attempts == 0 || usage.attempts_without_cost == usage.attempts)
    return element("span", {{"class", "quiet"}}, usage.attempts == 0 ? "nothing yet" : "no price known");
  return together(model::to_text(usage.cost), " ", element("small", {}, facts.currency));
}

Html figures_of(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  const auto& counts = facts.facts.counts;
  const auto items = path_of({"runs", run.id, "items"});
  const auto count_of = [&](std::string_view query, std::uint64_t count) {
    return count > 0 ? link(items + std::string(query), format_count(count)) : Html("0");
  };
  Html list;
  list.add(figure("Items", link(items, format_count(run.items)),
                  run.rejected > 0 ? fmt::format("{} rejected", counted(run.rejected, "row")) : ""));
  list.add(figure("Succeeded", count_of("?status=succeeded", counts.succeeded),
                  counts.reused > 0 ? fmt::format("{} reused", format_count(counts.reused)) : ""));
  list.add(figure("Failed", count_of("?status=failed", counts.failed)));
  list.add(figure("Pending", Html(format_count(counts.pending))));
  list.add(figure("Tokens in", Html(format_count(facts.usage.usage.input_tokens))));
  list.add(figure("Tokens out", Html(format_count(facts.usage.usage.output_tokens)),
                  facts.usage.attempts_without_usage > 0 ? "at least" : ""));
  list.add(figure("Cost", cost_of(facts),
                  facts.usage.attempts_without_cost > 0 && facts.usage.cost.nano > 0 ? "at least" : ""));
  const auto begun = run.started_at.value_or(run.created_at);
  list.add(figure(run.finished_at ? "Took" : "Since begun",
                  Html(format_duration(run.finished_at.value_or(facts.now) - begun))));
  return element("dl", {{"class", "figures"}}, list);
}

// Shards by where they are on their way.
Html stages_of(const report::RunFacts& facts) {
  std::map<model::ShardStage, std::uint64_t> by_stage;
  std::uint64_t reused = 0;
  for (const auto& shard : facts.shards)
    model::is_reused(shard) ? ++reused : ++by_stage[shard.stage];
  std::vector<Part> stages;
  for (const auto& [stage, count] : by_stage)
    stages.push_back({fmt::format("stage-{}", name_of(stage)), count, std::string(report::told(stage))});
  if (reused > 0) stages.push_back({"reused", reused, "of earlier runs"});
  if (stages.empty()) return element("p", {{"class", "quiet"}}, "There are none yet.");
  std::map<std::string, std::uint64_t> by_state;
  for (const auto& batch : facts.submissions)
    ++by_state[std::string(report::batch_state_text(batch))];
  Html html = together(stacked_bar(stages, "shards"), legend(stages));
  if (by_state.empty()) return html;
  Html states;
  for (const auto& [state, count] : by_state)
    states.add(element("li", {}, badge(state), " ", format_count(count)));
  return together(html, element("h3", {}, "Batches"), element("ul", {{"class", "legend"}}, states));
}

Html reasons_of(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  const auto& counts = facts.facts.counts;
  const auto most = *std::max_element(counts.reasons.begin(), counts.reasons.end());
  Html rows;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count == 0) continue;
    const auto reason = static_cast<model::Reason>(i);
    const auto address = path_of({"runs", run.id, "items"}) + fmt::format("?reason={}", name_of(reason));
    const auto width = std::max<std::uint64_t>(4, count * 1'000 / most);
    rows.add(element(
        "tr", {{"data-row", ""}}, element("td", {{"class", "lead"}}, link(address, name_of(reason))),
        element(
            "td", {{"class", "wide"}},
            element("svg",
                    {{"class", "bar"},
                     {"viewBox", "0 0 1000 10"},
                     {"preserveAspectRatio", "none"},
                     {"aria-hidden", "true"}},
                    element("rect", {{"class", "fill-failed"}, {"width", std::to_string(width)}, {"height", "10"}}))),
        element("td", {{"class", "number"}}, format_count(count))));
  }
  return element("table", {{"class", "reasons"}}, element("tbody", {}, rows));
}

// What is asked again when nothing else is said is ticked; what would fail again for certain is not offered.
Html retry_form(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  if (!model::is_final(run.state) || !facts.may_act) return Html();
  Html boxes;
  std::string lasting;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = facts.facts.counts.reasons[static_cast<std::size_t>(i)];
    const auto reason = static_cast<model::Reason>(i);
    if (count == 0) continue;
    if (engine::is_lasting(reason)) {
      lasting += fmt::format("{}{}", lasting.empty() ? "" : ", ", name_of(reason));
      continue;
    }
    boxes.add(element("label", {},
                      lone_element("input", {{"type", "checkbox"},
                                             {"name", "reason"},
                                             {"value", std::string(name_of(reason))},
                                             flag("checked", engine::asked_by_hand.contains(reason))}),
                      " ", name_of(reason), " ", element("small", {}, format_count(count))));
  }
  Html html;
  if (!boxes.empty())
    html.add(element("form", {{"method", "post"}, {"action", path_of({"runs", run.id, "retry"})}, {"class", "retry"}},
                     element("fieldset", {}, element("legend", {}, "Ask once more what failed for"), boxes,
                             element("button", {{"type", "submit"}, {"class", "primary"}}, "Retry"),
                             element("p", {{"class", "quiet"}}, "What is asked again is paid for again."))));
  if (!lasting.empty())
    html.add(
        element("p", {{"class", "quiet"}}, "Not offered, because it would fail again for certain: ", lasting, "."));
  return html;
}

Html batch_row(const report::RunFacts& facts, const model::Shard& shard) {
  const auto* batch = report::newest_submission(facts, shard);
  Html cells;
  cells.add(element("td", {{"class", "number"}, {"data-name", "shard"}}, std::to_string(shard.n)));
  cells.add(element("td", {{"data-name", "stage"}},
                    model::is_reused(shard) ? std::string_view("of earlier runs") : report::told(shard.stage)));
  cells.add(element("td", {{"data-name", "batch"}}, batch ? badge(name_of(batch->state)) : Html()));
  const auto done = batch ? batch->counts.completed + batch->counts.failed : 0;
  cells.add(element("td", {{"class", "number"}, {"data-name", "done"}},
                    batch ? fmt::format("{} of {}", format_count(done), format_count(shard.requests))
                          : format_count(shard.requests)));
  cells.add(element("td", {{"class", "number"}, {"data-name", "took"}},
                    batch && batch->ended_at ? format_duration(*batch->ended_at - batch->intended_at) : ""));
  Html id = batch ? element("code", {}, batch->batch_id) : Html();
  if (!shard.error.empty()) id.add(element("small", {{"class", "trouble"}}, shard.error));
  cells.add(element("td", {{"class", "wide"}, {"data-name", "id"}}, id));
  return element("tr", {{"data-key", std::to_string(shard.n)}}, cells);
}

Html batches_of(const report::RunFacts& facts) {
  std::vector<const model::Shard*> shown;
  for (const auto& shard : facts.shards)
    shown.push_back(&shard);
  std::stable_partition(shown.begin(), shown.end(),
                        [](const auto* shard) { return shard->stage != model::ShardStage::collected; });
  const auto more = shown.size() - std::min(shown.size(), batches_shown_max);
  shown.resize(shown.size() - more);
  Html rows;
  for (const auto* shard : shown)
    rows.add(batch_row(facts, *shard));
  Html head;
  head.add(element("th", {{"scope", "col"}, {"class", "number"}}, "Shard"));
  for (const char* name : {"Stage", "Batch"})
    head.add(element("th", {{"scope", "col"}}, name));
  for (const char* name : {"Requests done", "Took"})
    head.add(element("th", {{"scope", "col"}, {"class", "number"}}, name));
  head.add(element("th", {{"scope", "col"}}, "Batch id"));
  Html html =
      element("table", {{"class", "rows"}}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, rows));
  if (more > 0) html.add(element("p", {{"class", "quiet"}}, format_count(more), " more are collected."));
  return element("details", {{"id", "all-batches"}},
                 element("summary", {}, "Each of them (", format_count(facts.shards.size()), ")"), html);
}

Html lately_of(const std::vector<model::Happening>& lately) {
  Html newest;
  Html before;
  std::size_t told = 0;
  for (auto one = lately.rbegin(); one != lately.rend(); ++one) {
    const auto text = one->shard > 0 ? fmt::format("shard {}: {}", one->shard, one->text) : one->text;
    (told++ < happenings_in_sight ? newest : before)
        .add(element("li", {}, second_of(one->at), element("span", {}, text)));
  }
  Html html = element("ol", {{"class", "lately"}}, newest);
  if (!before.empty())
    html.add(element("details", {{"id", "before"}}, element("summary", {}, "What happened before"),
                     element("ol", {{"class", "lately"}}, before)));
  return html;
}

Html exports_of(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  const auto file = [&](std::string_view name) { return path_of({"runs", run.id, name}); };
  Html links;
  if (facts.has_results) links.add(element("li", {}, link(file("results.jsonl"), "results.jsonl")));
  if (!facts.pruning) links.add(element("li", {}, link(file("results.csv"), "results.csv")));
  if (facts.facts.counts.failed > 0 && facts.has_results)
    links.add(element("li", {}, link(file("failures.jsonl"), "failures.jsonl")));
  if (facts.has_results) links.add(element("li", {}, link(file("report.md"), "report.md")));
  if (facts.pruning)
    return together(links.empty() ? Html() : element("ul", {{"class", "exports"}}, links),
                    element("p", {{"class", "quiet"}}, element("code", {}, "batchd prune"), " deleted its answers at ",
                            time_of(facts.pruning->at), ". ",
                            facts.has_results ? "What was published remains, and so do its figures."
                                              : "Its published files are gone, too; its figures remain."));
  return together(element("ul", {{"class", "exports"}}, links),
                  element("p", {{"class", "quiet"}},
                          facts.has_results ? "The files stand in the run's folder, too."
                                            : "results.csv holds what is finished so far; results.jsonl "
                                              "is written at the end."));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> crumbs_of(const model::Run& run) {
  return {{"/", "Jobs"}, {path_of({"jobs", run.job}), run.job}, {path_of({"runs", run.id}), short_id(run)}};
}

Page run_page(const RunPageFacts& facts) {
  const auto& run = facts.facts.run;
  Page page;
  page.title = fmt::format("{} {}", run.job, name_of(run.state));
  page.crumbs = crumbs_of(run);
  page.run = run.id;
  Html about = together(element("code", {}, run.id), " at ", run.provider, ", begun ", time_of(run.created_at));
  if (run.simulated) about.add(", simulated");
  if (run.sample) about.add(", a sample");
  about.add(", key ").add(element("code", {}, cut(run.key, key_bytes_shown).text));
  page.content.add(element("div", {{"class", "title"}, {"id", "title"}},
                           element("h1", {}, run.job, " ", badges_of(run, facts.facts.pause.has_value())),
                           element("p", {{"class", "lede"}}, about),
                           element("div", {{"class", "actions"}}, actions_of(facts))));
  page.content.add(standing_of(facts));
  page.content.add(untold_of(facts));
  const auto outcomes = outcome_parts(facts.facts.counts);
  page.content.add(
      section("items", "Items", together(stacked_bar(outcomes, "items"), legend(outcomes), figures_of(facts))));
  if (facts.facts.counts.failed > 0)
    page.content.add(section("reasons", "Why items failed", together(reasons_of(facts), retry_form(facts))));
  page.content.add(
      section("progress", "Progress over time", progress_chart(report::progress_of(facts.facts, facts.now))));
  page.content.add(section("stages", "Shards", together(stages_of(facts.facts), batches_of(facts.facts))));
  if (run.items > 0 && facts.shows_content) page.content.add(section("export", "Export", exports_of(facts)));
  page.content.add(section("lately", "What happened", lately_of(facts.lately)));
  return page;
}

}  // namespace batchd::daemon
