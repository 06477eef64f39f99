#include "bench/made_up.hpp"

#include <array>

#include <fmt/format.h>

#include "ground/base/random.hpp"
#include "ground/json/writer.hpp"
#include "rules/model/item.hpp"

namespace batchd::bench {
namespace {

constexpr std::array<std::string_view, 48> words{
    "printer",   "invoice", "till",    "Drucker",   "since", "Monday", "the",    "customer", "cannot",  "scan",
    "receipt",   "again",   "update",  "version",   "error", "E-4012", "Kasse",  "facture",  "reçu",    "panne",
    "please",    "help",    "order",   "delivery",  "late",  "refund", "amount", "42.50",    "account", "password",
    "locked",    "webhook", "timeout", "inventory", "shows", "wrong",  "count",  "after",    "import",  "größer",
    "\"quote\"", "thanks",  "🙂",      "in",        "stock", "screen", "frozen", "restart"};
constexpr std::array<std::string_view, 5> channels{"email", "chat", "web_form", "phone", "marketplace"};
constexpr std::array<std::string_view, 4> tiers{"consumer", "starter", "business", "enterprise"};
constexpr std::array<std::string_view, 4> priorities{"low", "normal", "high", "urgent"};
constexpr std::array<std::string_view, 6> categories{"billing",        "delivery", "hardware_fault",
                                                     "software_fault", "how_to",   "account_access"};
constexpr std::array<std::string_view, 4> sentiments{"negative", "mixed", "neutral", "positive"};

// SplitMix64: a generator a row can afford (the house's Random takes 2.5 kB to seed).
class RowRandom {
 public:
  RowRandom(std::uint64_t seed, std::uint64_t sequence) : state_(seed * 0x9E3779B97F4A7C15 + sequence) {}
  std::uint64_t below(std::uint64_t bound) {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return (z ^ (z >> 31)) % bound;
  }
  template <std::size_t size>
  std::string_view one_of(const std::array<std::string_view, size>& list) {
    return list[below(size)];
  }

 private:
  std::uint64_t state_;
};

std::string sentence(RowRandom& random, std::size_t bytes_min) {
  std::string text;
  while (text.size() < bytes_min) {
    text += random.one_of(words);
    text += random.below(12) == 0 ? '\n' : ' ';
  }
  text.pop_back();
  return text;
}

void write_summary(std::string& out, RowRandom& random, Fate fate, std::size_t summary_bytes) {
  json::Writer w(out);
  w.begin_object();
  w.key("summary").string(sentence(random, summary_bytes));
  w.key("category").string(random.one_of(categories));
  w.key("product").string("Tillbird");
  w.key("sentiment").string(random.one_of(sentiments));
  w.key("priority").string(fate == Fate::mismatch ? "urgent!!" : random.one_of(priorities));
  w.key("resolved").boolean(random.below(4) != 0);
  w.key("root_cause").null();
  w.key("resolution").string(sentence(random, 40));
  w.key("action_items").begin_array();
  if (random.below(2) == 0) {
    w.begin_object();
    w.key("owner").string("support").key("action").string(sentence(random, 30));
    w.end_object();
  }
  w.end_array();
  w.key("language").string("en");
  w.key("customer_effort").integer(static_cast<std::int64_t>(1 + random.below(5)));
  w.key("tries_to_instruct").boolean(false);
  w.end_object();
}

}  // namespace

void append_ticket(std::string& out, std::uint64_t seed, std::uint64_t sequence) {
  RowRandom random(seed, sequence);
  json::Writer w(out);
  w.begin_object();
  w.key("ticket_id").string(fmt::format("T-{:010}", sequence));
  w.key("subject").string(sentence(random, 36));
  w.key("channel").string(random.one_of(channels));
  w.key("opened_at").string(fmt::format("2026-08-{:02}T{:02}:03:37Z", 1 + random.below(28), random.below(24)));
  w.key("closed_at").string(fmt::format("2026-09-{:02}T{:02}:34:37Z", 1 + random.below(28), random.below(24)));
  w.key("customer").begin_object();
  w.key("country").string("IE").key("tier").string(random.one_of(tiers));
  w.end_object();
  w.key("priority").string(random.one_of(priorities));
  w.key("amount").raw(fmt::format("{}.{:02}", random.below(900), random.below(100)));
  w.key("reopened").integer(static_cast<std::int64_t>(random.below(3)));
  w.key("body").string(sentence(random, 340 + random.below(300)));
  w.end_object();
}

void append_summary(std::string& out, std::uint64_t seed, std::uint64_t sequence) {
  RowRandom random(seed ^ 0x5C4, sequence);
  write_summary(out, random, Fate::good, 330);
}

Fate fate_of(std::uint64_t seed, std::uint64_t sequence) {
  const auto lot = RowRandom(seed ^ 0xFA7E, sequence).below(1'000);
  if (lot < 5) return Fate::failed;
  if (lot < 8) return Fate::truncated;
  if (lot < 11) return Fate::mismatch;
  return lot < 15 ? Fate::fenced : Fate::good;
}

void append_result(std::string& out, std::uint64_t seed, std::string_view run, std::uint64_t sequence) {
  RowRandom random(seed ^ 0xA25, sequence);
  const Fate fate = fate_of(seed, sequence);
  std::string custom_id;
  model::append_text(custom_id, run, sequence, 1);
  if (fate == Fate::failed) {
    out += fmt::format(R"({{"id":"batch_req_{0:016x}","custom_id":"{1}","response":null,"error":{{"code":)"
                       R"("data_inspection_failed","message":"Input data may contain inappropriate content."}}}})",
                       random.below(~0ULL), custom_id);
    return;
  }
  std::string content;
  write_summary(content, random, fate, 180);
  if (fate == Fate::fenced) content = "```json\n" + content + "\n```";
  const auto id = random.below(~0ULL);
  out += fmt::format(
      R"({{"id":"{0:016x}","custom_id":"{1}","response":{{"status_code":200,"request_id":"{0:016x}","body":{{"id":)"
      R"("chatcmpl-{0:016x}","object":"chat.completion","created":1790000100,"model":"qwen-plus","choices":[{{"index":0,)"
      R"("finish_reason":"{2}","message":{{"role":"assistant","content":)",
      id, custom_id, fate == Fate::truncated ? "length" : "stop");
  json::append_quoted(out, content);
  out +=
      fmt::format(R"(}}}}],"usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}}}}}},"error":null}})",
                  900, 120, 1020);
}

}  // namespace batchd::bench
