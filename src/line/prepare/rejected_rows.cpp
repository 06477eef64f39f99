#include "line/prepare/rejected_rows.hpp"

#include "ground/base/utf8.hpp"
#include "ground/json/writer.hpp"

namespace batchd::prepare {
Result<RejectedRows> RejectedRows::create(const Path& path) {
  RejectedRows rows;
  if (path.empty()) return rows;
  auto writer = FileWriter::create(path);
  if (!writer) return writer.error();
  rows.writer_.emplace(std::move(*writer));
  return rows;
}

Status RejectedRows::add(const Complaint& complaint, std::optional<std::string_view> raw) {
  if (!writer_) return {};
  line_.clear();
  json::Writer out(line_);
  out.begin_object().key("file").string(complaint.file).key("line").unsigned_integer(complaint.line);
  out.key("id");
  complaint.id.empty() ? out.null() : out.string(complaint.id);
  out.key("reason").string(name_of(complaint.fault)).key("error").string(complaint.message).key("raw");
  raw ? out.string(as_utf8(*raw)) : out.null();
  out.end_object();
  line_ += '\n';
  return writer_->write(line_);
}

Status RejectedRows::finish() { return writer_ ? writer_->finish() : Status(); }

}  // namespace batchd::prepare
