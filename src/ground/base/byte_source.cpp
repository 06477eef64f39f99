#include "ground/base/byte_source.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "ground/base/check.hpp"
#include "ground/base/compression.hpp"

namespace batchd {
namespace {

constexpr std::size_t stored_bytes_a_read = 256 * 1024;

struct KnownPacking {
  std::string_view first_bytes;
  std::string_view name;
};
constexpr KnownPacking not_read[] = {
    {{"\xFD"
      "7zXZ\0",
      6},
     "xz"},
    {"BZh91AY&SY", "bzip2"},
    {"PK\x03\x04", "zip (an Excel workbook is one, too)"},
    {"\x04\x22\x4D\x18", "lz4"},
};
constexpr std::size_t first_bytes_looked_at = 10;

std::string_view name_of_packing_not_read(std::string_view first_bytes) {
  for (const auto& known : not_read)
    if (first_bytes.starts_with(known.first_bytes)) return known.name;
  return {};
}

class UnpackedSource final : public ByteSource {
 public:
  UnpackedSource(std::unique_ptr<FileSource> file, Packing packing, std::string name)
      : file_(std::move(file)),
        unpacker_(make_unpacker(packing)),
        name_(std::move(name)),
        stored_(stored_bytes_a_read, '\0') {}

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    while (!is_over_) {
      // First without new input: the last step may have stopped for want of room.
      auto step = unpacker_->step(left_, buffer, size);
      if (!step) return step.error().within(name_);
      left_.remove_prefix(step->taken);
      if (step->made > 0) return step->made;
      if (step->taken > 0) continue;
      check(left_.empty(), "an unpacker with input and room does something");
      auto count = file_->read(stored_.data(), stored_.size());
      if (!count) return count;
      left_ = std::string_view(stored_).substr(0, *count);
      is_over_ = *count == 0;
    }
    if (auto finished = unpacker_->finish(); !finished) return finished.error().within(name_);
    return std::size_t{0};
  }
  std::uint64_t stored_bytes_read() const override { return file_->stored_bytes_read(); }

 private:
  std::unique_ptr<FileSource> file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string name_;
  std::string stored_;
  std::string_view left_;  // of stored_, not yet unpacked
  bool is_over_ = false;
};

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const Path& path, ByteTap* tap) {
  auto file = File::open_to_read(path);
  if (!file) return file.error();
  return std::unique_ptr<FileSource>(new FileSource(std::move(*file), tap));
}

Result<std::string_view> FileSource::peek(std::size_t size) {
  std::size_t filled = peeked_.size();
  if (filled < size) peeked_.resize(size);
  while (filled < peeked_.size()) {
    auto count = file_.read(peeked_.data() + filled, peeked_.size() - filled);
    if (!count) return count.error();
    if (*count == 0) peeked_.resize(filled);
    filled += *count;
  }
  return std::string_view(peeked_);
}

Result<std::size_t> FileSource::read(char* buffer, std::size_t size) {
  const std::size_t from_peeked = std::min(peeked_.size(), size);
  if (from_peeked > 0) {
    std::memcpy(buffer, peeked_.data(), from_peeked);
    peeked_.erase(0, from_peeked);
  }
  std::size_t count = from_peeked;
  if (from_peeked < size) {
    auto more = file_.read(buffer + from_peeked, size - from_peeked);
    if (!more) return more;
    count += *more;
  }
  bytes_read_ += count;
  if (tap_ && count > 0) tap_->on_bytes({buffer, count});
  return count;
}

Result<std::unique_ptr<ByteSource>> open_source(const Path& path, ByteTap* tap, std::string_view name) {
  auto file = FileSource::open(path, tap);
  if (!file) return file.error();
  const auto first_bytes = (*file)->peek(first_bytes_looked_at);
  if (!first_bytes) return first_bytes.error();
  std::string shown = name.empty() ? path.string() : std::string(name);
  if (const auto packing = name_of_packing_not_read(*first_bytes); !packing.empty()) {
    return Error(ErrorKind::invalid, fmt::format("{} is packed with {}, which is not read", shown, packing),
                 "unpack it first; plain, gzip and zstd files are read as they are");
  }
  const auto packing = packing_of(*first_bytes);
  if (packing == Packing::none) return std::unique_ptr<ByteSource>(std::move(*file));
  return std::unique_ptr<ByteSource>(std::make_unique<UnpackedSource>(std::move(*file), packing, std::move(shown)));
}

}  // namespace batchd
