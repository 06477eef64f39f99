#include "ground/http/body_sink.hpp"

#include "ground/base/units.hpp"

namespace batchd::http {

Result<BodySink> BodySink::to_file(const Path& path, std::uint64_t bytes_max) {
  BodySink sink(bytes_max);
  const Status opened = sink.move_to_file(path, bytes_max);
  if (!opened.ok()) return opened.error();
  return sink;
}

BodySink::BodySink(BodySink&& other) noexcept
    : bytes_max_(other.bytes_max_),
      bytes_(other.bytes_),
      text_(std::move(other.text_)),
      file_(std::move(other.file_)),
      finished_(other.finished_) {
  other.file_.reset();
}

BodySink::~BodySink() {
  // Half a body must never be taken for a whole one.
  if (file_ && !finished_) (void)remove_file(file_->path());
}

Status BodySink::take(std::string_view piece) {
  if (piece.size() > bytes_max_ - bytes_)
    return Error(ErrorKind::protocol, "its body is longer than the limit of " + format_bytes(bytes_max_));
  bytes_ += piece.size();
  if (file_) return file_->write(piece);  // pieces are large: a buffer between would only copy
  text_.append(piece);
  return {};
}

Status BodySink::move_to_file(const Path& path, std::uint64_t bytes_max) {
  auto file = File::create(path);
  if (!file.ok()) return file.error();
  file_.emplace(std::move(*file));
  bytes_max_ = bytes_max;
  const Status written = file_->write(text_);
  text_ = std::string();
  return written;
}

Status BodySink::finish() {
  if (file_) {
    const Status closed = file_->close();
    if (!closed.ok()) return closed;
  }
  finished_ = true;
  return {};
}

}  // namespace batchd::http
