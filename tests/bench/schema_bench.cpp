// bench_schema SCHEMA INSTANCES
// One core: every line of a file parsed and judged, end to end; the judging alone; how long the schema takes to
// compile; how often an accepted instance makes us ask for memory. All instances must be accepted.
//
// bench_schema SCHEMA: how long the schema takes to compile.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/measured.hpp"
#include "ground/base/files.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rules/schema/schema.hpp"

namespace {

std::atomic<std::uint64_t> allocations = 0;

void* counted_allocation(std::size_t bytes, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                     ? std::malloc(bytes)
                     : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted_allocation(bytes, 1); }
void* operator new[](std::size_t bytes) { return counted_allocation(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted_allocation(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return counted_allocation(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace batchd;

constexpr std::string_view program = "bench_schema";
constexpr std::uint64_t line_bytes_max = 1 << 20;
constexpr std::uint64_t settled_after_lines = 1'000;  // by then every buffer has grown to what it will be

void print_compile_time(const std::string& text) {
  std::vector<double> times;
  for (int i = 0; i < 25; ++i) {
    const bench::Stopwatch watch;
    const auto schema = bench::must(program, schema::Schema::compile(text));
    times.push_back(watch.seconds() * 1e3);
  }
  std::sort(times.begin(), times.end());
  bench::print_figure("compile_ms", times[times.size() / 2]);
}

[[noreturn]] void refuse(std::uint64_t line) {
  bench::fail(program, Error(ErrorKind::invalid, fmt::format("line {} is not an accepted instance", line)));
}

json::View parsed(json::Document& document, const json::Line& line) {
  auto root = document.parse_padded(line.text);
  if (!root) refuse(line.number);
  return *root;
}

// The file's lines, parsed and judged.
void print_end_to_end(const schema::Schema& schema, const Path& instances) {
  auto lines = bench::must(program, json::LineReader::open(instances, line_bytes_max));
  json::Document document;
  std::uint64_t rows = 0, settled_allocations = 0;
  const bench::Stopwatch watch;
  while (true) {
    const auto line = bench::must(program, lines.next());
    if (line.at_end) break;
    if (!schema.accepts(parsed(document, line))) refuse(line.number);
    if (++rows == settled_after_lines) settled_allocations = allocations;
  }
  const double seconds = watch.seconds();
  const std::uint64_t made = allocations - settled_allocations;
  bench::print_figures(rows, seconds);
  bench::print_figure("instance_bytes", static_cast<double>(lines.bytes_read()) / static_cast<double>(rows) - 1);
  if (rows > settled_after_lines) {
    bench::print_figure("allocations_each",
                        static_cast<double>(made) / static_cast<double>(rows - settled_after_lines));
  }
}

// A block of documents is parsed, then each is judged `rounds` times in a row, until the file is at its end: with 1 as
// it comes from memory, with more as Blaze's --loop has it. In processor time: whoever else is busy is no matter.
double evaluation_ns(const schema::Schema& schema, const Path& instances, std::uint64_t rounds) {
  constexpr std::size_t block_documents = 500;
  auto lines = bench::must(program, json::LineReader::open(instances, line_bytes_max));
  std::vector<json::Document> documents(block_documents);
  std::vector<std::string> texts(block_documents);
  std::vector<json::View> block;
  std::uint64_t judged = 0;
  double seconds = 0;
  for (bool at_end = false; !at_end;) {
    for (block.clear(); block.size() < block_documents;) {
      const auto line = bench::must(program, lines.next());
      if ((at_end = line.at_end)) break;
      texts[block.size()] = line.text;
      auto root = documents[block.size()].parse(texts[block.size()]);
      if (!root) refuse(line.number);
      block.push_back(*root);
    }
    const double began = bench::thread_cpu_seconds();
    for (const json::View instance : block)
      for (std::uint64_t round = 0; round < rounds; ++round)
        if (!schema.accepts(instance)) refuse(judged);
    seconds += bench::thread_cpu_seconds() - began;
    judged += rounds * block.size();
  }
  return seconds * 1e9 / static_cast<double>(judged);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 && count != 3) {
    fmt::print(stderr, "bench_schema SCHEMA [INSTANCES]\n");
    return 2;
  }
  const auto text = bench::must(program, read_file(arguments[1], line_bytes_max));
  print_compile_time(text);
  if (count == 2) return 0;
  const auto schema = bench::must(program, schema::Schema::compile(text));
  print_end_to_end(schema, arguments[2]);
  bench::print_figure("evaluation_ns", evaluation_ns(schema, arguments[2], 1));
  bench::print_figure("evaluation_ns_repeated", evaluation_ns(schema, arguments[2], 10));
}
