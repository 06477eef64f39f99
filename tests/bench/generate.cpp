// bench_generate tickets ROWS FILE: "-" is standard output
// bench_generate summaries ROWS FILE: instances of schemas/ticket-summary.schema.json, all of them good
// bench_generate results ROWS SHARD_ROWS RUN FOLDER: FOLDER/0001.output.jsonl, 0001.error.jsonl, …, each in any order

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/made_up.hpp"
#include "ground/base/files.hpp"
#include "ground/base/random.hpp"

namespace {

using namespace batchd;

constexpr std::uint64_t seed = 20'261'123;

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "bench_generate: {}\n", why);
  std::exit(1);
}

void must(const Status& status) {
  if (!status) fail(status.error().text());
}

FileWriter create(const Path& path) {
  auto writer = FileWriter::create(path);
  if (!writer) fail(writer.error().text());
  return std::move(*writer);
}

using AppendRow = void (*)(std::string& out, std::uint64_t seed, std::uint64_t sequence);

void write_rows(std::uint64_t rows, const Path& path, AppendRow append) {
  FileWriter file = create(path);
  std::string line;
  for (std::uint64_t sequence = 1; sequence <= rows; ++sequence) {
    line.clear();
    append(line, seed, sequence);
    line += '\n';
    must(file.write(line));
  }
  must(file.finish());
}

// A reader that has seen enough ends us by SIGPIPE, as is usual.
void print_rows(std::uint64_t rows, AppendRow append) {
  std::string block;
  for (std::uint64_t sequence = 1; sequence <= rows; ++sequence) {
    append(block, seed, sequence);
    block += '\n';
    if (block.size() < FileWriter::buffer_bytes && sequence < rows) continue;
    if (std::fwrite(block.data(), 1, block.size(), stdout) != block.size()) fail("standard output cannot be written");
    block.clear();
  }
  if (std::fflush(stdout) != 0) fail("standard output cannot be written");
}

// The order of results is not promised, so it is the worst: none at all.
std::vector<std::uint64_t> shuffled(std::uint64_t first, std::uint64_t count, Random& random) {
  std::vector<std::uint64_t> sequences(count);
  std::iota(sequences.begin(), sequences.end(), first);
  for (std::size_t i = sequences.size(); i > 1; --i)
    std::swap(sequences[i - 1], sequences[random.below(i)]);
  return sequences;
}

void write_results(std::uint64_t rows, std::uint64_t shard_rows, std::string_view run, const Path& folder) {
  must(make_folders(folder));
  Random random(seed);
  std::string line;
  std::uint64_t first = 1;
  for (int shard = 1; first <= rows; ++shard) {
    const std::uint64_t count = std::min(shard_rows, rows - first + 1);
    FileWriter output = create(folder / fmt::format("{:04}.output.jsonl", shard));
    FileWriter errors = create(folder / fmt::format("{:04}.error.jsonl", shard));
    for (const std::uint64_t sequence : shuffled(first, count, random)) {
      line.clear();
      bench::append_result(line, seed, run, sequence);
      line += '\n';
      must((bench::fate_of(seed, sequence) == bench::Fate::failed ? errors : output).write(line));
    }
    must(output.finish());
    must(errors.finish());
    first += count;
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  if (given.size() == 3 && given[0] == "tickets" && given[2] == "-")
    print_rows(std::stoull(given[1]), bench::append_ticket);
  else if (given.size() == 3 && given[0] == "tickets")
    write_rows(std::stoull(given[1]), given[2], bench::append_ticket);
  else if (given.size() == 3 && given[0] == "summaries")
    write_rows(std::stoull(given[1]), given[2], bench::append_summary);
  else if (given.size() == 5 && given[0] == "results")
    write_results(std::stoull(given[1]), std::stoull(given[2]), given[3], given[4]);
  else
    fail("tickets ROWS FILE | summaries ROWS FILE | results ROWS SHARD_ROWS RUN FOLDER");
}
