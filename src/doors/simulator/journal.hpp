#pragma once
// What happened in this world, one JSON line for each thing that costs, each in one write at the file's end. For
// proofs: which batches were made with which metadata over which input (its hash and line count), what was answered.
//
//   upload          file, filename, purpose, bytes, lines, xxh3
//   batch_created   batch, input_file, input_xxh3, requests, endpoint, metadata
//   batch_answered  batch, state, input_file, completed, failed, output_file, error_file, output_xxh3
//   cancel          batch
//   chat            endpoint, model, body_xxh3, asked, status
// Every line has `type`, `time` and `dialect`. The items of a batch are the lines of its input, files/<id> in the
// world's folder: a million of them need no million lines here.

#include <set>
#include <string>
#include <string_view>

#include "doors/simulator/answer.hpp"
#include "doors/simulator/execution.hpp"
#include "doors/simulator/records.hpp"
#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

class Journal {
 public:
  static Result<Journal> open(const Path& path);

  // Told of before this world was opened: a kill between a record and its line left a gap to fill.
  bool knows_creation_of(const Batch& batch) const { return created_.contains(batch.id); }
  bool knows_answer_of(const Batch& batch) const { return answered_.contains(batch.id); }

  Status upload(const StoredFile& file);
  Status batch_created(const Batch& batch);
  Status batch_answered(const Batch& batch, std::string_view state, std::string_view output_xxh3);
  Status cancel(const Batch& batch);
  Status chat(const Question& question, const Reply& reply);

 private:
  explicit Journal(File file) : file_(std::move(file)) {}
  Status read_back(const Path& path);
  File file_;
  std::set<std::string> created_;
  std::set<std::string> answered_;
};

}  // namespace batchd::simulator
