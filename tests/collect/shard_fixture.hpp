#pragma once
// A shard of a few items in a temporary folder, and what collecting its files gives.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/collect/collect.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::collect::test {

inline constexpr std::string_view run_id = "01jd0000000000000000000001";
inline constexpr std::string_view summary_schema =
    R"({"type":"object","required":["summary","priority"],"properties":{"summary":{"type":"string"},)"
    R"("priority":{"enum":["low","normal","high"]}}})";
inline constexpr std::string_view good_content = R"({"summary":"A printer is jammed","priority":"low"})";

inline std::string custom_id(std::uint64_t sequence, std::uint32_t attempt = 1, std::string_view run = run_id) {
  return fmt::format("{}-{}-{}", run, sequence, attempt);
}

// A result line as Model Studio and OpenAI write it, around a finished `choices[0]`.
inline std::string choice_line(std::string_view id, std::string_view choice) {
  return fmt::format(
      R"({{"id":"batch_req_1","custom_id":{},"response":{{"status_code":200,"request_id":"req_1","body":)"
      R"({{"id":"chatcmpl-1","object":"chat.completion","created":1790000100,"model":"qwen-plus-2025","choices":[{}],)"
      R"("usage":{{"prompt_tokens":40,"completion_tokens":12,"total_tokens":52}}}}}},"error":null}})",
      json::quoted(id), choice);
}

inline std::string answer_line(std::uint64_t sequence, std::string_view content,
                               std::string_view finish_reason = "stop") {
  return choice_line(custom_id(sequence),
                     fmt::format(R"({{"index":0,"finish_reason":"{}","message":{{"role":"assistant","content":{}}}}})",
                                 finish_reason, json::quoted(content)));
}

inline std::string error_line(std::uint64_t sequence, std::string_view code, std::string_view message) {
  return fmt::format(
      R"({{"id":"batch_req_2","custom_id":"{}","response":null,"error":{{"code":"{}","message":"{}"}}}})",
      custom_id(sequence), code, message);
}

// One row of the outcome file, looked into.
struct ReadRow {
  std::string line;
  json::Document document;
  json::View root() const { return document.root(); }
  std::string text(std::string_view key) const { return std::string(root().find(key).source_text()); }
  std::string string(std::string_view key) const {
    return std::string(root().find(key).as_string().value_or("<none>"));
  }
};

struct ShardFixture {
  batchd::test::TemporaryFolder folder;
  model::JobSpec job;
  model::Run run;
  model::Shard shard;
  model::Submission submission;
  std::vector<model::Item> items;
  std::optional<model::Price> price;
  std::uint64_t line_bytes_max = 64'000'000;

  // Items 1…count, ids "t-1"…
  explicit ShardFixture(std::uint64_t count = 3) {
    run.id = run_id;
    run.prompt_sha = "5ha";
    job.endpoint = "/v1/chat/completions";
    job.output.schema = model::SchemaText{"summary.schema.json", std::string(summary_schema)};
    shard.n = 1;
    shard.lane = "batch";
    shard.model = "qwen-plus";
    shard.end = model::EndKind::batch;
    shard.stage = model::ShardStage::fetched;
    shard.rows_file = "spool/0001.rows.jsonl";
    shard.outcome_file = "answers/0001.outcomes.jsonl";
    submission.state = model::BatchState::completed;
    submission.batch_id = "batch_1";
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence)
      add_item(sequence);
  }

  void add_item(std::uint64_t sequence) {
    model::Item item;
    item.sequence = sequence;
    item.id = fmt::format("t-{}", sequence);
    item.shard = 1;
    items.push_back(item);
  }

  void output(const std::vector<std::string>& lines) {
    shard.output_file = "answers/0001.output.jsonl";
    folder.write(shard.output_file, joined(lines));
  }
  void errors(const std::vector<std::string>& lines) {
    shard.error_file = "answers/0001.error.jsonl";
    folder.write(shard.error_file, joined(lines));
  }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
      text += line + "\n";
    return text;
  }

  Result<Collected> try_collect() {
    auto judge = Judge::compile(job.output, job.endpoint);
    REQUIRE_MESSAGE(judge.ok(), (judge.ok() ? std::string() : judge.error().text()));
    return batchd::collect::collect(
        Request{*judge, job, run, shard, submission, items, price, folder.path(), line_bytes_max});
  }

  // Every item has exactly one outcome, in order, and the books balance: whatever else a test looks at.
  Collected collect() {
    auto collected = try_collect();
    REQUIRE_MESSAGE(collected.ok(), (collected.ok() ? std::string() : collected.error().text()));
    REQUIRE(collected->outcomes.size() == items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      const model::Outcome& outcome = collected->outcomes[i];
      CHECK(outcome.sequence == items[i].sequence);
      CHECK((outcome.status == model::ItemStatus::succeeded || outcome.status == model::ItemStatus::failed));
      CHECK((outcome.status == model::ItemStatus::succeeded) == (outcome.reason == model::Reason::none));
      const ReadRow read = row(outcome);
      CHECK(read.string("id") == items[i].id);
      CHECK(read.string("custom_id") == custom_id(items[i].sequence, shard.attempt));
      CHECK(read.string("status") == model::name_of(outcome.status));
    }
    return std::move(*collected);
  }

  ReadRow row(const model::Outcome& outcome) const {
    ReadRow read;
    read.line = folder.read(shard.outcome_file).substr(outcome.row_offset, outcome.row_length);
    REQUIRE_MESSAGE(read.document.parse(read.line).ok(), read.line);
    return read;
  }
};

// The verdict on a single item whose only line is this.
inline model::Outcome verdict_on(const std::string& line) {
  ShardFixture fixture(1);
  fixture.output({line});
  return fixture.collect().outcomes.at(0);
}

}  // namespace batchd::collect::test
