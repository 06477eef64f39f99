#pragma once
// A file that a person names for a command's output: whole or not there at all, where that can be.

#include <memory>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::cli {

// A regular file, old or new, is written under a temporary name beside it and takes its place in finish(): synced,
// renamed, with the mode of the file that was there, else what the umask leaves. A link is followed: the file it leads
// to is replaced, not the link. What is no regular file (a device, a FIFO, a socket's door), and whatever lies below
// /dev or /proc ("/dev/stdout" is a link there), is written straight into, at its end: a rename would put a file in its
// place.
class OutputFile {
 public:
  static Result<OutputFile> create(const Path& target);
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept = delete;
  ~OutputFile();  // without finish(): the target is as it was, except where it is written straight into

  Status write(std::string_view bytes);
  Status finish();

 private:
  OutputFile() = default;
  Status write_straight(std::string_view bytes);
  Path target_;
  File file_;  // the temporary one
  Path temporary_;
  int straight_ = -1;  // a descriptor, and then there is no temporary file
};

}  // namespace batchd::cli
