// bench_invent SCHEMA ROWS FILE: instances of any schema, as the simulator makes them up from made-up tickets.

#include <string>

#include <fmt/format.h>

#include "bench/bench_job.hpp"
#include "bench/made_up.hpp"
#include "doors/simulator/invention.hpp"
#include "ground/base/files.hpp"

int main(int count, char** arguments) {
  using namespace batchd;
  constexpr std::string_view program = "bench_invent";
  constexpr std::uint64_t seed = 20'261'123;
  constexpr std::uint64_t schema_bytes_max = 1'000'000;
  if (count != 4) {
    fmt::print(stderr, "bench_invent SCHEMA ROWS FILE\n");
    return 2;
  }
  const auto text = bench::must(program, read_file(arguments[1], schema_bytes_max));
  const auto shapes = bench::must(program, simulator::ShapeSet::read(text));
  const std::uint64_t rows = std::stoull(arguments[2]);
  auto file = bench::must(program, FileWriter::create(arguments[3]));
  simulator::Prose prose;
  std::string ticket, line;
  for (std::uint64_t sequence = 1; sequence <= rows; ++sequence) {
    ticket.clear();
    line.clear();
    bench::append_ticket(ticket, seed, sequence);
    prose.read(ticket);
    simulator::Draw draw(simulator::mixed(seed, sequence));
    simulator::invent(shapes.root(), prose, draw, line);
    line += '\n';
    bench::must(program, file.write(line));
  }
  bench::must(program, file.finish());
}
