// A run's items: all of them by sequence, and one with what was asked and answered.

#include <fmt/format.h>

#include "core/runner/item_life.hpp"
#include "doors/daemon/api.hpp"
#include "doors/daemon/api_json.hpp"
#include "doors/daemon/api_wishes.hpp"
#include "doors/daemon/item_texts.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/json/document.hpp"

namespace batchd::daemon {
namespace {

// A stored text as the JSON it is; of what is too long its beginning as a text, of what is gone null: `incomplete`
// then names it.
class TextWriter {
 public:
  explicit TextWriter(json::Writer& writer) : writer_(writer) {}

  void write(std::string_view name, const std::optional<StoredText>& stored) {
    writer_.key(name);
    if (!stored) {
      writer_.null();
      return;
    }
    const bool is_there = stored->trouble.empty() && !stored->is_gone;
    const bool is_whole = is_there && stored->bytes == stored->text.size();
    if (!is_whole) incomplete_.emplace_back(name);
    json::Document document;
    const auto& text = stored->text;
    if (!is_there)
      writer_.null();
    else if (const auto value = document.parse(text); is_whole && value)
      writer_.raw(value->source_text());
    else
      writer_.string(cut(text, text.size()).text);
  }
  void add_incomplete(std::string_view name) { incomplete_.emplace_back(name); }
  void write_incomplete() {
    writer_.key("incomplete").begin_array();
    for (const auto& name : incomplete_)
      writer_.string(name);
    writer_.end_array();
  }

 private:
  json::Writer& writer_;
  std::vector<std::string> incomplete_;
};

// What our finished row says of it: what was accepted, or what was not and why.
void write_verdict(json::Writer& writer, TextWriter& texts, std::string_view name,
                   const std::optional<StoredText>& stored, std::uint32_t attempt) {
  writer.key(name);
  if (!stored) {
    writer.null();
    return;
  }
  json::Document document;
  const bool is_whole = stored->bytes == stored->text.size() && stored->trouble.empty() && !stored->is_gone;
  const auto row = document.parse(stored->text);
  if (!is_whole || !row) {
    texts.add_incomplete(name);
    writer.null();
    return;
  }
  writer.begin_object().key("attempt").unsigned_integer(attempt);
  for (const char* member : {"reason", "output", "raw", "error", "reused_from"}) {
    writer.key(member);
    const auto value = row->find(member);
    value ? writer.raw(value.source_text()) : writer.null();
  }
  writer.end_object();
}

void write_attempt(json::Writer& writer, const store::AttemptRecord& record) {
  const auto& outcome = record.outcome;
  writer.begin_object().key("attempt").unsigned_integer(outcome.attempt);
  writer.key("shard").unsigned_integer(record.shard).key("status").string(name_of(outcome.status)).key("reason");
  outcome.reason == model::Reason::none ? writer.null() : writer.string(name_of(outcome.reason));
  writer.key("input_tokens");
  outcome.usage.known ? writer.unsigned_integer(outcome.usage.input_tokens) : writer.null();
  writer.key("output_tokens");
  outcome.usage.known ? writer.unsigned_integer(outcome.usage.output_tokens) : writer.null();
  writer.key("cost");
  outcome.cost ? writer.raw(model::to_text(*outcome.cost)) : writer.null();
  writer.end_object();
}

std::string item_json(const ItemFacts& facts) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("run").string(facts.run.id);
  write_item_members(writer, facts.life.state);
  writer.key("history").begin_array();
  const auto& attempts = facts.life.attempts;
  for (auto i = attempts.size() - std::min(attempts.size(), attempts_shown_max); i < attempts.size(); ++i)
    write_attempt(writer, attempts[i].record);
  writer.end_array();
  if (facts.shows_content) {
    const AttemptTexts* rejected = nullptr;
    const AttemptTexts* accepted = nullptr;
    for (const auto& attempt : facts.attempts)
      (attempt.attempt.record.outcome.status == model::ItemStatus::succeeded ? accepted : rejected) = &attempt;
    const auto n_of = [](const AttemptTexts* one) { return one ? one->attempt.record.outcome.attempt : 0; };
    TextWriter texts(writer);
    texts.write("input", facts.row);
    texts.write("request", facts.request);
    const bool is_reused = facts.attempts.empty();  // an earlier run's answer, if there is one
    write_verdict(writer, texts, "accepted",
                  is_reused  ? facts.result
                  : accepted ? accepted->result
                             : std::optional<StoredText>(),
                  n_of(accepted));
    write_verdict(writer, texts, "rejected", rejected ? rejected->result : std::optional<StoredText>(), n_of(rejected));
    texts.write_incomplete();
  }
  writer.end_object();
  return body;
}

}  // namespace

Api::Answer Api::items(const Call& call) {
  const auto limit = wanted_limit(call.request);
  if (!limit) co_return problem(400, limit.error().message);
  const auto status = wanted_status(call.request);
  if (!status) co_return problem(400, status.error().message);
  const auto reason = wanted_reason(call.request);
  if (!reason) co_return problem(400, reason.error().message);
  const auto after = wanted_number(call.request, "after");
  if (!after) co_return problem(400, after.error().message);
  store::ItemFilter filter;
  filter.status = *status;
  filter.reason = *reason;
  filter.limit = *limit;
  filter.after_sequence = *after;
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  auto look = [&] { return around_.store.items(run->id, filter); };
  const auto items = co_await on_sql(look);
  if (!items) co_return problem(items.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("run").string(run->id).key("items").begin_array();
  for (const auto& state : *items)
    write_item(writer, state);
  writer.end_array().key("next");
  items->size() == *limit ? writer.string(std::to_string(items->back().item.sequence)) : writer.null();
  writer.end_object();
  co_return json_answer(200, std::move(body));
}

Api::Answer Api::item(const Call& call) {
  const auto run = co_await find(call.names[0], call.visitor);
  if (!run) co_return problem(run.error());
  ItemFacts facts;
  facts.run = *run;
  facts.shows_content = may_see_content(call.visitor);
  auto look = [&]() -> Status {
    auto state = runner::find_item(around_.store, run->id, call.names[1]);
    if (!state) return state.error();
    auto life = runner::life_of(around_.store, run->id, std::move(*state));
    if (!life) return life.error();
    facts.life = std::move(*life);
    return {};
  };
  if (auto looked = co_await on_sql(look); !looked)
    co_return problem(status_of(looked.error().kind), looked.error().message,
                      "an item is called by its id, its custom_id, or %23 and its row's number");
  std::string body;
  // Texts may be long, and are taken apart: away from the loop.
  auto tell = [&] {
    if (facts.shows_content) read_texts(around_.state_folder, facts);
    body = item_json(facts);
    return Status();
  };
  if (auto told = co_await around_.workers.run(tell); !told) co_return problem(told.error());
  co_return json_answer(200, std::move(body));
}

}  // namespace batchd::daemon
