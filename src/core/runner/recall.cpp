#include "core/runner/recall.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/engine/ladder.hpp"

namespace batchd::runner {

using model::ItemStatus;

namespace {

constexpr std::uint32_t items_at_once = 20'000;

}  // namespace

// -- one run

// Enough ahead, not too much behind.
Status Trail::fill() {
  if (here_ > 2 * page_items) {
    window_.erase(window_.begin(), window_.begin() + page_items);
    here_ -= page_items;
    places_are_known_ = false;
  }
  while (!at_end_ && window_.size() < here_ + page_items) {
    store::ItemFilter filter;
    filter.after_sequence = last_sequence_;
    filter.limit = page_items;
    auto page = store_.items(run_, filter);
    if (!page && page.error().kind == ErrorKind::not_found) {  // its record was pruned meanwhile
      at_end_ = true;
      return {};
    }
    if (!page) return page.error();
    at_end_ = page->size() < page_items;
    if (page->empty()) return {};
    last_sequence_ = page->back().item.sequence;
    std::move(page->begin(), page->end(), std::back_inserter(window_));
    places_are_known_ = false;
  }
  return {};
}

std::optional<std::size_t> Trail::place_of(const Hash128& request_key) {
  const auto is_at = [&](std::size_t place) { return window_[place].item.request_key == request_key; };
  if (here_ < window_.size() && is_at(here_)) return here_;
  if (!places_are_known_) {
    places_.clear();
    for (std::size_t i = 0; i < window_.size(); ++i)
      places_.insert_or_assign(window_[i].item.request_key.low, static_cast<std::uint32_t>(i));
    places_are_known_ = true;
  }
  const auto place = places_.find(request_key.low);
  if (place == places_.end() || !is_at(place->second)) return std::nullopt;
  return place->second;
}

Result<const store::ItemState*> Trail::step(const Hash128& request_key) {
  if (auto filled = fill(); !filled) return filled.error();
  const auto place = place_of(request_key);
  if (!place) {
    // Where rows were changed the others keep their places; where rows came in, the window reaches back.
    here_ = std::min(here_ + 1, window_.size());
    return static_cast<const store::ItemState*>(nullptr);
  }
  here_ = *place + 1;
  return static_cast<const store::ItemState*>(&window_[*place]);
}

// -- all of them

Recall::Recall(store::Store& store, Path state_folder, const std::string& job, const std::string& answer_rule,
               const std::vector<model::Run>& runs)
    : store_(store), state_folder_(std::move(state_folder)), job_(job), rule_(answer_rule) {
  bool has_finished = false;
  for (const auto& run : runs) {
    if (run.state == model::RunState::created || run.answer_rule != rule_) continue;
    is_of_use_ = true;
    const bool is_unfinished = !model::is_final(run.state);
    if (run.sample) continue;
    if (is_unfinished) asked_.push_back({run.id, run.retry.reasons});
    if ((has_finished && !is_unfinished) || trails_.size() == trails_max) continue;
    has_finished = has_finished || !is_unfinished;
    trails_.emplace_back(store_, run.id);
  }
}

Result<std::optional<store::KnownAnswer>> Recall::follow_trails(const Hash128& request_key) {
  std::optional<store::KnownAnswer> found;
  for (auto& trail : trails_) {  // each of them, so that they keep step
    const auto state = trail.step(request_key);
    if (!state) return state.error();
    if (!*state || (*state)->status != ItemStatus::succeeded || found) continue;
    const auto& item = (*state)->item;
    found = store::KnownAnswer{trail.run(),
                               item.sequence,
                               item.id,
                               item.request_key,
                               {(*state)->outcome_file, (*state)->row_offset, (*state)->row_length}};
  }
  return found;
}

// What has failed and may pass is, or will be, asked again by a run that is not over: nobody knows which.
Status Recall::read_asked() {
  std::size_t read = 0;
  for (auto& asked : asked_) {
    store::ItemFilter filter;
    filter.limit = items_at_once;
    for (;;) {
      const auto page = store_.items(asked.run, filter);
      if (!page) return page.error();
      for (const auto& state : *page) {
        const bool stays_failed = state.status == ItemStatus::failed && !engine::may_pass(state.reason) &&
                                  !asked.wished_again.contains(state.reason);
        if (!stays_failed) asked.requests.push_back(state.item.request_key.low);
      }
      read += page->size();
      if (read > asked_requests_max)
        return Error(
            ErrorKind::invalid,
            fmt::format("the unfinished runs of {} hold more than {} items, too many to tell which are being "
                        "asked already",
                        job_, asked_requests_max),
            fmt::format("`batchd status` lists them; `batchd resume {0}` finishes one, `batchd cancel {0}` ends "
                        "it",
                        asked.run));
      if (page->size() < items_at_once) break;
      filter.after_sequence = page->back().item.sequence;
    }
    std::sort(asked.requests.begin(), asked.requests.end());
  }
  return {};
}

void Recall::note_twin(const Hash128& request_key) {
  const auto holds = [&](const Asked& asked) {
    return std::binary_search(asked.requests.begin(), asked.requests.end(), request_key.low);
  };
  const auto found = std::find_if(asked_.begin(), asked_.end(), holds);
  if (found == asked_.end()) return;
  ++twins_;
  twins_run_ = found->run;
}

bool Recall::has_file(const std::string& file) {
  const auto known = files_.find(file);
  if (known != files_.end()) return known->second;
  return files_.emplace(file, path_exists(state_folder_ / file)).first->second;
}

Status Recall::look_up(const prepare::Block& block, std::vector<std::optional<store::KnownAnswer>>& found) {
  found.clear();
  if (!std::exchange(asked_are_read_, true))
    if (auto read = read_asked(); !read) return read;
  std::vector<Hash128> missed;
  std::vector<std::size_t> missed_at;
  for (const auto& row : block.accepted) {
    auto known = follow_trails(row.request_key);
    if (!known) return known.error();
    if (*known && !has_file((*known)->row.file)) known->reset();
    if (!*known) {
      missed.push_back(row.request_key);
      missed_at.push_back(found.size());
    }
    found.push_back(std::move(*known));
  }
  if (missed.empty()) return {};
  auto looked_up = store_.find_answers(job_, rule_, missed);
  if (!looked_up) return looked_up.error();
  for (std::size_t i = 0; i < missed.size(); ++i) {
    auto& known = (*looked_up)[i];
    if (known && has_file(known->row.file))
      found[missed_at[i]] = std::move(known);
    else
      note_twin(missed[i]);
  }
  return {};
}

}  // namespace batchd::runner
