#pragma once
// From the text of a job to its value: judged, read, checked. Where the text came from is the caller's: a file, or
// what a few words on the command line amount to.

#include <string>

#include "rules/job/job.hpp"

namespace batchd::job {

struct JobText {
  std::string text;
  std::string shown;  // for complaints
  Path file;          // "": nobody wrote it; its complaints have no line
  Path folder;        // what its relative paths are relative to
  bool is_unseen = false;
};

LoadedJob judged_job(JobText text, const Config& config, const JobOptions& options);

}  // namespace batchd::job
