#include "core/runner/verification.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/runner/stored_files.hpp"
#include "line/collect/collect.hpp"
#include "line/report/recheck.hpp"

namespace batchd::runner {
namespace {

using model::Shard;
using model::ShardStage;

constexpr std::uint32_t items_a_page = 4'096;

bool same_usage(const model::Usage& a, const model::Usage& b) {
  return a.known == b.known && a.input_tokens == b.input_tokens && a.output_tokens == b.output_tokens &&
         a.reasoning_tokens == b.reasoning_tokens && a.cached_tokens == b.cached_tokens;
}

std::string said(model::Reason reason) {
  return std::string(reason == model::Reason::none ? "succeeded" : name_of(reason));
}

class Verifier {
 public:
  explicit Verifier(const VerifyRequest& request) : request_(request), run_(request.run) {}

  Result<Verification> verify() {
    if (auto sound = request_.store.check_integrity(); !sound) find("database", 0, sound.error().message);
    auto shards = request_.store.shards(run_.id);
    if (!shards) return shards.error();
    auto submissions = request_.store.submissions(run_.id);
    if (!submissions) return submissions.error();
    found_.shards = shards->size();
    if (auto counted = count(); !counted) return counted.error();
    for (const auto& shard : *shards)
      check_files(shard);
    if (auto judged = judge_again(*shards, *submissions); !judged) return judged.error();
    if (auto walked = walk_rows(*shards); !walked) return walked.error();
    return std::move(found_);
  }

 private:
  void find(std::string kind, std::uint32_t shard, std::string text) {
    ++found_.findings_total;
    if (found_.findings.size() < Verification::findings_max)
      found_.findings.push_back({std::move(kind), shard, std::move(text)});
  }

  void expect(std::string_view what, std::uint64_t kept, std::uint64_t counted) {
    if (kept != counted) find("counts", 0, fmt::format("{}: {} are kept, {} are there", what, kept, counted));
  }

  // -- the truth table

  Status count() {
    const auto before = request_.store.counts(run_.id);
    auto recount = request_.store.recount(run_.id);
    if (!recount) return recount.error();
    const auto after = request_.store.counts(run_.id);
    const auto sums = request_.store.usage(run_.id);
    if (!sums) return sums.error();
    found_.recount = *recount;
    if (run_.state == model::RunState::created) {
      find("counts", 0, "the run was never prepared to its end: nothing of it was sent");
      return {};
    }
    if (run_.rows != run_.rejected + run_.items)
      find("counts", 0,
           fmt::format("{} rows are not {} rejected ones and {} items", run_.rows, run_.rejected, run_.items));
    expect("items", run_.items, recount->items);
    const auto rows = [&](std::uint64_t number, std::string_view what) {
      if (number > 0) find("outcome", 0, fmt::format("{} {}", number, what));
    };
    rows(recount->outcomes_without_item, "outcomes belong to no item");
    rows(recount->outcomes_without_attempt, "outcomes are not what an attempt came to");
    rows(recount->outcomes_outdone, "outcomes are not those of the item's last attempt");
    rows(recount->attempts_without_item, "attempts belong to no item");
    if (model::is_final(run_.state) && run_.state < model::RunState::stopped)
      rows(recount->counts.pending, "items have no outcome, although the run is finished");
    if (!before || !after) {
      find("counts", 0, (before ? after : before).error().message);
      return {};
    }
    found_.is_moving = before->pending != after->pending || before->succeeded != after->succeeded;
    if (found_.is_moving) return {};
    expect("succeeded", before->succeeded, recount->counts.succeeded);
    expect("reused", before->reused, recount->counts.reused);
    expect("failed", before->failed, recount->counts.failed);
    for (std::size_t i = 1; i < recount->counts.reasons.size(); ++i)
      expect(name_of(static_cast<model::Reason>(i)), before->reasons[i], recount->counts.reasons[i]);
    expect("attempts", sums->attempts, recount->sums.attempts);
    expect("input tokens", sums->usage.input_tokens, recount->sums.usage.input_tokens);
    expect("output tokens", sums->usage.output_tokens, recount->sums.usage.output_tokens);
    if (sums->cost != recount->sums.cost)
      find(
          "counts", 0,
          fmt::format("cost: {} is kept, the attempts add up to {}", to_text(sums->cost), to_text(recount->sums.cost)));
    return {};
  }

