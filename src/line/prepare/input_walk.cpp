#include "line/prepare/input_walk.hpp"

#include <fmt/format.h>

#include "ground/base/units.hpp"
#include "line/prepare/csv_rows.hpp"
#include "line/prepare/id_table.hpp"
#include "line/prepare/jsonl_rows.hpp"

namespace batchd::prepare {

struct InputWalk::HashTap final : ByteTap {
  void on_bytes(std::string_view stored) override { stream.add(stored); }
  Xxh3Stream stream;
};

Result<std::unique_ptr<RowSource>> open_rows(const model::InputSpec& input, const InputFiles& files, std::size_t file,
                                             ByteTap* tap) {
  const auto& name = files.name(file);
  auto source = open_source(files.path(file), tap, name);
  if (!source) {
    // It was there a moment ago, when it was identified or its name was found.
    if (source.error().kind == ErrorKind::not_found) return changed_while_read(name);
    auto error = source.error();
    error.kind = ErrorKind::invalid;
    return error;
  }
  if (input.format != model::InputFormat::csv)
    return std::unique_ptr<RowSource>(std::make_unique<JsonlRows>(std::move(*source), name, input.max_row_bytes));
  auto rows = CsvRows::open(std::move(*source), name, input.max_row_bytes);
  if (!rows) return rows.error();
  return std::unique_ptr<RowSource>(std::move(*rows));
}

Status check_headers(const model::InputSpec& input, const InputFiles& files, const std::vector<WantedColumn>& wanted) {
  if (input.format != model::InputFormat::csv) return {};
  std::vector<std::string> columns;
  std::size_t first = 0;
  for (std::size_t file = 0; file < files.size(); ++file) {
    auto opened = open_rows(input, files, file);
    if (!opened) return opened.error();
    const auto& rows = static_cast<const CsvRows&>(**opened);
    if (rows.columns().empty()) continue;
    if (columns.empty()) {
      const auto place = fmt::format("{}:{}", files.name(file), rows.header_line());
      if (auto checked = check_columns(place, rows.columns(), wanted); !checked) return checked;
      columns = rows.columns();
      first = file;
      continue;
    }
    const auto difference = difference_of_columns(columns, rows.columns());
    if (difference.empty()) continue;
    return Error(ErrorKind::invalid,
                 fmt::format("{}:{}: the header {}, compared with {}", files.name(file), rows.header_line(), difference,
                             files.name(first)),
                 "all files of one input name the same columns; their order may differ");
  }
  return {};
}

InputWalk::InputWalk(const model::InputSpec& input, const InputFiles& files, Limits limits)
    : input_(input), files_(files), limits_(std::move(limits)) {}

InputWalk::~InputWalk() = default;

Status InputWalk::open_file() {
  tap_.reset();
  if (limits_.checks_content && files_.known(file_)) tap_ = std::make_unique<HashTap>();
  auto opened = open_rows(input_, files_, file_, tap_.get());
  if (!opened) return opened.error();
  source_ = std::move(*opened);
  return {};
}

Status InputWalk::close_file() {
  bytes_before_ += source_->stored_bytes_read();
  source_.reset();
  const auto file = file_++;
  if (tap_ && tap_->stream.digest() != files_.known(file)->hash) return changed_while_read(files_.name(file));
  return {};
}

bool InputWalk::is_over() const {
  return file_ == files_.size() || (limits_.rows_max > 0 && rows_ == limits_.rows_max) ||
         (limits_.drawing && limits_.drawing->is_over());
}

Result<InputRow> InputWalk::next() {
  while (!is_over()) {
    if (!source_) {
      if (auto opened = open_file(); !opened) return opened.error();
    }
    auto row = source_->next();
    if (!row) return row;
    if (row->at_end) {
      if (auto closed = close_file(); !closed) return closed.error();
      continue;
    }
    if (rows_ == IdTable::sequence_max || row->line > IdTable::sequence_max)
      return Error(ErrorKind::invalid,
                   fmt::format("the input has more than {} lines", format_count(IdTable::sequence_max)),
                   "split it into several runs");
    ++rows_;
    if (limits_.drawing && !limits_.drawing->takes(rows_)) continue;
    row->sequence = rows_;
    row->file = static_cast<std::uint32_t>(file_);
    return row;
  }
  InputRow end;
  end.at_end = true;
  return end;
}

std::uint64_t InputWalk::stored_bytes_read() const {
  return bytes_before_ + (source_ ? source_->stored_bytes_read() : 0);
}

Status InputWalk::check_unchanged() const {
  for (std::size_t file = file_; file < files_.size(); ++file) {
    const auto* known = files_.known(file);
    if (!known) return {};
    const auto now = identity_of(known->path);
    if (!now || !is_same_file(*known, *now)) return changed_while_read(files_.name(file));
  }
  return {};
}

}  // namespace batchd::prepare
