#include "doors/daemon/item_page.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/run_page.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/pretty.hpp"

namespace batchd::daemon {

using html::element;
using html::together;

namespace {

// A text in a box of its own, cut where it is long; `bytes`: as it is stored.
Html boxed(std::string_view text, std::uint64_t bytes) {
  const auto [shown, was_cut] = cut(text, text_bytes_max);
  Html html = element("pre", {{"class", "text"}, {"dir", "auto"}, {"tabindex", "0"}}, shown);
  if (was_cut || bytes > text.size())
    html.add(element("p", {{"class", "quiet"}},
                     prose(fmt::format("This is only its beginning: it has {}. `batchd show` tells it whole.",
                                       format_bytes(bytes)))));
  return html;
}

// Over several lines: deeply nested, a short JSON text would become a very long one.
std::string spread(std::string_view text) { return json::pretty(text, text_bytes_max + 1); }

Html shown_text(const StoredText& stored) {
  if (stored.is_gone) return element("p", {{"class", "quiet"}}, "Its file is gone.");
  if (!stored.trouble.empty()) return element("p", {{"class", "trouble"}}, stored.trouble);
  const bool is_whole = stored.bytes == stored.text.size();
  return boxed(is_whole ? spread(stored.text) : stored.text, stored.bytes);
}

Html folded(std::string_view id, std::string_view name, const std::optional<StoredText>& stored) {
  if (!stored) return Html();
  return element("details", {{"id", std::string(id)}},
                 element("summary", {}, name, " ", element("small", {}, format_bytes(stored->bytes))),
                 shown_text(*stored));
}

Html price_of(const model::Outcome& outcome, const std::string& currency) {
  if (!outcome.cost) return element("span", {{"class", "quiet"}}, "no price known");
  return together(model::to_text(*outcome.cost), " ", element("small", {}, currency));
}

Html figures_of(const model::Outcome& outcome, const std::string& currency) {
  const auto tokens = [&](std::uint64_t count) {
    return outcome.usage.known ? Html(format_count(count)) : element("span", {{"class", "quiet"}}, "not said");
  };
  Html list = figure(
      "Tokens in", tokens(outcome.usage.input_tokens),
      outcome.usage.cached_tokens > 0 ? fmt::format("{} cached", format_count(outcome.usage.cached_tokens)) : "");
  list.add(figure("Tokens out", tokens(outcome.usage.output_tokens),
                  outcome.usage.reasoning_tokens > 0
                      ? fmt::format("{} of reasoning", format_count(outcome.usage.reasoning_tokens))
                      : ""));
  list.add(figure("Price", price_of(outcome, currency)));
  return element("dl", {{"class", "figures small"}}, list);
}

Html verdict_badge(const model::Outcome& outcome) {
  const bool was_accepted = outcome.status == model::ItemStatus::succeeded;
  return badge(was_accepted ? "accepted" : name_of(outcome.reason));
}

Html accepted_word() { return element("span", {{"class", "state state-accepted"}}, "Accepted"); }

// One side of the comparison.
Html side(const Html& heading, const AttemptTexts* attempt) {
  if (!attempt) return element("div", {{"class", "side"}}, element("p", {{"class", "quiet"}}, "Nothing was accepted."));
  if (!attempt->result)
    return element("div", {{"class", "side"}}, element("h3", {}, heading),
                   element("p", {{"class", "quiet"}}, "No answer came."));
  const auto& outcome = attempt->attempt.record.outcome;
  const bool was_accepted = outcome.status == model::ItemStatus::succeeded;
  Html head = element("h3", {}, heading, " ", was_accepted ? Html() : verdict_badge(outcome),
                      element("small", {}, " attempt ", std::to_string(outcome.attempt)));
  if (attempt->result->is_gone || !attempt->result->trouble.empty())
    return element("div", {{"class", "side"}}, head, shown_text(*attempt->result));
  const auto verdict = verdict_of(attempt->result->text);
  if (!verdict.error.empty()) head.add(element("p", {{"class", "trouble"}}, verdict.error));
  head.add(verdict.text.empty() ? element("p", {{"class", "quiet"}}, "There is no text.")
                                : boxed(spread(verdict.text), verdict.text.size()));
  return element("div", {{"class", "side"}}, head);
}

Html reused_side(const StoredText& result) {
  if (result.is_gone || !result.trouble.empty()) return element("div", {{"class", "side"}}, shown_text(result));
  const auto verdict = verdict_of(result.text);
  const auto from = verdict.reused_from.empty() ? Html("an earlier run")
                                                : link(path_of({"runs", verdict.reused_from}), verdict.reused_from);
  return element("div", {{"class", "side"}}, element("h3", {}, accepted_word(), element("small", {}, " in run ", from)),
                 boxed(spread(verdict.text), result.bytes == result.text.size() ? verdict.text.size() : result.bytes));
}

Html comparison(const ItemFacts& facts) {
  const AttemptTexts* rejected = nullptr;
  const AttemptTexts* accepted = nullptr;
  for (const auto& attempt : facts.attempts)
    (attempt.attempt.record.outcome.status == model::ItemStatus::succeeded ? accepted : rejected) = &attempt;
  if (!rejected && !accepted) {
    if (!facts.result) return element("p", {{"class", "quiet"}}, "No answer has come yet.");
    return element("div", {{"class", "versus"}}, reused_side(*facts.result));
  }
  if (!rejected) return element("div", {{"class", "versus"}}, side(accepted_word(), accepted));
  return element("div", {{"class", "versus two"}}, side(Html("Rejected"), rejected), side(accepted_word(), accepted));
}

bool is_gone(const std::optional<StoredText>& stored) { return stored && stored->is_gone; }

// What is no longer there, since when, and what is.
Html loss_of(const ItemFacts& facts) {
  std::vector<std::string> lost;
  if (is_gone(facts.row) || is_gone(facts.request)) lost.emplace_back("its row and its request");
  if (std::any_of(facts.attempts.begin(), facts.attempts.end(),
                  [](const auto& one) { return is_gone(one.answer) || is_gone(one.result); }) ||
      is_gone(facts.result))
    lost.emplace_back("its answers");
  if (lost.empty()) return Html();
  const auto what = fmt::format("{}", fmt::join(lost, " and "));
  Html told = facts.pruning ? together(element("code", {}, "batchd prune"), " deleted ", what, " at ",
                                       time_of(facts.pruning->at), ". ")
                            : together("The files with ", what, " are gone; ",
                                       element("code", {}, "batchd verify " + facts.run.id), " tells which. ");
  told.add("Its state, its attempts and what they cost remain");
  if (facts.has_results)
    told.add(", and its row in ").add(link(path_of({"runs", facts.run.id, "results.jsonl"}), "results.jsonl"));
  return element("p", {{"class", "notice"}, {"role", "note"}}, told, ".");
}

Html attempt_entry(const AttemptTexts& texts, const std::string& currency) {
  const auto& record = texts.attempt.record;
  const auto n = std::to_string(record.outcome.attempt);
  return element("li", {},
                 element("h3", {}, "Attempt ", n, " ", verdict_badge(record.outcome),
                         element("small", {}, fmt::format(" shard {}", record.shard))),
                 figures_of(record.outcome, currency), folded("answer-" + n, "The provider's answer", texts.answer),
                 folded("result-" + n, "What was made of it", texts.result));
}

Html attempts_of(const ItemFacts& facts) {
  if (facts.attempts.empty()) return element("p", {{"class", "quiet"}}, "It has not been asked in this run.");
  Html entries;
  for (auto one = facts.attempts.rbegin(); one != facts.attempts.rend(); ++one)
    entries.add(attempt_entry(*one, facts.currency));
  Html html = element("ol", {{"class", "attempts"}}, entries);
  const auto hidden = facts.life.attempts.size() - facts.attempts.size();
  if (hidden > 0) html.add(element("p", {{"class", "quiet"}}, counted(hidden, "earlier attempt"), " not shown."));
  return html;
}

}  // namespace

Verdict verdict_of(const std::string& result_row) {
  Verdict verdict;
  json::Document document;
  const auto row = document.parse(result_row);
  if (!row) {
    verdict.text = result_row;
    return verdict;
  }
  for (const char* key : {"output", "raw"}) {
    const auto value = row->find(key);
    if (!value || value.is_null()) continue;
    const auto text = value.as_string();
    verdict.text = text ? *text : value.source_text();
    break;
  }
  verdict.error = row->find("error").as_string().value_or("");
  verdict.reused_from = row->find("reused_from").as_string().value_or("");
  return verdict;
}

Page item_page(const ItemFacts& facts) {
  const auto& state = facts.life.state;
  const auto sequence = std::to_string(state.item.sequence);
  Page page;
  page.title = fmt::format("Item {}", state.item.id);
  page.crumbs = crumbs_of(facts.run);
  page.crumbs.emplace_back(path_of({"runs", facts.run.id, "items"}), "Items");
  page.crumbs.emplace_back(path_of({"runs", facts.run.id, "items", sequence}), "#" + sequence);
  page.run = facts.run.id;
  Html state_words = badge(name_of(state.status));
  if (state.reason != model::Reason::none) state_words = together(state_words, " ", badge(name_of(state.reason)));
  page.content.add(
      element("div", {{"class", "title"}, {"id", "title"}},
              element("h1", {}, element("bdi", {}, state.item.id), " ", state_words),
              element("p", {{"class", "lede"}},
                      fmt::format("Row #{} of the input, {}", sequence, counted(state.attempts, "attempt")))));
  if (!facts.shows_content) {
    page.content.add(element(
        "p", {{"class", "quiet"}},
        "Its row and its answers are shown to who may see content: sign in with a token of the scope \"content\"."));
    return page;
  }
  page.content.add(loss_of(facts));
  page.content.add(section("answers", "Answers", comparison(facts)));
  page.content.add(section("attempts", "Attempts", attempts_of(facts)));
  page.content.add(
      section("asked", "What was asked",
              together(facts.row ? together(element("h3", {}, "Input row"), shown_text(*facts.row)) : Html(),
                       folded("request", "The request, as it was sent", facts.request))));
  return page;
}

}  // namespace batchd::daemon