  // -- files

  void check_file(const Shard& shard, std::string_view what, const std::string& name, const model::FileMark& noted) {
    if (name.empty()) return;
    const auto path = request_.state_folder / name;
    if (noted.hash.empty()) {
      ++found_.files_not_noted;
      if (!path_exists(path)) find("file_missing", shard.n, fmt::format("{} ({}) is not there", path.string(), what));
      return;
    }
    const auto is = mark_like(noted, path);
    if (!is) {
      const bool missing = is.error().kind == ErrorKind::not_found;
      return find(missing ? "file_missing" : "file_changed", shard.n,
                  missing ? fmt::format("{} ({}) is not there", path.string(), what) : is.error().message);
    }
    ++found_.files;
    found_.bytes += is->bytes;
    if (is->bytes != noted.bytes) {
      find("file_changed", shard.n,
           fmt::format("{} ({}) has {} bytes; {} were written", path.string(), what, is->bytes, noted.bytes));
    } else if (is->hash != noted.hash) {
      find("file_changed", shard.n,
           fmt::format("{} ({}) is not what was written: its hash is {}, it was {}", path.string(), what, is->hash,
                       noted.hash));
    }
  }

  void check_files(const Shard& shard) {
    check_file(shard, "requests", shard.requests_file, {shard.bytes, shard.requests_hash});
    check_file(shard, "input rows", shard.rows_file, shard.rows_mark);
    if (shard.stage < ShardStage::fetched) return;
    check_file(shard, "answers", shard.output_file, {shard.output_bytes, shard.output_sha256});
    check_file(shard, "errors", shard.error_file, {shard.error_bytes, shard.error_sha256});
    if (shard.stage == ShardStage::collected) check_file(shard, "outcomes", shard.outcome_file, shard.outcome_mark);
  }

  // -- answers

  Status judge_again(const std::vector<Shard>& shards, const std::vector<model::Submission>& submissions) {
    const auto is_collected = [](const Shard& shard) { return shard.stage == ShardStage::collected; };
    found_.shards_collected = static_cast<std::uint64_t>(std::count_if(shards.begin(), shards.end(), is_collected));
    if (found_.shards_collected == 0) return {};
    auto judge = collect::Judge::compile(request_.job.output, request_.job.endpoint);
    if (!judge) return judge.error();
    // Where answers are judged again: outside of the state.
    const auto scratch = ScratchFolder::make("batchd-verify");
    if (!scratch) return scratch.error();
    model::Anomalies anomalies;
    bool all_read = true;
    for (const auto& shard : shards) {
      if (!is_collected(shard) || model::is_reused(shard)) continue;  // another run was given those answers
      const auto submission = std::find_if(submissions.begin(), submissions.end(), [&](const model::Submission& one) {
        return one.shard == shard.n && one.n == shard.submission;
      });
      const model::Submission none;
      auto items = request_.store.items_of_shard(run_.id, shard.n);
      if (!items) return items.error();
      auto again = shard;
      again.outcome_file = (scratch->path() / fmt::format("{:04}.outcomes.jsonl", shard.n)).string();
      const collect::Request request{
          *judge,       request_.job,         run_, again, submission == submissions.end() ? none : *submission, *items,
          std::nullopt, request_.state_folder};
      auto collected = collect::collect(request);
      (void)remove_file(again.outcome_file);
      if (!collected) {
        all_read = false;
        find("answer", shard.n, collected.error().message);
        continue;
      }
      anomalies += collected->anomalies;
      if (auto compared = compare(shard, *items, collected->outcomes); !compared) return compared;
    }
    if (all_read && found_.shards_collected == found_.shards && !(anomalies == run_.anomalies))
      find("counts", 0,
           "the oddities of the provider's files (duplicate, unknown, undecodable, missing, unwrapped) are "
           "not those that are kept");
    return {};
  }

