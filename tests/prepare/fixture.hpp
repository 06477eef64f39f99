#pragma once
// A small job over rows in a temporary folder, and the line from those rows to shard files.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "line/prepare/prepare.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::prepare {

inline constexpr std::string_view run_id = "01kb0000000000000000000000";
inline constexpr std::string_view other_run_id = "01kb0000000000000000000001";

struct Fixture {
  test::TemporaryFolder folder;
  model::JobSpec job;
  model::ProviderSpec provider;

  Fixture() {
    job.name = "tickets";
    job.provider = "somewhere";
    job.endpoint = "/v1/chat/completions";
    job.input.id = "/id";
    job.request = R"({"model":"m","messages":[{"role":"user","content":"{{text}}"}]})";
    provider.name = "somewhere";
  }

  void write_input(std::string_view text) {
    job.input.path = folder.write("rows.jsonl", text);
    job.input.path_as_written = "rows.jsonl";
  }
  // A path or a pattern in the folder.
  void set_input(std::string_view written) {
    job.input.path = folder / written;
    job.input.path_as_written = written;
  }
  void write_csv(std::string_view text) {
    folder.write("rows.csv", text);
    set_input("rows.csv");
    job.input.format = model::InputFormat::csv;
  }
  void set_input_schema(std::string text) {
    job.input.schema = model::SchemaText{folder / "row.schema.json", std::move(text)};
  }
  std::vector<model::InputFile> identified() const {
    auto inputs = identify(job.input);
    REQUIRE(inputs);
    return *inputs;
  }
};

// All of an input, rendered.
struct Rendered {
  Status status;  // of the call of next() that failed, if one did
  Status verdict;
  Tally tally;
  std::vector<Complaint> complaints;
  std::vector<Group> groups;
  std::vector<std::string> ids;
  std::vector<std::string> bodies;
  std::vector<std::uint64_t> sequences;
  std::vector<std::uint64_t> lines;
  std::vector<std::uint32_t> group_of;
  std::vector<model::IdKey> keys;
};

inline void gather(const Block& block, Rendered& all) {
  for (const auto& row : block.accepted) {
    all.ids.push_back(block.ids.substr(row.id_offset, row.id_length));
    all.bodies.push_back(block.bodies.substr(row.body_offset, row.body_length));
    all.sequences.push_back(row.sequence);
    all.lines.push_back(row.line);
    all.group_of.push_back(row.group);
    CHECK(row.group < block.groups.size());
  }
}

inline Rendered render(const Fixture& fixture, Renderer::Options options = {},
                       std::vector<model::InputFile> inputs = {}) {
  auto renderer = Renderer::open(fixture.job, fixture.provider, std::move(inputs), std::move(options));
  REQUIRE_MESSAGE(renderer.ok(), renderer.error().text());
  Rendered all;
  Block block;
  while (all.status && !block.at_end) {
    all.status = renderer->next(block);
    gather(block, all);
  }
  all.verdict = renderer->verdict();
  all.tally = renderer->tally();
  all.complaints = renderer->complaints();
  all.groups = renderer->groups();
  all.keys = renderer->take_ids();
  CHECK(all.tally.rows == all.tally.rejected + all.tally.items);
  CHECK(all.tally.items == all.bodies.size());
  return all;
}

// The message of open() or of a call of next() that must fail.
inline std::string failure_of(const Fixture& fixture, std::vector<model::InputFile> inputs = {}) {
  auto renderer = Renderer::open(fixture.job, fixture.provider, std::move(inputs), {});
  Block block;
  Status status = renderer ? Status() : Status(renderer.error());
  while (status && !block.at_end)
    status = renderer->next(block);
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::invalid);
  return status.error().message;
}

// "3: invalid_row a: what"
inline std::string text_of(const Complaint& complaint) {
  return std::to_string(complaint.line) + ": " + std::string(name_of(complaint.fault)) + " " + complaint.id + ": " +
         complaint.message;
}
inline std::vector<std::string> places_of(const std::vector<Complaint>& complaints) {
  std::vector<std::string> places;
  for (const auto& complaint : complaints)
    places.push_back(complaint.file + ":" + std::to_string(complaint.line));
  return places;
}
inline std::vector<std::string> texts_of(const std::vector<Complaint>& complaints) {
  std::vector<std::string> texts;
  for (const auto& complaint : complaints)
    texts.push_back(text_of(complaint));
  return texts;
}

inline std::string row(std::string_view id, std::string_view text = "hello") {
  return R"({"id":")" + std::string(id) + R"(","text":")" + std::string(text) + "\"}\n";
}

struct Cut {
  std::vector<model::Shard> shards;
  std::vector<model::Item> items;
};

// Cuts into `<folder>/spool/<run>`.
inline Cut cut(const Fixture& fixture, std::uint64_t requests_max = 50'000, std::uint64_t bytes_max = 200'000'000,
               std::string_view run = run_id) {
  auto renderer = Renderer::open(fixture.job, fixture.provider, {}, {});
  REQUIRE_MESSAGE(renderer.ok(), renderer.error().text());
  const std::string spool = "spool/" + std::string(run);
  auto cutter =
      Cutter::create({std::string(run), fixture.folder.path(), spool, fixture.job.endpoint, requests_max, bytes_max});
  REQUIRE_MESSAGE(cutter.ok(), cutter.error().text());
  Cut done;
  Block block;
  while (!block.at_end) {
    REQUIRE(renderer->next(block));
    REQUIRE(cutter->add(block, done.items));
  }
  REQUIRE(renderer->verdict());
  auto shards = cutter->finish();
  REQUIRE_MESSAGE(shards.ok(), shards.error().text());
  done.shards = std::move(*shards);
  return done;
}

}  // namespace batchd::prepare
