#include "line/report/formats.hpp"

#include <fmt/format.h>

#include "line/report/batch_lines.hpp"
#include "line/report/csv_table.hpp"
#include "line/report/row_source.hpp"
#include "line/report/row_walk.hpp"

namespace batchd::report {
namespace {

class Exporter {
 public:
  Exporter(const Export& results, Format format, const Sink& sink)
      : format_(format),
        sink_(sink),
        table_(results.job),
        rows_(results.state_folder),
        answers_(results.state_folder) {}

  Status begin() const { return format_ == Format::csv ? sink_(table_.header()) : Status{}; }

  Status take(const RowRef& ref) {
    if (!ref.row) return {};
    const auto row = rows_.read(ref.row);
    if (!row) return row.error();
    text_.clear();
    if (auto written = append(ref, *row); !written)
      return written.error().within(fmt::format("the result of row {}", ref.sequence));
    return sink_(text_);
  }

 private:
  Status append(const RowRef& ref, std::string_view row) {
    if (format_ == Format::csv) return table_.append(text_, row);
    if (format_ == Format::openai) {
      std::string_view answer;
      if (ref.answer) {
        const auto read = answers_.read(ref.answer);
        if (!read)
          return Error{read.error().kind, read.error().message,
                       "openai needs the provider's own answers; jsonl and csv do not"};
        answer = *read;
      }
      return lines_.append(text_, row, answer);
    }
    text_ += row;
    text_ += '\n';
    return {};
  }

  Format format_;
  const Sink& sink_;
  CsvTable table_;
  BatchLines lines_;
  RowSources rows_;
  RowSources answers_;
  std::string text_;
};

}  // namespace

std::optional<Format> format_from_name(std::string_view name) {
  if (name == "jsonl") return Format::jsonl;
  if (name == "csv") return Format::csv;
  if (name == "openai") return Format::openai;
  return std::nullopt;
}

Status write_results(const Export& results, Format format, const Sink& sink) {
  Exporter exporter(results, format, sink);
  if (auto begun = exporter.begin(); !begun) return begun;
  return walk(results.rows, [&](const RowRef& ref) { return exporter.take(ref); });
}

}  // namespace batchd::report
