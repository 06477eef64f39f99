#include "rehearsal/morning.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/runner/verification.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"

namespace batchd::rehearsal {
namespace {

constexpr std::uint64_t line_bytes_max = 16'000'000;
constexpr std::uint32_t happenings_max = 100'000;
constexpr std::uint64_t report_bytes_max = 1'000'000;

Path database(const Scene& scene) { return scene.folder / "state" / "batchd.db"; }

std::unique_ptr<store::Store> open_store(const Scene& scene) {
  auto opened = store::Store::open(database(scene), store::Mode::read_only);
  check(opened.ok(), "the store can be read");
  return std::move(*opened);
}

template <typename Visit>
void for_each_line(const Path& file, const Visit& visit) {
  auto reader = json::LineReader::open(file, line_bytes_max);
  check(reader.ok(), "a file of lines can be opened");
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    check(line.ok(), "a line can be read");
    if (line->at_end) return;
    const auto root = document.parse_padded(line->text, {.duplicate_keys_are_errors = false});
    check(root.ok(), "a line is JSON");
    visit(*root);
  }
}

std::string text_of(json::View value) { return std::string(value.as_string().value_or("")); }
std::uint64_t count_of(json::View value) { return static_cast<std::uint64_t>(value.as_int64().value_or(0)); }

std::vector<std::string> custom_ids_in(const Path& file) {
  std::vector<std::string> ids;
  if (exists(file)) for_each_line(file, [&](json::View line) { ids.push_back(text_of(line.find("custom_id"))); });
  return ids;
}

std::vector<MadeBatch> made_by_the_provider(const Scene& scene, std::string_view run) {
  std::vector<MadeBatch> made;
  for_each_line(journal(scene), [&](json::View entry) {
    const auto id = text_of(entry.find("batch"));
    const auto type = text_of(entry.find("type"));
    if (type == "batch_created") {
      const auto metadata = entry.find("metadata");
      if (text_of(metadata.find(model::metadata_run)) != run) return;
      const auto shard = text_of(metadata.find(model::metadata_shard));
      const auto input = scene.folder / "state" / "world" / "files" / text_of(entry.find("input_file"));
      made.push_back({id, static_cast<std::uint32_t>(std::stoul(shard)), 0, 0, count_of(entry.find("requests")),
                      custom_ids_in(input)});
    }
    const auto known = std::find_if(made.begin(), made.end(), [&](const auto& batch) { return batch.id == id; });
    if (type != "batch_answered" || known == made.end()) return;
    known->completed = count_of(entry.find("completed"));
    known->failed = count_of(entry.find("failed"));
  });
  return made;
}

// What an item's row in results.jsonl says became of it: "succeeded", or why not.
std::string fate_in(json::View row) {
  return text_of(row.find("status")) == "failed" ? text_of(row.find("reason")) : text_of(row.find("status"));
}

std::map<std::string, std::uint64_t> tally_of(const model::Counts& counts) {
  std::map<std::string, std::uint64_t> tally;
  if (counts.succeeded > 0) tally["succeeded"] = counts.succeeded;
  for (int i = 0; i < model::reason_count; ++i) {
    const auto count = counts.reasons[static_cast<std::size_t>(i)];
    if (count > 0) tally[std::string(name_of(static_cast<model::Reason>(i)))] = count;
  }
  return tally;
}

std::string text_of(const std::map<std::string, std::uint64_t>& tally) {
  std::string text;
  for (const auto& [what, count] : tally)
    text += fmt::format("{} {}, ", count, what);
  return text;
}

// -- the judges: each adds what it finds

class Complaints {
 public:
  template <typename... Arguments>
  void expect(bool is_so, fmt::format_string<Arguments...> otherwise, Arguments&&... arguments) {
    if (!is_so) text_ += fmt::format(otherwise, std::forward<Arguments>(arguments)...) + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Where lists are late and answers are lost, a shard can be worked on twice: then it is told.
void judge_payments(const Morning& morning, Complaints& complaints) {
  std::map<std::uint32_t, int> worked;
  std::map<std::string, int> asked;
  for (const auto& batch : morning.made) {
    if (!batch.is_worked_on()) continue;
    ++worked[batch.shard];
    for (const auto& id : batch.custom_ids)
      ++asked[id];
    complaints.expect(batch.completed + batch.failed <= batch.requests, "{} answered {} requests and had {}", batch.id,
                      batch.completed + batch.failed, batch.requests);
  }
  const bool is_told = happened(morning, "paid_twice");
  for (const auto& [shard, times] : worked)
    complaints.expect(times == 1 || is_told, "shard {} was worked on {} times, and nobody says so", shard, times);
  for (const auto& [id, times] : asked)
    complaints.expect(times == 1 || is_told, "{} was asked {} times, and nobody says so", id, times);
}

void judge_knowledge(const Morning& morning, Complaints& complaints) {
  std::set<std::string> known;
  std::map<std::uint32_t, int> kept;
  std::map<std::uint32_t, int> in_doubt;
  std::map<std::uint32_t, int> unknown;
  for (const auto& submission : morning.submissions) {
    if (!submission.batch_id.empty()) known.insert(submission.batch_id);
    kept[submission.shard] += !submission.batch_id.empty() && !submission.given_up;
    in_doubt[submission.shard] += model::is_in_doubt(submission);
  }
  for (const auto& batch : morning.made)
    unknown[batch.shard] += !known.contains(batch.id);
  for (const auto& [shard, count] : unknown)
    complaints.expect(count <= in_doubt[shard], "shard {}: {} batches nobody knows of", shard, count);
  for (const auto& [shard, count] : kept)
    complaints.expect(count <= 1, "shard {} keeps {} batches", shard, count);
  if (!model::is_final(morning.run.state)) return;
  for (const auto& shard : morning.shards)
    complaints.expect(shard.stage == model::ShardStage::collected, "the run is over and shard {} is {}", shard.n,
                      name_of(shard.stage));
}

void judge_truth_table(const Morning& morning, Complaints& complaints) {
  const auto& run = morning.run;
  const auto& counts = morning.counts;
  complaints.expect(run.rows == run.rejected + run.items, "{} rows, but {} rejected and {} items", run.rows,
                    run.rejected, run.items);
  complaints.expect(run.items == counts.succeeded + counts.failed + counts.pending,
                    "{} items, but {} succeeded, {} failed and {} pending", run.items, counts.succeeded, counts.failed,
                    counts.pending);
  std::uint64_t reasons = 0;
  for (const auto count : counts.reasons)
    reasons += count;
  complaints.expect(reasons == counts.failed, "{} failed, and {} have a reason", counts.failed, reasons);
  complaints.expect(counts.pending == 0 || !model::is_final(run.state), "the run is over and {} items are pending",
                    counts.pending);
}

void judge_results(const Scene& scene, const Morning& morning, Complaints& complaints) {
  const auto folder = Path(morning.run.output_folder) / "simulated" / morning.run.id;
  std::map<std::string, std::uint64_t> tally;
  std::uint64_t failures = 0;
  std::uint32_t place = 0;
  for_each_line(folder / "results.jsonl", [&](json::View row) {
    const auto expected = scene.order.empty() ? place + 1 : scene.order.at(place);
    ++place;
    complaints.expect(text_of(row.find("id")) == fmt::format("row-{}", expected), "line {} of the results is {}", place,
                      text_of(row.find("id")));
    ++tally[fate_in(row)];
  });
  for_each_line(folder / "failures.jsonl", [&](json::View) { ++failures; });
  complaints.expect(place == scene.rows, "{} rows and {} results", scene.rows, place);
  complaints.expect(tally == tally_of(morning.counts), "the results say {}the store says {}", text_of(tally),
                    text_of(tally_of(morning.counts)));
  complaints.expect(failures == morning.counts.failed, "{} failed, and failures.jsonl has {}", morning.counts.failed,
                    failures);
  json::Document document;
  const auto text = read_file(folder / "report.json", report_bytes_max);
  const auto report = text ? document.parse(*text) : Result<json::View>(text.error());
  complaints.expect(report.ok(), "there is no report");
  if (!report) return;
  const auto told = report->find("counts");
  complaints.expect(count_of(told.find("succeeded")) == morning.counts.succeeded &&
                        count_of(told.find("failed")) == morning.counts.failed,
                    "the report counts {}", told.source_text());
}

void judge_files(const Scene& scene, Complaints& complaints) {
  for (const auto* folder : {"out", "state/answers", "state/spool"}) {
    std::error_code there_is_none;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scene.folder / folder, there_is_none)) {
      const auto name = entry.path().filename().string();
      const bool is_temporary = name.find(".partial") != name.npos || name.find(".tmp") != name.npos;
      complaints.expect(!is_temporary, "{} was left", entry.path().string());
    }
  }
}

}  // namespace

