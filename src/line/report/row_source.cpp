#include "line/report/row_source.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::report {

Result<RowSource> RowSource::open(const Path& path) {
  auto file = File::open_to_read(path);
  if (!file) return file.error();
  const auto size_bytes = file->size();
  if (!size_bytes) return size_bytes.error();
  return RowSource(std::move(*file), *size_bytes);
}

Result<std::string_view> RowSource::read(std::uint64_t offset, std::uint64_t length) {
  if (length > size_bytes_ || offset > size_bytes_ - length) {
    return Error{ErrorKind::io, fmt::format("{} has {} bytes: it was cut off, the row at byte {} needs {}",
                                            file_.path().string(), size_bytes_, offset, length)};
  }
  const std::uint64_t window_end = window_offset_ + window_.size();
  if (offset < window_offset_ || offset + length > window_end) {
    const bool follows = offset >= window_offset_ && offset <= window_end + gap_bytes_max;
    reach_bytes_ = follows ? std::min(2 * reach_bytes_, window_bytes_max) : window_bytes_min;
    const std::uint64_t wanted = std::min(std::max<std::uint64_t>(length, reach_bytes_), size_bytes_ - offset);
    ++reads_;
    if (auto got = file_.read_at(offset, wanted, window_); !got) {
      window_.clear();
      return got.error();
    }
    window_offset_ = offset;
  }
  return std::string_view(window_).substr(offset - window_offset_, length);
}

Result<RowSources::Open*> RowSources::open(const std::string& file) {
  const auto known = sources_.find(file);
  if (known != sources_.end()) return known->second.get();
  if (sources_.size() >= open_files_max) {
    const auto oldest = std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
      return a.second->last_used < b.second->last_used;
    });
    sources_.erase(oldest);
  }
  auto source = RowSource::open(state_folder_ / file);
  if (!source) return source.error();
  auto opened = std::make_unique<Open>(Open{std::move(*source)});
  return sources_.emplace(file, std::move(opened)).first->second.get();
}

Result<std::string_view> RowSources::read(const model::BlobRef& blob) {
  const auto opened = open(blob.file);
  if (!opened) return opened.error();
  (*opened)->last_used = ++clock_;
  return (*opened)->source.read(blob.offset, blob.length);
}

}  // namespace batchd::report
