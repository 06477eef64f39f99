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
  Window* window = holding(offset, length);
  if (!window) {
    window = &window_for(offset);
    const std::uint64_t wanted = std::min(std::max<std::uint64_t>(length, window->reach_bytes), size_bytes_ - offset);
    ++reads_;
    if (auto got = file_.read_at(offset, wanted, window->bytes); !got) {
      window->bytes.clear();
      return got.error();
    }
    window->offset = offset;
  }
  window->last_used = ++clock_;
  return std::string_view(window->bytes).substr(offset - window->offset, length);
}

RowSource::Window* RowSource::holding(std::uint64_t offset, std::uint64_t length) {
  for (Window& window : windows_)
    if (offset >= window.offset && offset + length <= window.end()) return &window;
  return nullptr;
}

// The one that has come nearest goes on; a jump begins a new one.
RowSource::Window& RowSource::window_for(std::uint64_t offset) {
  Window* nearest = nullptr;
  for (Window& window : windows_) {
    const bool follows = offset >= window.offset && offset <= window.end() + gap_bytes_max;
    if (follows && (!nearest || window.offset > nearest->offset)) nearest = &window;
  }
  if (nearest) {
    nearest->reach_bytes = std::min(2 * nearest->reach_bytes, window_bytes_max);
    return *nearest;
  }
  Window* fresh = nullptr;
  if (windows_.size() < windows_max)
    fresh = &windows_.emplace_back();
  else
    fresh = &*std::min_element(windows_.begin(), windows_.end(),
                               [](const Window& a, const Window& b) { return a.last_used < b.last_used; });
  fresh->reach_bytes = window_bytes_min;
  return *fresh;
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
