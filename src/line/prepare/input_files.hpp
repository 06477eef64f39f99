#pragma once
// The files an input consists of, in the order they are read, with the names people know them by.

#include <string>
#include <vector>

#include "line/prepare/prepare.hpp"

namespace batchd::prepare {

class InputFiles {
 public:
  // `known` as identify() gave them, or nothing: then the pattern is expanded here.
  static Result<InputFiles> of(const model::InputSpec& input, std::vector<model::InputFile> known);

  std::size_t size() const { return names_.size(); }
  const Path& path(std::size_t file) const { return files_[file].path; }
  const std::string& name(std::size_t file) const { return names_[file]; }
  // What identify() saw; nullptr when it was not asked.
  const model::InputFile* known(std::size_t file) const { return are_known_ ? &files_[file] : nullptr; }

 private:
  std::vector<model::InputFile> files_;
  std::vector<std::string> names_;
  bool are_known_ = false;
};

// As people write it: path_as_written of a single file, "standard input" of "-"; of a file that a pattern found, its
// path written the way the pattern was ("data/*.jsonl" -> "data/a.jsonl").
std::string name_of_file(const model::InputSpec& input, const Path& path);

// "rows.jsonl changed while it was read", with what to do.
Error changed_while_read(const std::string& name);

}  // namespace batchd::prepare
