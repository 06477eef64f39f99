#include "core/runner/superseding.hpp"

#include <algorithm>

namespace batchd::runner {
namespace {

constexpr std::uint32_t runs_looked_at = 1'000;

}  // namespace

Result<std::vector<std::string>> supersede(store::Store& store, const std::string& job, std::string_view successor,
                                           Time now) {
  const auto runs = store.runs(job, runs_looked_at);
  if (!runs) return runs.error();
  std::vector<std::string> superseded;
  for (const auto& run : *runs) {
    if (model::is_final(run.state) || run.sample || run.id == successor) continue;
    if (auto asked = store.request_cancel(run.id, model::CancelScope::unsent, now); !asked) return asked.error();
    superseded.push_back(run.id);
  }
  std::reverse(superseded.begin(), superseded.end());
  return superseded;
}

}  // namespace batchd::runner