  Status compare(const Shard& shard, const std::vector<model::Item>& items,
                 const std::vector<model::Outcome>& outcomes) {
    auto kept = request_.store.attempts_of_shard(run_.id, shard.n);
    if (!kept) return kept.error();
    auto record = kept->begin();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto& now = outcomes[i];
      const auto says = [&](std::string text) {
        find("answer", shard.n, fmt::format("item {} (row #{}): {}", items[i].id, now.sequence, text));
      };
      while (record != kept->end() && record->outcome.sequence < now.sequence)
        ++record;
      if (record == kept->end() || record->outcome.sequence != now.sequence) {
        says("its shard is collected, and nothing is kept of what came of it");
        continue;
      }
      const auto& then = record->outcome;
      ++found_.answers_judged;
      if (then.attempt != now.attempt) says(fmt::format("attempt {} is kept, it was {}", then.attempt, now.attempt));
      if (then.reason != now.reason)
        says(fmt::format("{} is kept, its answer says {}", said(then.reason), said(now.reason)));
      const bool same_place = then.answer_offset == now.answer_offset && then.answer_length == now.answer_length &&
                              then.answer_in_error_file == now.answer_in_error_file;
      if (!same_place) says("its answer does not lie where it should");
      if (!same_usage(then.usage, now.usage)) says("the tokens that are kept are not those of its answer");
    }
    return {};
  }

  // -- rows and results

  Status walk_rows(const std::vector<Shard>& shards) {
    if (run_.state == model::RunState::created) return {};
    found_.has_results = model::is_final(run_.state);
    std::optional<Path> results;
    if (found_.has_results) {
      results = report::folder_of(run_) / run_.id / "results.jsonl";
      if (!path_exists(*results)) {
        find("results", 0,
             fmt::format("{} is not there; `batchd results {} -o FILE` writes its rows again", results->string(),
                         run_.id));
        results.reset();
      }
    }
    auto check = report::RowCheck::open(request_.state_folder, results);
    if (!check) return check.error();
    store::ItemFilter filter;
    filter.limit = items_a_page;
    for (;;) {
      auto page = request_.store.items(run_.id, filter);
      if (!page) return page.error();
      if (page->empty()) break;
      filter.after_sequence = page->back().item.sequence;
      for (auto& state : *page) {
        // What is collected meanwhile is not of the shards that were looked at.
        const bool is_new = !state.outcome_file.empty() && !is_known(shards, state.outcome_file);
        if (is_new) continue;
        report::CheckedItem item;
        item.ref.sequence = state.item.sequence;
        item.ref.status = state.status;
        item.ref.row = {state.outcome_file, state.row_offset, state.row_length};
        item.id = std::move(state.item.id);
        item.reason = state.reason;
        auto fault = check->take(item);
        if (!fault) return fault.error();
        if (!fault->empty()) find("row", state.item.shard, std::move(*fault));
      }
    }
    const auto surplus = check->surplus_lines();
    if (!surplus) return surplus.error();
    if (*surplus > 0) find("results", 0, fmt::format("{} holds {} lines too many", results->string(), *surplus));
    found_.result_rows = check->result_lines();
    return {};
  }

  static bool is_known(const std::vector<Shard>& shards, const std::string& outcome_file) {
    return std::any_of(shards.begin(), shards.end(),
                       [&](const Shard& shard) { return shard.outcome_file == outcome_file; });
  }

  const VerifyRequest& request_;
  const model::Run& run_;
  Verification found_;
};

}  // namespace

Result<Verification> verify(const VerifyRequest& request) { return Verifier(request).verify(); }

}  // namespace batchd::runner
