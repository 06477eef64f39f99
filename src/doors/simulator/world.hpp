#pragma once
// Everything that exists, on disk and in memory. Used on one lane only: nothing here knows of threads.
//
//   world.json                 how often it was opened
//   files/<id>, <id>.json      a file's content and what is known of it
//   batches/<id>.json          a batch; <id>.asked: the bodies it answered
//   chats.asked                the bodies of synchronous calls
//   journal.jsonl
//
// A record is written after what it speaks of: whatever a kill leaves without a record never was.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doors/simulator/answer.hpp"
#include "doors/simulator/asked.hpp"
#include "doors/simulator/faults.hpp"
#include "doors/simulator/journal.hpp"
#include "doors/simulator/records.hpp"
#include "doors/simulator/simulator.hpp"
#include "doors/simulator/timeline.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

class World {
 public:
  static Result<World> open(const Settings& settings, const Faults& faults);

  std::uint64_t openings() const { return openings_; }
  std::uint64_t next_sequence() const { return next_sequence_; }
  Path content_of(std::string_view file_id) const { return folder_ / "files" / file_id; }
  // A path for something that is not yet anything; what stands there is overwritten.
  Path unfinished(std::string_view name) const { return folder_ / "unfinished" / name; }

  // nullptr: there is none of that name in that dialect. Valid until the next change.
  const StoredFile* find_file(Dialect dialect, std::string_view id) const;
  const Batch* find_batch(Dialect dialect, std::string_view id) const;
  const std::vector<StoredFile>& files() const { return files_; }  // oldest first
  const std::vector<Batch>& batches() const { return batches_; }

  // `content` becomes the file's. Its sequence must be next_sequence().
  Status add_file(StoredFile file, const Path& content);
  Status delete_file(const StoredFile& file);
  Status add_batch(Batch batch);
  Status cancel_batch(std::string_view id, Time now);

  // Catches up with the time: what is to be validated is, what has ended gets its results, in the order in which it
  // ended, whoever asks first.
  Status settle(Time now);

  // A synchronous question: counted, answered, written down.
  Status ask(Question question, Reply& reply);

  const Pace& pace() const { return pace_; }

 private:
  World(const Settings& settings, const Faults& faults, Journal journal, Answerer answerer);
  Status load();
  Status load_files();
  Status load_batches();
  Status load_asked();
  Status fill_gaps_in_journal();
  Status save(const Batch& batch);
  Status keep_file(StoredFile file, const Path& content);
  Status check(Batch& batch);
  // The limit, when this batch's input and what was enqueued before it are more tokens than may be.
  std::optional<std::uint64_t> queue_exceeded_by(const Batch& batch, const StoredFile& input) const;
  Status answer(Batch& batch);
  Status keep_results(Batch& batch, Execution& execution);
  Result<std::string> keep_result_file(const Batch& batch, bool errors, WrittenFile& written, const Path& content);

  Path folder_;
  std::uint64_t seed_;
  Faults faults_;
  Pace pace_;
  Journal journal_;
  Answerer answerer_;
  Asked asked_;
  std::uint64_t openings_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::vector<StoredFile> files_;
  std::vector<Batch> batches_;
  std::map<std::string, std::size_t, std::less<>> file_places_;
  std::map<std::string, std::size_t, std::less<>> batch_places_;
};

}  // namespace batchd::simulator
