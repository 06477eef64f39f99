#pragma once
// Which of a job's requests have been answered before, and which are being asked now. Rows mostly come back in the
// order in which they came the last time: earlier runs are walked beside the input, a window of each in memory, and
// only what is not found near its old place is looked up in the store's index. That holds what runs have answered that
// are over; of those that are not, the hash of every request is in memory. The request decides, not the id.
//
// Synchronous; uses one Store, one call at a time, from whatever thread. Memory: 8 bytes an item of the runs that are
// unfinished.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/store/store.hpp"
#include "ground/base/files.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::runner {

// One earlier run, walked in step with the input.
class Trail {
 public:
  static constexpr std::uint32_t page_items = 4'096;  // three pages are held: a row may move about one page

  Trail(store::Store& store, std::string run) : store_(store), run_(std::move(run)) {}
  const std::string& run() const { return run_; }
  // The item of this request near where the input is; nullptr: none. Valid until the next call.
  Result<const store::ItemState*> step(const Hash128& request_key);

 private:
  Status fill();
  std::optional<std::size_t> place_of(const Hash128& request_key);

  store::Store& store_;
  std::string run_;
  std::vector<store::ItemState> window_;
  std::size_t here_ = 0;  // where the next row's item is expected
  std::uint64_t last_sequence_ = 0;
  bool at_end_ = false;
  std::unordered_map<std::uint64_t, std::uint32_t> places_;  // of the window; made when something is out of place
  bool places_are_known_ = false;
};

class Recall {
 public:
  static constexpr std::size_t trails_max = 4;
  static constexpr std::size_t asked_requests_max = 64'000'000;  // 512 MB

  // `runs`: the job's, newest first. Those that count have the same answer_rule; the index covers those that are over,
  // so walked are the newest of these and the unfinished ones. Samples are only looked up.
  Recall(store::Store& store, Path state_folder, const std::string& job, const std::string& answer_rule,
         const std::vector<model::Run>& runs);

  // Whether anything can be known at all.
  bool is_of_use() const { return is_of_use_; }
  // Of the block's accepted rows, in order. What is named there stood in the store; its file is there, too.
  Status look_up(const prepare::Block& block, std::vector<std::optional<store::KnownAnswer>>& found);

  // Rows whose request an unfinished run has sent or may be about to send, or of which the answer lies there out of
  // reach: they would be paid twice. Meaningless before every row was looked up.
  std::uint64_t twins() const { return twins_; }
  const std::string& twins_run() const { return twins_run_; }  // one of the runs

 private:
  // Of an unfinished run.
  struct Asked {
    std::string run;
    model::ReasonSet wished_again;             // what a person's retry asks for
    std::vector<std::uint64_t> requests = {};  // the low halves of their keys, sorted
  };

  Result<std::optional<store::KnownAnswer>> follow_trails(const Hash128& request_key);
  Status read_asked();
  void note_twin(const Hash128& request_key);
  bool has_file(const std::string& file);

  store::Store& store_;
  Path state_folder_;
  std::string job_;
  std::string rule_;
  std::vector<Trail> trails_;
  std::vector<Asked> asked_;
  bool asked_are_read_ = false;
  bool is_of_use_ = false;
  std::map<std::string, bool> files_;  // is it there
  std::uint64_t twins_ = 0;
  std::string twins_run_;
};

}  // namespace batchd::runner
