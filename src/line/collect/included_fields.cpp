#include "line/collect/included_fields.hpp"

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::collect {

IncludedFields::IncludedFields(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    fields_.push_back({name, (fields_.empty() ? "{" : ",") + json::quoted(name) + ":"});
}

Result<IncludedFields> IncludedFields::open(const std::vector<std::string>& names, const Path& rows_file) {
  IncludedFields included(names);
  if (!names.empty()) {
    auto rows = File::open_to_read(rows_file);
    if (!rows) return rows.error();
    included.rows_ = std::move(*rows);
  }
  return included;
}

Result<std::string_view> IncludedFields::of(const model::Item& item) {
  if (fields_.empty()) return std::string_view("{}");
  if (auto read = rows_.read_at(item.row_offset, item.row_length, row_); !read) return read.error();
  auto included = of_row(row_);
  if (!included)  // it was JSON when it was spooled
    return Error{ErrorKind::io, fmt::format("{}: the row of item {} is damaged: {}", rows_.path().string(),
                                            item.sequence, included.error().message)};
  return included;
}

Result<std::string_view> IncludedFields::of_row(std::string_view text) {
  if (fields_.empty()) return std::string_view("{}");
  const auto row = document_.parse(text, {.duplicate_keys_are_errors = false});
  if (!row) return row.error();
  json_.clear();
  for (const Field& field : fields_) {
    json_ += field.prefix;
    if (const json::View value = row->find(field.name))
      json::append_compact(json_, value);
    else
      json_ += "null";
  }
  json_ += '}';
  return std::string_view(json_);
}

}  // namespace batchd::collect
