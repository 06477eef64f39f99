#pragma once
// Bytes, one after the other, wherever they come from: a file, or a compressed file that is unpacked on the way.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes (size > 0), fewer whenever it likes; 0 at the end, and from then on.
  virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
  // How much of what is stored has been read: of a compressed file its compressed bytes. Held against the file's size
  // it says how far one is.
  virtual std::uint64_t stored_bytes_read() const = 0;
};

// Told every byte as it is stored, in order, once: for a file's hash.
class ByteTap {
 public:
  virtual ~ByteTap() = default;
  virtual void on_bytes(std::string_view stored) = 0;
};

// A file as it is. The tap is not owned and outlives the source.
class FileSource final : public ByteSource {
 public:
  static Result<std::unique_ptr<FileSource>> open(const Path& path, ByteTap* tap = nullptr);
  Result<std::size_t> read(char* buffer, std::size_t size) override;
  std::uint64_t stored_bytes_read() const override { return bytes_read_; }

  // The first bytes, at most `size` of them, fewer only when the file has no more. They are read again by read(); the
  // tap is told of them then. Before the first read() only.
  Result<std::string_view> peek(std::size_t size);

 private:
  FileSource(File file, ByteTap* tap) : file_(std::move(file)), tap_(tap) {}
  File file_;
  ByteTap* tap_;
  std::string peeked_;  // read from the file and not yet given out
  std::uint64_t bytes_read_ = 0;
};

// The file's content: unpacked when its first bytes say gzip or zstd, whatever its name says, else as it is. Several
// gzip members or zstd frames in a row are one content. Memory is bounded: gzip needs 32 KiB, zstd at most the window
// of zstd_window_bytes_max (compression.hpp).
//
// Errors of read(): invalid when compressed data is damaged, ends too early or is followed by anything else, with
// `name` (the path when "") and about where. invalid here when it is packed in a way that is not read (xz, bzip2, zip).
// The tap hears the compressed bytes.
Result<std::unique_ptr<ByteSource>> open_source(const Path& path, ByteTap* tap = nullptr, std::string_view name = {});

}  // namespace batchd
