#include "line/prepare/input_files.hpp"

#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "line/prepare/input_pattern.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t read_bytes = 1 << 20;

// What cannot even be looked at or opened is the wrong input, not a failing disk.
Error as_users_fault(Error error) {
  error.kind = ErrorKind::invalid;
  return error;
}

// A pipe or a device could be read only once, and some of them block for ever: the content is needed twice.
std::optional<Error> fault_of_kind(const Path& path, const std::string& name) {
  std::error_code ignored;  // what has no status here has none for identity_of(), which says why
  const auto kind = std::filesystem::status(path, ignored).type();
  switch (kind) {
    case std::filesystem::file_type::regular:
    case std::filesystem::file_type::none:
      return std::nullopt;
    case std::filesystem::file_type::not_found:
      return Error(ErrorKind::invalid, fmt::format("the input {} does not exist", name),
                   fmt::format("looked for {}", path.string()));
    case std::filesystem::file_type::directory:
      return Error(ErrorKind::invalid, fmt::format("the input {} is a folder", name),
                   "name a file in it, or a pattern for several, as in folder/*.jsonl");
    default:
      return Error(ErrorKind::invalid, fmt::format("the input {} is not a regular file", name),
                   "it is read more than once: write its content into a file first, or give it as standard input (-)");
  }
}

std::optional<Error> fault_of_match(const model::InputSpec& input, const Path& path) {
  const auto name = name_of_file(input, path);
  if (utf8_until(name) != name.size()) {
    return Error(ErrorKind::invalid,
                 fmt::format("the input {} matches {}, whose name is not UTF-8", input.path_as_written, as_utf8(name)),
                 "rename it, or narrow the pattern");
  }
  auto fault = fault_of_kind(path, name);
  if (!fault) return fault;
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  return Error(ErrorKind::invalid,
               fmt::format("the input {} matches {}, which is {}", input.path_as_written, name,
                           is_folder ? "a folder" : "no regular file"),
               "narrow the pattern so that it matches files only, as in *.jsonl");
}

Result<Hash128> hash_of(const Path& path) {
  auto file = File::open_to_read(path);
  if (!file) return as_users_fault(file.error());
  Xxh3Stream stream;
  std::string buffer(read_bytes, '\0');
  for (;;) {
    auto count = file->read(buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) return stream.digest();
    stream.add(std::string_view(buffer).substr(0, *count));
  }
}

// The last `count` parts of a path.
Path tail_of(const Path& path, std::size_t count) {
  const auto parts = static_cast<std::size_t>(std::distance(path.begin(), path.end()));
  if (count > parts) return {};
  Path tail;
  for (auto part = std::next(path.begin(), static_cast<std::ptrdiff_t>(parts - count)); part != path.end(); ++part)
    tail /= *part;
  return tail;
}

}  // namespace

Result<std::vector<Path>> input_paths(const model::InputSpec& input) {
  if (parts_of_pattern(input.path) == 0) {
    if (auto fault = fault_of_kind(input.path, name_of_file(input, input.path))) return *fault;
    return std::vector{input.path};
  }
  auto paths = matches_of(input.path, input.path_as_written);
  if (!paths) return paths;
  if (paths->empty())
    return Error(ErrorKind::invalid, fmt::format("no file matches the input {}", input.path_as_written),
                 what_is_there(input.path));
  for (const auto& path : *paths)
    if (auto fault = fault_of_match(input, path)) return *fault;
  return paths;
}

Result<std::vector<model::InputFile>> identify(const model::InputSpec& input) {
  auto paths = input_paths(input);
  if (!paths) return paths.error();
  std::vector<model::InputFile> files;
  for (auto& path : *paths) {
    auto identity = identity_of(path);
    if (!identity) return as_users_fault(identity.error());
    auto hash = hash_of(path);
    if (!hash) return hash.error();
    files.push_back({std::move(path), *identity, *hash});
  }
  return files;
}

bool is_same_file(const model::InputFile& known, const FileIdentity& now) { return known.identity == now; }

std::string name_of_file(const model::InputSpec& input, const Path& path) {
  if (path == input.path || input.is_standard_input()) return input.name();
  const auto parts = parts_of_pattern(input.path);
  const Path written = input.path_as_written;
  const auto is_tail = tail_of(written, parts) == tail_of(input.path, parts);
  // The words before the pattern may be a variable's or lead upwards; only if the pattern itself was written is it
  // known what to put in its place.
  if (parts == 0 || !is_tail) return path.string();
  const auto head_bytes = written.native().size() - tail_of(written, parts).native().size();
  return written.native().substr(0, head_bytes) + tail_of(path, parts).native();
}

Error changed_while_read(const std::string& name) {
  return {ErrorKind::invalid, fmt::format("{} changed while it was read", name),
          "nothing was sent; run again when the file is complete"};
}

Result<InputFiles> InputFiles::of(const model::InputSpec& input, std::vector<model::InputFile> known) {
  InputFiles files;
  files.are_known_ = !known.empty();
  files.files_ = std::move(known);
  if (!files.are_known_) {
    auto paths = input_paths(input);
    if (!paths) return paths.error();
    for (auto& path : *paths)
      files.files_.push_back({std::move(path), {}, {}});
  }
  for (const auto& file : files.files_)
    files.names_.push_back(name_of_file(input, file.path));
  return files;
}

}  // namespace batchd::prepare
