// Any bytes as a job and as a config: no crash, no endless walk, places within the text; a job without a complaint
// comes back from the ice as it went in.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "ground/base/check.hpp"
#include "rules/job/built_in.hpp"
#include "rules/job/check_job.hpp"
#include "rules/job/judge.hpp"
#include "rules/job/provider_config.hpp"
#include "rules/job/read_job.hpp"

using namespace batchd;

namespace {

std::optional<std::string> environment(std::string_view name) {
  return name == "A" ? std::optional<std::string>("a: [1]") : std::nullopt;
}

void check_places(job::Source& source) {
  const auto lines = std::count(source.text().begin(), source.text().end(), '\n') + 1;
  for (const job::Complaint& complaint : source.take_complaints())
    check(complaint.line >= 0 && complaint.line <= lines + 1 && complaint.column >= 0, "a place lies in the text");
}

void read_as_job(const std::string& text) {
  static const job::Config config{{}, "/state", job::built_in_providers(), {}, {}};
  job::Source source(text, environment,
                     {"job.yaml", {{"request.model", "m"}}, {"request", "2026-11-23", {"input.path"}}});
  if (source.root()) {
    job::judge_job(source);
    const model::JobSpec spec = job::read_job(source, "/jobs/job.yaml", "/jobs");
    job::check_job(source, spec, config);
    if (!source.has_errors()) {
      const std::string frozen = job::freeze(spec);
      const auto thawed = job::thaw(frozen);
      check(thawed.ok(), "a sound job thaws");
      check(job::freeze(*thawed) == frozen, "and freezes to the same text");
      check(job::differences(spec, *thawed).empty(), "and does not differ from itself");
    }
  }
  check_places(source);
}

void read_as_config(const std::string& text) {
  job::Source source(text, environment, {"batchd.yaml", {}, {}});
  if (source.root()) {
    job::judge_config(source);
    auto providers = job::built_in_providers();
    for (const auto [name, value] : source.at("/providers").members())
      job::read_provider(source, "/config", name, providers);
  }
  check_places(source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_as_job(text);
  read_as_config(text);
  return 0;
}
