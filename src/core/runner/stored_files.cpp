#include "core/runner/stored_files.hpp"

#include <fmt/format.h>

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

Error to_be_put_back(std::string message) {
  return {ErrorKind::io, std::move(message),
          "Put the file back as it was, from a backup of the state directory, and give the same command again; "
          "until then nothing is sent. Or --new begins another run, which asks, and pays, everything once more."};
}

std::string another_length(const Path& file, std::uint64_t is, std::uint64_t was) {
  return fmt::format("{} has {} bytes; {} were written", file.string(), is, was);
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

Status check_stored(const model::FileMark& noted, const Path& file) {
  const auto is = mark_like(noted, file);
  if (!is) return to_be_put_back(is.error().message);
  if (is->bytes != noted.bytes) return to_be_put_back(another_length(file, is->bytes, noted.bytes));
  if (!noted.hash.empty() && is->hash != noted.hash)
    return to_be_put_back(fmt::format("{} is not what was written: it has been changed", file.string()));
  return {};
}

Status check_for_collecting(const model::Shard& shard, const Path& state_folder) {
  const auto fault_of = [&](const std::string& name, std::uint64_t bytes) -> std::string {
    if (name.empty()) return {};
    const auto is = identity_of(state_folder / name);
    if (!is) return is.error().message;
    return is->size_bytes == bytes ? std::string() : another_length(state_folder / name, is->size_bytes, bytes);
  };
  const bool is_noted = !shard.rows_mark.hash.empty();
  if (auto fault = is_noted ? fault_of(shard.rows_file, shard.rows_mark.bytes) : std::string(); !fault.empty())
    return to_be_put_back(std::move(fault));
  for (auto fault : {fault_of(shard.output_file, shard.output_bytes), fault_of(shard.error_file, shard.error_bytes)})
    if (!fault.empty()) return Error(ErrorKind::not_found, std::move(fault));
  return {};
}

}  // namespace batchd::runner
