#pragma once
// Runs, items, shards and outcomes to try a store with. Every field differs from its default.

#include <algorithm>
#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace batchd::store::samples {

inline constexpr std::string_view run_id = "01jd0000000000000000000001";

inline Time at(std::int64_t seconds) { return from_unix_seconds(1'795'412'000 + seconds); }

inline model::Run run(std::string_view id = run_id, std::string_view job = "tickets", std::string_view key = "key-1") {
  model::Run run;
  run.id = id;
  run.job = job;
  run.key = key;
  run.stopped_by = "operator";
  run.waiting = {model::WaitingFor::disk, at(1), at(2), "the disk is full"};
  run.provider = "dashscope-intl";
  run.simulated = true;
  run.sample = true;
  run.asks_account = true;
  run.ask_hash = "00112233";
  run.frozen_job = R"({"name":"tickets"})";
  run.answer_rule = "8899";
  run.inputs = {{"/data/a.jsonl", {10, -20, 0xFFFF'FFFF'FFFF'FFFF, 40}, {1, 2}},
                {"/data/ü b.jsonl", {11, 21, 31, 41}, {0x8000'0000'0000'0000, 4}}};
  run.output_folder = "/out/tickets";
  run.created_at = at(3);
  run.owner = "host/boot/1/2";
  run.heartbeat_at = at(4);
  run.rows = 5;
  run.rejected = 6;
  run.items = 7;
  run.prompt_sha = "aabb";
  run.exit_code = 8;
  run.anomalies = {1, 2, 3, 4, 5};
  return run;
}

inline std::string item_id(std::uint64_t sequence) { return "TKT-" + std::to_string(sequence); }

inline model::Item item(std::uint64_t sequence, std::uint32_t shard) {
  model::Item item;
  item.sequence = sequence;
  item.id = item_id(sequence);
  item.shard = shard;
  item.row_offset = sequence * 100;
  item.row_length = 99;
  item.request_offset = sequence * 1'000;
  item.request_length = 999;
  item.request_key = {sequence, ~sequence};
  return item;
}

inline std::vector<model::Item> items(std::uint64_t first, std::uint64_t last, std::uint32_t shard) {
  std::vector<model::Item> all;
  for (std::uint64_t sequence = first; sequence <= last; ++sequence)
    all.push_back(item(sequence, shard));
  return all;
}

inline model::Shard shard(std::uint32_t n, std::uint64_t first, std::uint64_t last) {
  model::Shard shard;
  shard.n = n;
  shard.attempt = 1;
  shard.lane = "batch";
  shard.model = "qwen-plus";
  shard.thinking = "false";
  shard.requests = last - first + 1;
  shard.bytes = 12'345;
  shard.first_sequence = first;
  shard.last_sequence = last;
  shard.requests_file = "spool/r/000" + std::to_string(n) + ".requests.jsonl";
  shard.rows_file = "spool/r/000" + std::to_string(n) + ".rows.jsonl";
  shard.requests_hash = "ccdd";
  shard.outcome_file = "answers/r/000" + std::to_string(n) + ".outcomes.jsonl";
  shard.rows_mark = {11, "1a"};
  shard.outcome_mark = {14, "4d"};
  return shard;
}

inline model::Shard in_stage(model::Shard shard, model::ShardStage stage, model::EndKind end = model::EndKind::none) {
  shard.stage = stage;
  shard.end = end;
  shard.submission = 2;
  shard.error = "trouble";
  shard.input_file_id = "file-1";
  shard.output_file = "answers/r/output.jsonl";
  shard.error_file = "answers/r/errors.jsonl";
  return shard;
}

inline model::Submission submission(std::uint32_t shard, std::uint32_t n) {
  model::Submission one;
  one.shard = shard;
  one.n = n;
  one.intended_at = at(10);
  one.server_time = at(11);
  one.batch_id = "batch-" + std::to_string(n);
  one.state = model::BatchState::failed;
  one.state_text = "FAILED";
  one.counts = {100, 40, 60};
  one.output_file_id = "file-out";
  one.error_file_id = "file-err";
  one.errors = {{"invalid", "line is no JSON", 7, "T-7"}, {"other", "no line", std::nullopt}};
  one.created_at = at(12);
  one.expires_at = at(13);
  one.ended_at = at(14);
  one.given_up = true;
  one.missed_at = at(15);
  one.usage = {70, 9, 4, 2, true};
  return one;
}

inline model::Outcome outcome(std::uint64_t sequence, model::Reason reason = model::Reason::none,
                              std::uint32_t attempt = 1) {
  model::Outcome outcome;
  outcome.sequence = sequence;
  outcome.attempt = attempt;
  outcome.reason = reason;
  outcome.status = reason == model::Reason::none ? model::ItemStatus::succeeded : model::ItemStatus::failed;
  outcome.usage = {100, 10, 1, 5, true};
  outcome.cost = model::Money{1'000};
  outcome.row_offset = sequence * 50 + attempt;
  outcome.row_length = 49;
  outcome.answer_offset = sequence * 70;
  outcome.answer_length = 69;
  outcome.answer_in_error_file = reason == model::Reason::refused;
  return outcome;
}

inline std::vector<model::Outcome> outcomes(std::uint64_t first, std::uint64_t last) {
  std::vector<model::Outcome> all;
  for (std::uint64_t sequence = first; sequence <= last; ++sequence)
    all.push_back(outcome(sequence));
  return all;
}

inline std::vector<IdKey> keys_of(const std::vector<model::Item>& items) {
  std::vector<IdKey> keys;
  for (const model::Item& item : items)
    keys.push_back({xxh3_128(item.id).low, item.sequence});
  std::sort(keys.begin(), keys.end(), [](const IdKey& a, const IdKey& b) {
    return std::pair(a.hash, a.sequence) < std::pair(b.hash, b.sequence);
  });
  return keys;
}

// A sealed run of these items, a shard for each run of equal numbers in them.
inline Status seal(Store& store, const std::vector<model::Item>& all, std::string_view id = run_id,
                   std::string_view key = "key-1") {
  model::Run made = run(id, "tickets", key);
  made.rows = made.items = all.size();
  made.rejected = 0;
  if (auto created = store.create_run(made); !created) return created;
  if (auto added = store.add_items(id, all); !added) return added;
  std::vector<model::Shard> shards;
  for (const model::Item& item : all) {
    const auto known = std::find_if(shards.begin(), shards.end(), [&](const auto& s) { return s.n == item.shard; });
    if (known == shards.end()) {
      shards.push_back(shard(item.shard, item.sequence, item.sequence));
    } else {
      known->last_sequence = item.sequence;
      known->requests += 1;
    }
  }
  const auto sealed = store.seal_prepared(made, shards, keys_of(all), at(20));
  return sealed ? Status() : Status(sealed.error());
}

}  // namespace batchd::store::samples
