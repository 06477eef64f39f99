#pragma once
// The jobs of a folder: as their files are now, and as they last were good. A broken edit is reported and changes
// nothing; a file that is gone takes its job away.
//
// Synchronous (files); used on one thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "doors/daemon/run_wish.hpp"
#include "rules/job/job.hpp"

namespace batchd::daemon {

struct WatchedJob {
  Path file;
  std::string text;                        // the file's, as it last was good
  std::optional<model::JobSpec> job;       // as it last was good; nothing: it never was
  std::string name;                        // the job's, as far as the file says it; "": it cannot be read, or it is
                                           // another file's
  std::vector<job::Complaint> complaints;  // about the file as it is now
  bool is_broken = false;                  // it cannot be used as it is now
};

class JobFolder {
 public:
  static constexpr std::size_t jobs_max = 1'000;

  JobFolder(Path folder, const job::Config& config, job::Environment environment);

  struct Change {
    enum class Kind { added, changed, broken, removed };
    Kind kind = Kind::added;
    std::string file;  // its name in the folder
    std::string job;   // "" of one that never was good
    std::string why;   // the complaints, a line each; of one that is not broken they are warnings
  };
  Status check() const;  // is it there, and may it be read?
  // Reads the files (*.yaml, *.yml) that are not as they were. io, not_found: the folder cannot be read.
  Result<std::vector<Change>> refresh(const std::string& run_date);

  // By the job's name, those that are or were good.
  std::vector<const WatchedJob*> jobs() const;
  const WatchedJob* find(std::string_view job) const;
  // Files that never were good.
  std::vector<const WatchedJob*> broken() const;
  // Of these, the one that says it is this job, or else one that cannot be read at all and so may be; nullptr: none.
  const WatchedJob* find_broken(std::string_view job) const;

  // The job as it last was good, on a day. The complaints when it cannot be read so any more (a schema is gone, say).
  job::LoadedJob load(const WatchedJob& watched, const std::string& run_date, const RunWish& wish = {}) const;
  const Path& folder() const { return folder_; }

 private:
  struct Seen {
    FileIdentity identity;
    WatchedJob watched;
    std::string says;      // the name of the job it would be
    std::string rival;     // the file that is that job, or would be it, too; "": none
    bool is_open = false;  // nobody knows which of the two it is: neither is
  };

  Change take(Seen& seen, const std::string& name, const std::string& run_date, bool is_new);
  std::string rival_of(const std::string& file, std::string_view job) const;
  void stand_back(const std::string& file, std::vector<Change>& changes);  // for its rival, which came with it
  job::JobOptions options_for(const std::string& run_date) const;

  Path folder_;
  const job::Config& config_;
  job::Environment environment_;
  std::map<std::string, Seen> files_;  // by their names in the folder
};

}  // namespace batchd::daemon
