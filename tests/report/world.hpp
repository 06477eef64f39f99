#pragma once
// A finished run on disk: outcome files, input rows, and a report::Request over them that tests may bend.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "line/report/report.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::report {

inline Time at(std::int64_t seconds) { return from_unix_seconds(1'795'412'693 + seconds); }

struct World {
  test::TemporaryFolder folder;
  model::JobSpec job;
  model::Run run;
  std::vector<model::Shard> shards;
  std::vector<model::Submission> submissions;
  model::Counts counts;
  Sums sums;
  model::RunState state = model::RunState::succeeded;
  std::vector<RowRef> refs;
  std::vector<std::string> rows;               // of results.jsonl, as they are expected
  std::map<std::string, std::string> written;  // what lies in the state folder, by name
  std::uint32_t pages = 0;                     // how often rows were asked for

  World() {
    job.name = run.job = "tickets";
    job.input.id = "/id";
    run.id = "01jd0000000000000000000001";
    run.key = "key-1";
    run.provider = "dashscope-intl";
    run.output_folder = (folder / "out/tickets").string();
    run.started_at = at(0);
    run.prompt_sha = "abcd";
    job.yaml = "name: tickets\n";
    sums.currency = "USD";
  }

  model::BlobRef append(const std::string& file, const std::string& line) {
    std::string& text = written[file];
    const model::BlobRef ref{file, text.size(), line.size()};
    text += line + "\n";
    return ref;
  }

  // An item with its input row and, unless it is pending, its finished row.
  void add(model::ItemStatus status, model::Reason reason = model::Reason::none, const std::string& shard = "1") {
    const std::uint64_t sequence = refs.size() + 1;
    RowRef ref;
    ref.sequence = sequence;
    ref.status = status;
    const std::string id = "T-" + std::to_string(sequence);
    ref.input = append("spool/" + shard + ".rows.jsonl", R"({"id":")" + id + R"(","subject":"Grüße 🎟"})");
    if (status == model::ItemStatus::succeeded || status == model::ItemStatus::failed) {
      rows.push_back(R"({"id":")" + id + R"(","status":")" + std::string(name_of(status)) + R"("})");
      ref.row = append("answers/" + shard + ".outcomes.jsonl", rows.back());
    }
    refs.push_back(ref);
    run.rows = run.items += 1;
    if (status == model::ItemStatus::succeeded) {
      counts.succeeded += 1;
    } else if (status == model::ItemStatus::failed) {
      counts.failed += 1;
      counts.reasons[static_cast<std::size_t>(reason)] += 1;
    } else {
      counts.pending += 1;
    }
  }

  Request request() {
    for (const auto& [name, text] : written)
      folder.write("state/" + name, text);
    return Request{job,
                   run,
                   state,
                   shards,
                   submissions,
                   counts,
                   sums,
                   folder / "state",
                   folder / "state/spool/rejected.jsonl",
                   "0.1.0",
                   at(200),
                   [this](std::uint64_t after, std::uint32_t limit) -> Result<std::vector<RowRef>> {
                     ++pages;
                     std::vector<RowRef> page;
                     for (const RowRef& ref : refs) {
                       if (ref.sequence > after && page.size() < limit) page.push_back(ref);
                     }
                     return page;
                   }};
  }

  Written written_report() {
    auto done = write(request());
    REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().text()));
    return *done;
  }

  std::string result(std::string_view name) const {
    return folder.read("out/tickets/" + run.id + "/" + std::string(name));
  }
};

}  // namespace batchd::report
