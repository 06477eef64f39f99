#include "core/runner/stored_files.hpp"

#include "ground/base/hash.hpp"

namespace batchd::runner {
namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t sha256_digits = 64;

template <typename Hash>
Result<std::uint64_t> add_content(const Path& path, Hash& hash) {
  auto file = File::open_to_read(path);
  if (!file) return file.error();
  std::string buffer(buffer_bytes, '\0');
  std::uint64_t bytes = 0;
  for (;;) {
    const auto read = file->read(buffer.data(), buffer.size());
    if (!read) return read.error();
    if (*read == 0) return bytes;
    hash.add(std::string_view(buffer).substr(0, *read));
    bytes += *read;
  }
}

}  // namespace

Result<model::FileMark> mark_of_stored(const Path& file) {
  Xxh3Stream hash;
  const auto bytes = add_content(file, hash);
  if (!bytes) return bytes.error();
  return model::FileMark{*bytes, to_hex(hash.digest())};
}

Result<model::FileMark> mark_like(const model::FileMark& noted, const Path& file) {
  if (noted.hash.size() != sha256_digits) return mark_of_stored(file);
  Sha256Stream hash;
  const auto bytes = add_content(file, hash);
  if (!bytes) return bytes.error();
  return model::FileMark{*bytes, hash.digest_hex()};
}

}  // namespace batchd::runner
