#include "doors/simulator/spelling.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "doors/simulator/timeline.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// In the order of State. Several providers' words, mixed on purpose: each must be understood alone.
constexpr std::array<std::string_view, 8> foreign_names{
    "in_queue", "error", "running", "finalizing", "success", "timeout_exceeded", "cancellation_requested", "canceled"};

std::string_view unheard_of_name(State state) {
  switch (state) {
    case State::validating:
      return "warming_up";
    case State::in_progress:
      return "spread_over_hosts";
    case State::finalizing:
      return "wrapping_up";
    default:
      return "winding_down";
  }
}

std::string spelled(State state, const Spelling& spelling) {
  const bool hidden = spelling.unheard_of && !is_final(state);
  std::string name(hidden             ? unheard_of_name(state)
                   : spelling.foreign ? foreign_names[static_cast<std::size_t>(state)]
                                      : name_of(state));
  if (spelling.in_capitals)
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return name;
}

class BatchText {
 public:
  BatchText(const Batch& batch, Time now, const Spelling& spelling)
      : batch_(batch), now_(now), spelling_(spelling), state_(state_of(batch, now)), writer_(text_) {}

  std::string write() {
    const Outcome outcome = is_final(state_) ? batch_.outcome.value_or(Outcome()) : Outcome();
    writer_.begin_object().key("id").string(batch_.id).key("object").string("batch");
    writer_.key("endpoint").string(batch_.endpoint);
    if (batch_.dialect == Dialect::openai) text_or_null("model", batch_.check ? batch_.check->model : "");
    writer_.key("errors");
    findings();
    writer_.key("input_file_id").string(batch_.input_file_id);
    writer_.key("completion_window").string(batch_.completion_window).key("status").string(spelled(state_, spelling_));
    text_or_null("output_file_id", outcome.output_file_id);
    text_or_null("error_file_id", outcome.error_file_id);
    instants();
    counts();
    if (batch_.dialect == Dialect::openai) usage(outcome.usage);
    writer_.key("metadata").raw(batch_.metadata).end_object();
    return std::move(text_);
  }

 private:
  void text_or_null(std::string_view key, std::string_view text) {
    writer_.key(key);
    if (text.empty()) {
      writer_.null();
    } else {
      writer_.string(text);
    }
  }

  void findings() {
    if (state_ != State::failed || !batch_.check) {
      writer_.null();
    } else if (spelling_.findings_text) {
      writer_.string(findings_as_text());
    } else {
      writer_.begin_object().key("object").string("list").key("data").raw(batch_.check->errors).end_object();
    }
  }

  // "mismatched_model: The model … (line 3)"
  std::string findings_as_text() const {
    json::Document document;
    const auto root = document.parse(batch_.check->errors);
    std::string text;
    if (!root) return text;
    for (const json::View finding : root->elements()) {
      const auto line = finding.find("line").as_int64();
      text +=
          fmt::format("{}{}: {}{}", text.empty() ? "" : "; ", finding.find("code").as_string().value_or(""),
                      finding.find("message").as_string().value_or(""), line ? fmt::format(" (line {})", *line) : "");
    }
    return text;
  }

  void instant(std::string_view key, std::optional<Time> time) {
    writer_.key(key);
    if (!time) {
      writer_.null();
    } else if (spelling_.times_iso) {
      writer_.string(format_utc(*time));
    } else {
      writer_.integer(to_unix_ms(*time) / 1000);
    }
  }

  void instants() {
    const Instants at = instants_of(batch_, now_);
    instant("created_at", batch_.created);
    instant("in_progress_at", at.in_progress);
    instant("expires_at", at.expires);
    instant("finalizing_at", at.finalizing);
    instant("completed_at", at.completed);
    instant("failed_at", at.failed);
    instant("expired_at", at.expired);
    instant("cancelling_at", at.cancelling);
    instant("cancelled_at", at.cancelled);
  }

  // Nothing is counted before validation is over; while it runs, all that is done counts as completed.
  void counts() {
    const bool ended = is_final(state_) && batch_.outcome.has_value();
    const bool counted = state_ != State::validating && batch_.check && batch_.check->passed;
    const std::uint64_t completed = ended ? batch_.outcome->completed : counted ? done_by(batch_, now_) : 0;
    if (spelling_.counts_null) {
      writer_.key("request_counts").null();
      return;
    }
    if (!spelling_.counts_flat) writer_.key("request_counts").begin_object();
    writer_.key("total").unsigned_integer(counted ? batch_.requests : 0);
    writer_.key("completed").unsigned_integer(completed);
    writer_.key("failed").unsigned_integer(ended ? batch_.outcome->failed : 0);
    if (!spelling_.counts_flat) writer_.end_object();
  }

  void usage(const Usage& used) {
    writer_.key("usage").begin_object().key("input_tokens").unsigned_integer(used.prompt_tokens);
    writer_.key("input_tokens_details").raw(R"({"cached_tokens":0})");
    writer_.key("output_tokens").unsigned_integer(used.completion_tokens);
    writer_.key("output_tokens_details").raw(R"({"reasoning_tokens":0})");
    writer_.key("total_tokens").unsigned_integer(used.prompt_tokens + used.completion_tokens).end_object();
  }

  const Batch& batch_;
  const Time now_;
  const Spelling& spelling_;
  const State state_;
  std::string text_;
  json::Writer writer_;
};

}  // namespace

Spelling spelling_of(const Faults& faults, std::uint64_t seed, std::uint64_t batch_sequence) {
  const auto hit = [&](const Share& share) { return share.hits(seed, batch_sequence); };
  return {.in_capitals = hit(faults.upper_case_states),
          .foreign = hit(faults.foreign_states),
          .unheard_of = hit(faults.unknown_states),
          .counts_null = hit(faults.null_counts),
          .counts_flat = hit(faults.flat_counts),
          .findings_text = hit(faults.text_findings),
          .times_iso = hit(faults.iso_times)};
}

std::string batch_object(const Batch& batch, Time now, const Spelling& spelling) {
  return BatchText(batch, now, spelling).write();
}

}  // namespace batchd::simulator
