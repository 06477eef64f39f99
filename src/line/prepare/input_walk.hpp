#pragma once
// All rows of all files of an input, one after the other, numbered; or those of them that are drawn.

#include <memory>
#include <optional>

#include "ground/base/byte_source.hpp"
#include "line/prepare/csv_columns.hpp"
#include "line/prepare/drawing.hpp"
#include "line/prepare/input_files.hpp"
#include "line/prepare/input_row.hpp"

namespace batchd::prepare {

// Opens one file's rows. The tap hears its bytes as stored; it is not owned.
Result<std::unique_ptr<RowSource>> open_rows(const model::InputSpec& input, const InputFiles& files, std::size_t file,
                                             ByteTap* tap = nullptr);
// format: csv: every file's header is read, all name the same columns as the first one's, and the wanted ones are
// there.
Status check_headers(const model::InputSpec& input, const InputFiles& files, const std::vector<WantedColumn>& wanted);

class InputWalk {
 public:
  struct Limits {
    std::uint64_t rows_max = 0;  // 0: all
    std::optional<Drawing> drawing = {};
    bool checks_content = false;  // each file's hash is held against what identify() saw
  };
  // `input` and `files` are borrowed.
  InputWalk(const model::InputSpec& input, const InputFiles& files, Limits limits);
  ~InputWalk();

  // invalid: a file that vanished or changed since identify(), or one that cannot be read to its end; more rows than
  // an id table can number.
  Result<InputRow> next();
  std::uint64_t rows() const { return rows_; }  // so far, whether drawn or not
  std::uint64_t stored_bytes_read() const;      // of all files so far

  // Whether the files are what identify() saw: those that were read to their end by content (that is known already),
  // the others by what the file system says, since the hash of a part tells nothing.
  Status check_unchanged() const;

 private:
  struct HashTap;
  Status open_file();
  Status close_file();
  bool is_over() const;

  const model::InputSpec& input_;
  const InputFiles& files_;
  Limits limits_;
  std::size_t file_ = 0;
  std::unique_ptr<HashTap> tap_;
  std::unique_ptr<RowSource> source_;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_before_ = 0;  // of the files that are done
};

}  // namespace batchd::prepare
