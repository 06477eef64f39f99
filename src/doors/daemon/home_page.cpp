#include "doors/daemon/home_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/daemon/page_charts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/run_table.hpp"
#include "ground/base/ulid.hpp"
#include "ground/base/units.hpp"

namespace batchd::daemon {

using html::element;
using html::lone_element;
using html::together;

namespace {

Html complaints_of(const JobLine& job) {
  if (job.complaints.empty()) return Html();
  return element("pre", {{"class", "complaint"}}, fmt::format("{}", fmt::join(job.complaints, "\n")));
}

// What became of the newest due time, where it is not simply a run.
Html due_trouble(const JobLine& job, Time now) {
  if (!job.due) return Html();
  const auto fate = job.due->fate;
  if (fate != model::DueFate::skipped && fate != model::DueFate::refused) return Html();
  return element("small", {{"class", "trouble"}}, "due ", time_beside(job.due->at, now), ", ", name_of(fate), ": ",
                 job.due->detail);
}

Html last_result(const JobLine& job, Time now) {
  if (job.runs.empty())
    return together(element("span", {{"class", "quiet"}}, job.has_pruned ? "its runs are pruned" : "no run yet"),
                    due_trouble(job, now));
  const auto& run = job.runs.front();
  return together(element("a", {{"href", path_of({"runs", run.id})}, {"class", "plain"}}, badge(name_of(run.state))),
                  element("small", {}, counts_words(job.newest_counts, run.items), ", ",
                          time_beside(run.finished_at.value_or(run.created_at), now)),
                  due_trouble(job, now));
}

Html job_row(const JobLine& job, const HomeFacts& facts) {
  if (job.name.empty())
    return element("tr", {{"data-row", ""}, {"data-key", job.file}, {"class", "broken"}},
                   element("td", {{"class", "lead"}, {"colspan", "5"}}, element("strong", {}, job.file), " ",
                           badge("broken"), complaints_of(job)));
  Html name = link(path_of({"jobs", job.name}), job.name);
  if (job.pause) name.add(" ").add(badge("paused"));
  if (!job.description.empty()) name.add(element("small", {}, job.description));
  if (job.is_broken)
    name.add(element("small", {{"class", "trouble"}}, "the file is broken now; it goes on as it last was good"));
  name.add(complaints_of(job));
  return element("tr", {{"data-row", ""}, {"data-key", job.name}}, element("td", {{"class", "lead"}}, name),
                 element("td", {{"data-name", "last result"}}, last_result(job, facts.now)),
                 element("td", {{"data-name", "last thirty"}}, run_strip(job.runs, facts.now),
                         element("small", {}, strip_words(job.runs))),
                 element("td", {{"data-name", "next run"}}, schedule_of(job, facts.now)),
                 element("td", {{"class", "actions"}}, facts.may_act ? begin_form(job.name, facts.begin_key) : Html()));
}

Html job_table(const HomeFacts& facts) {
  if (facts.jobs.empty() && !facts.looked_for.empty())
    return element("p", {{"class", "empty"}}, "No job is called so.");
  if (facts.jobs.empty())
    return element("p", {{"class", "empty"}}, "There is no job in the folder yet. ",
                   element("code", {}, "batchd init NAME"), " writes one that runs at once.");
  Html head;
  for (const char* name : {"Job", "Last result", "Last thirty", "Next run", ""})
    head.add(element("th", {{"scope", "col"}}, name));
  Html rows;
  for (const auto& job : facts.jobs)
    rows.add(job_row(job, facts));
  Html html = element("table", {{"class", "rows jobs"}}, element("thead", {}, element("tr", {}, head)),
                      element("tbody", {}, rows));
  if (facts.jobs_hidden > 0)
    html.add(element("p", {{"class", "quiet"}},
                     fmt::format("{} more; the filter finds them.", counted(facts.jobs_hidden, "job"))));
  return html;
}

Html time_left(const GoingOn& one, Time now) {
  if (!one.forecast || one.forecast->is_overdue || one.forecast->done_at <= now) return Html();
  return together("About ", element("strong", {}, report::roughly(one.forecast->done_at - now)), " to go, by ",
                  time_of(one.forecast->done_at), ". ");
}

Html going_on_entry(const GoingOn& one, Time now) {
  const auto& run = one.facts.run;
  return element(
      "li", {{"data-row", ""}, {"data-key", run.id}, {"class", fmt::format("mood-{}", name_of(one.standing.mood))}},
      element("div", {{"class", "head"}}, element("a", {{"href", path_of({"runs", run.id})}}, run.job), " ",
              badges_of(run, one.facts.pause.has_value()),
              element("small", {}, counts_words(one.facts.counts, run.items))),
      stacked_bar(outcome_parts(one.facts.counts), "items"),
      element("p", {}, time_left(one, now), prose(fmt::format("{}", fmt::join(one.standing.sentences, " ")))));
}

Html going_on_list(const HomeFacts& facts) {
  if (facts.going_on.empty()) return element("p", {{"class", "quiet"}}, "Nothing is under way.");
  Html entries;
  for (const auto& one : facts.going_on)
    entries.add(going_on_entry(one, facts.now));
  return element("ul", {{"class", "going-on"}}, entries);
}

// A run's id leads to it.
Html due_detail(const model::DueRun& due) {
  return due.fate == model::DueFate::begun && is_ulid(due.detail) ? link(path_of({"runs", due.detail}), due.detail)
                                                                  : Html(due.detail);
}

Html due_list(const std::vector<model::DueRun>& due, Time now) {
  Html rows;
  for (const auto& one : due) {
    if (one.fate == model::DueFate::watched) continue;
    rows.add(element("tr", {}, element("td", {}, time_of(one.at)), element("td", {}, name_of(one.fate)),
                     element("td", {{"class", "wide"}}, element("small", {}, due_detail(one), " "),
                             element("small", {{"class", "quiet"}}, time_beside(one.noted_at, now)))));
  }
  if (rows.empty()) return Html();
  return section("due", "Due times", element("table", {{"class", "small"}}, element("tbody", {}, rows)));
}

}  // namespace

namespace {

// Of few jobs none need be looked for.
constexpr std::size_t jobs_in_sight = 8;

Html filter_of(const HomeFacts& facts) {
  if (facts.looked_for.empty() && facts.jobs.size() + facts.jobs_hidden <= jobs_in_sight) return Html();
  return element("form", {{"class", "find"}, {"action", "/"}, {"role", "search"}},
                 element("label", {{"for", "find"}}, "Job"),
                 lone_element("input", {{"id", "find"},
                                        {"name", "find"},
                                        {"type", "search"},
                                        {"data-filter", ""},
                                        {"placeholder", "part of its name"},
                                        {"value", facts.looked_for},
                                        {"autocomplete", "off"},
                                        {"spellcheck", "false"}}),
                 element("button", {{"type", "submit"}}, "Show"));
}

// Since when, and what that means.
Html pause_words(const JobLine& job, Time now) {
  if (!job.pause) return Html();
  const bool is_of_job = job.pause->of == model::PauseOf::job;
  return element("p", {{"class", "notice"}}, is_of_job ? "It" : "Its provider " + job.pause->name, " is paused since ",
                 time_of(job.pause->since), ", ", time_beside(job.pause->since, now),
                 ": nothing more is submitted, and what is at the provider is collected. ",
                 element("code", {}, "batchd unpause " + argument_of(*job.pause)), " ends that.");
}

Html actions_of(const JobFacts& facts) {
  const auto& name = facts.job.name;
  Html html;
  if (facts.is_in_folder) html.add(begin_form(name, facts.begin_key));
  const bool is_paused_itself = facts.job.pause && facts.job.pause->of == model::PauseOf::job;
  html.add(is_paused_itself ? button_form(path_of({"jobs", name, "unpause"}), "Let it go on")
                            : button_form(path_of({"jobs", name, "pause"}), "Pause the job"));
  return html;
}

}  // namespace

namespace {

Html untold_words(const store::UntoldCounts& untold) {
  const auto text = report::untold_messages(untold.failing, untold.given_up);
  if (text.empty()) return Html();
  return element("div", {{"id", "untold"}}, element("p", {{"class", "trouble"}}, text + " Their runs' pages say why."));
}

}  // namespace

Page home_page(const HomeFacts& facts) {
  Page page;
  page.title = "Jobs";
  page.crumbs = {{"/", "Jobs"}};
  page.content.add(element("h1", {{"class", "unseen"}}, "Jobs"));
  page.content.add(untold_words(facts.untold));
  page.content.add(section("under-way", "Under way", going_on_list(facts)));
  page.content.add(filter_of(facts));
  page.content.add(section("jobs", "Jobs", job_table(facts)));
  if (!facts.recent.empty()) page.content.add(section("recent", "Newest runs", run_table(facts.recent, true)));
  return page;
}

Page job_page(const JobFacts& facts) {
  const auto& job = facts.job;
  Page page;
  page.title = job.name;
  page.crumbs = {{"/", "Jobs"}, {path_of({"jobs", job.name}), job.name}};
  Html head = element("h1", {}, job.name, job.pause ? together(" ", badge("paused")) : Html());
  if (!job.description.empty()) head.add(element("p", {{"class", "lede"}}, job.description));
  head.add(pause_words(job, facts.now));
  if (facts.may_act) head.add(element("div", {{"class", "actions"}}, actions_of(facts)));
  if (!facts.is_in_folder)
    head.add(element("p", {{"class", "quiet"}}, "It is not in the daemon's folder: only its runs are known."));
  page.content.add(element("div", {{"class", "title"}}, head));
  Html facts_list;
  if (facts.is_in_folder) {
    facts_list.add(figure("Next run", schedule_of(job, facts.now)));
    facts_list.add(figure("File", element("code", {}, job.file)));
  }
  facts_list.add(figure("Last thirty", run_strip(job.runs, facts.now), strip_words(job.runs)));
  page.content.add(
      element("div", {{"id", "overview"}}, element("dl", {{"class", "figures"}}, facts_list), complaints_of(job)));
  const auto* none = job.has_pruned ? "Of its runs no record is kept any more." : "No run yet.";
  Html runs = facts.runs.empty() ? element("p", {{"class", "empty"}}, none) : run_table(facts.runs, false);
  Html pages;
  const auto here = path_of({"jobs", job.name});
  if (!facts.is_first_page) pages.add(link(here, "Newest"));
  if (!facts.next.empty()) pages.add(link(here + "?after=" + facts.next, "Earlier"));
  if (!pages.empty()) runs.add(element("nav", {{"class", "pages"}, {"aria-label", "more runs"}}, pages));
  page.content.add(section("runs", "Runs", runs));
  page.content.add(due_list(facts.due, facts.now));
  return page;
}

}  // namespace batchd::daemon
