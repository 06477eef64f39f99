#pragma once
// What stands in the morning: read from the disk alone, ours and the provider's, after the process has gone. Whatever
// the night was like, some things are always true: complaints_about() looks for one that is not.

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/store.hpp"
#include "rehearsal/stage.hpp"

namespace batchd::rehearsal {

// A batch as the provider's own journal and files know it.
struct MadeBatch {
  std::string id;
  std::uint32_t shard = 0;
  std::uint64_t completed = 0;  // requests that were answered, by its journal
  std::uint64_t failed = 0;
  std::uint64_t requests = 0;
  std::vector<std::string> custom_ids;  // of its input, while the provider has it
  bool is_worked_on() const { return completed + failed > 0; }
};

struct Morning {
  model::Run run;
  model::Counts counts;
  std::vector<model::Shard> shards;
  std::vector<model::Submission> submissions;
  std::vector<model::Happening> happenings;
  std::vector<MadeBatch> made;  // in the order in which they were made
};

// Of the newest run of the scene.
Morning morning_of(const Scene& scene);

bool happened(const Morning& morning, std::string_view kind);

// "30 succeeded, 3 batches" or "15 succeeded, 5 missing, 10 expired, 3 batches": batches that the provider made. Of a
// run that is not over: "not over, 2 batches".
std::string account_of(const Morning& morning);

// Nothing, or a line for each thing that must never be:
//   - a shard that was worked on twice, a request that was answered twice, a batch of the provider's nobody knows of
//     (unless a submission is in doubt, which says so)
//   - a truth table that does not add up; an item with no outcome or two, in the store or in the results; results in
//     another order than the input; a report that says something else
//   - anything that verification finds, a database that SQLite calls damaged, a temporary file
std::string complaints_about(const Scene& scene, const Morning& morning);

}  // namespace batchd::rehearsal
