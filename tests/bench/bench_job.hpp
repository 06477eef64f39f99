#pragma once
// The job of the bench: tickets in, a template of three fields, the shipped output schema. State lies in a folder that
// prepare_bench fills and collect_bench goes on with.

#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "rules/model/job_spec.hpp"
#include "rules/model/run.hpp"

namespace batchd::bench {

inline constexpr std::string_view run_id = "01kb0000000000000000000000";
inline constexpr std::string_view database_name = "batchd.db";

model::JobSpec bench_job(const Path& tickets, const Path& schema, const Path& output);

// Ends the program with the error's words.
[[noreturn]] void fail(std::string_view program, const Error& error);

template <typename T>
T must(std::string_view program, Result<T> result) {
  if (!result) fail(program, result.error());
  return std::move(*result);
}
inline void must(std::string_view program, const Status& status) {
  if (!status) fail(program, status.error());
}

}  // namespace batchd::bench
