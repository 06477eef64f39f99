#include "line/notify/message.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ground/base/hash.hpp"
#include "ground/base/units.hpp"
#include "ground/json/writer.hpp"
#include "line/notify/target.hpp"

namespace batchd::notify {
namespace {

std::string reasons_of(const model::Counts& counts) {
  std::vector<std::string> parts;
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0) parts.push_back(fmt::format("{} {}", name_of(static_cast<model::Reason>(i)), format_count(count)));
  }
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
}

// What happened, in the run's own words.
std::string_view verb_of(const Message& message) {
  if (message.occasion.event == event_gave_up) return "gave up for now";
  if (message.occasion.event == event_needs_decision) return "waits for a decision";
  if (message.occasion.event == event_not_begun) return "could not be begun";
  return name_of(message.run.state);
}

std::string in_figures(const Message& message) {
  const auto& counts = message.counts;
  if (message.run.items == 0) return "";
  if (counts.failed == 0 && counts.pending == 0) return fmt::format(": all {} items", format_count(message.run.items));
  const bool is_over = model::is_final(message.run.state);
  return fmt::format(": {} of {} items {}{}", format_count(is_over ? counts.failed : counts.pending),
                     format_count(message.run.items), is_over ? "did not succeed" : "are open",
                     is_over ? reasons_of(counts) : "");
}

std::string id_of(const Message& message, const std::string& target) {
  const auto& occasion = message.occasion;
  std::string told;
  for (const auto& part : {message.run.id, occasion.event, occasion.occurrence, target})
    told += fmt::format("{}:{}", part.size(), part);
  return "msg_" + to_hex(xxh3_128(told));
}

}  // namespace

std::string sentence_of(const Message& message) {
  auto text = fmt::format("{} {}{}", message.run.job, verb_of(message), in_figures(message));
  if (!message.occasion.why.empty()) text += fmt::format(". {}", message.occasion.why);
  if (!text.ends_with('.')) text += '.';
  return text;
}

std::string to_json(const Message& message) {
  const auto& run = message.run;
  const auto& counts = message.counts;
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("type").string(message.occasion.event);
  writer.key("timestamp").string(format_utc(message.at, true)).key("text").string(sentence_of(message));
  writer.key("data").begin_object().key("run").string(run.id).key("job").string(run.job).key("key").string(run.key);
  writer.key("state").string(name_of(run.state)).key("exit_code");
  model::is_final(run.state) ? writer.integer(run.exit_code) : writer.null();
  writer.key("provider").string(run.provider).key("items").unsigned_integer(run.items);
  writer.key("counts").begin_object();
  writer.key("succeeded").unsigned_integer(counts.succeeded).key("reused").unsigned_integer(counts.reused);
  writer.key("failed").unsigned_integer(counts.failed).key("pending").unsigned_integer(counts.pending).end_object();
  writer.key("reasons").begin_object();
  for (int i = 1; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0) writer.key(name_of(static_cast<model::Reason>(i))).unsigned_integer(count);
  }
  writer.end_object().key("folder");
  message.folder.empty() ? writer.null() : writer.string(message.folder);
  writer.key("why");
  message.occasion.why.empty() ? writer.null() : writer.string(message.occasion.why);
  writer.end_object().end_object();
  return text;
}

std::vector<model::Delivery> deliveries_for(const std::vector<model::NotifyTarget>& targets, const Message& message) {
  std::vector<model::Delivery> deliveries;
  for (const auto& target : targets) {
    if (std::find(target.on.begin(), target.on.end(), message.occasion.on) == target.on.end()) continue;
    model::Delivery one;
    one.target = to_text(target);
    one.id = id_of(message, one.target);
    one.run = message.run.id;
    one.event = message.occasion.event;
    one.payload = to_json(message);
    one.created_at = one.next_try_at = message.at;
    deliveries.push_back(std::move(one));
  }
  return deliveries;
}

}  // namespace batchd::notify
