// What can be said of an input before a job is made of it or a plan shown: looked at briefly, not judged.

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "line/prepare/csv_rows.hpp"
#include "line/prepare/input_walk.hpp"

namespace batchd::prepare {
namespace {

constexpr std::uint64_t rows_looked_at_max = 1'000;

}  // namespace

Result<CsvLayout> csv_layout(const model::InputSpec& input) {
  auto files = InputFiles::of(input, {});
  if (!files) return files.error();
  for (std::size_t file = 0; file < files->size(); ++file) {
    auto opened = open_rows(input, *files, file);
    if (!opened) return opened.error();
    const auto& rows = static_cast<const CsvRows&>(**opened);
    if (!rows.columns().empty()) return CsvLayout{rows.separator(), rows.columns()};
  }
  return CsvLayout{};
}

Result<std::string> endpoint_of_requests(const model::InputSpec& input) {
  auto files = InputFiles::of(input, {});
  if (!files) return files.error();
  InputWalk walk(input, *files, {rows_looked_at_max});
  json::Document document;
  for (;;) {
    auto row = walk.next();
    if (!row) return row.error();
    if (row->at_end) break;
    if (row->too_long) continue;
    const auto request = document.parse_padded(row->text);
    const auto url = request ? request->find("url").as_string() : std::nullopt;
    if (url && !url->empty()) return std::string(*url);
  }
  const auto name = input.name();
  if (walk.rows() == 0) return Error(ErrorKind::invalid, fmt::format("{} has no rows", name));
  return Error(
      ErrorKind::invalid,
      fmt::format("none of the first {} rows of {} has a url, so it is not known what is asked for", walk.rows(), name),
      R"(each line is a Batch API request: {"custom_id":"…","method":"POST","url":"/v1/chat/completions","body":{…}})");
}

}  // namespace batchd::prepare