Morning morning_of(const Scene& scene) {
  const auto store = open_store(scene);
  const auto runs = *store->runs("rehearsal", 1);
  check(runs.size() == 1, "there is a run");
  const auto& id = runs[0].id;
  return {runs[0],
          *store->counts(id),
          *store->shards(id),
          *store->submissions(id),
          *store->happenings(id, happenings_max),
          made_by_the_provider(scene, id)};
}

bool happened(const Morning& morning, std::string_view kind) {
  return std::any_of(morning.happenings.begin(), morning.happenings.end(),
                     [&](const auto& happening) { return happening.kind == kind; });
}

std::string account_of(const Morning& morning) {
  const auto items = model::is_final(morning.run.state) ? text_of(tally_of(morning.counts)) : "not over, ";
  return fmt::format("{}{} {}", items, morning.made.size(), morning.made.size() == 1 ? "batch" : "batches");
}

std::string complaints_about(const Scene& scene, const Morning& morning) {
  Complaints complaints;
  judge_payments(morning, complaints);
  judge_knowledge(morning, complaints);
  judge_truth_table(morning, complaints);
  if (model::is_final(morning.run.state)) judge_results(scene, morning, complaints);
  judge_files(scene, complaints);
  const auto store = open_store(scene);
  complaints.expect(store->check_integrity().ok(), "the database is damaged");
  const auto verified = runner::verify({*store, morning.run, job_of(scene), scene.folder / "state"});
  complaints.expect(verified.ok(), "the run cannot be verified");
  if (!verified) return complaints.text();
  for (const auto& finding : verified->findings)
    complaints.expect(false, "verify: {}", finding.text);
  return complaints.text();
}

}  // namespace batchd::rehearsal
