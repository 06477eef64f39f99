#include "bench/bench_job.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace batchd::bench {

model::JobSpec bench_job(const Path& tickets, const Path& schema, const Path& output) {
  constexpr std::uint64_t schema_bytes_max = 1'000'000;
  model::JobSpec job;
  job.name = "bench";
  job.provider = "dashscope-intl";
  job.endpoint = "/v1/chat/completions";
  job.input.path = tickets;
  job.input.path_as_written = tickets.string();
  job.input.id = "/ticket_id";
  job.request = R"({"model":"qwen-plus","temperature":0.2,"max_tokens":400,"messages":[{"role":"system","content":)"
                R"("You summarise support tickets. Answer in JSON only."},{"role":"user","content":)"
                R"("Ticket {{ticket_id}}\nSubject: {{subject}}\n\n{{body}}"}]})";
  job.output.schema = model::SchemaText{schema, must("bench", read_file(schema, schema_bytes_max))};
  job.output.structured = model::Structured::off;
  job.output.path = output;
  return job;
}

void fail(std::string_view program, const Error& error) {
  fmt::print(stderr, "{}: {}\n", program, error.text());
  std::exit(1);
}

}  // namespace batchd::bench
