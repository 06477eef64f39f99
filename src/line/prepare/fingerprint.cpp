// What makes two commands the same run: what is asked of whom, over which rows.

#include <optional>

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/prepare.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t read_bytes = 1 << 20;

std::string_view name_of(model::Take take) {
  switch (take) {
    case model::Take::content:
      return "content";
    case model::Take::tool_arguments:
      return "tool_arguments";
    case model::Take::embedding:
      return "embedding";
    case model::Take::body:
      return "body";
  }
  return "";
}

std::string_view name_of(model::Structured structured) {
  switch (structured) {
    case model::Structured::automatic:
      return "auto";
    case model::Structured::json_schema:
      return "json_schema";
    case model::Structured::json_object:
      return "json_object";
    case model::Structured::off:
      return "off";
  }
  return "";
}

// Spelling, order of keys and white space do not change what is asked.
std::string canonical_text(std::string_view text) {
  json::Document document;
  const auto value = document.parse(text);
  check(value.ok(), "a JobSpec holds JSON");
  return json::canonical(*value);
}

// What cannot even be looked at or opened is the wrong input, not a failing disk.
Error as_users_fault(Error error) {
  error.kind = ErrorKind::invalid;
  return error;
}

// A pipe or a device could be read only once, and some of them block for ever: the content is needed twice.
std::optional<Error> fault_of_kind(const model::InputSpec& input) {
  std::error_code ignored;  // what has no status here has none for identity_of(), which says why
  const auto kind = std::filesystem::status(input.path, ignored).type();
  switch (kind) {
    case std::filesystem::file_type::regular:
    case std::filesystem::file_type::none:
      return std::nullopt;
    case std::filesystem::file_type::not_found:
      return Error(ErrorKind::invalid, fmt::format("the input {} does not exist", input.path_as_written),
                   fmt::format("looked for {}", input.path.string()));
    case std::filesystem::file_type::directory:
      return Error(ErrorKind::invalid, fmt::format("the input {} is a folder", input.path_as_written),
                   "input.path names a JSONL file");
    default:
      return Error(ErrorKind::invalid, fmt::format("the input {} is not a regular file", input.path_as_written),
                   "it is read more than once: write its content into a file first");
  }
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

}  // namespace

Result<std::vector<model::InputFile>> identify(const model::InputSpec& input) {
  if (auto fault = fault_of_kind(input)) return *fault;
  model::InputFile file;
  file.path = input.path;
  auto identity = identity_of(input.path);
  if (!identity) return as_users_fault(identity.error());
  file.identity = *identity;
  auto hash = hash_of(input.path);
  if (!hash) return hash.error();
  file.hash = *hash;
  return std::vector{std::move(file)};
}

bool is_same_file(const model::InputFile& known, const FileIdentity& now) { return known.identity == now; }

std::string ask_hash(const model::JobSpec& job) {
  std::string ask;
  json::Writer writer(ask);
  writer.begin_object();
  writer.key("provider").string(job.provider);
  writer.key("endpoint").string(job.endpoint);
  writer.key("request").raw(canonical_text(job.request));
  writer.key("output_schema");
  if (job.output.schema) {
    writer.raw(canonical_text(job.output.schema->text));
  } else {
    writer.null();
  }
  writer.key("take").string(name_of(job.output.take));
  writer.key("structured").string(name_of(job.output.structured));  // it becomes part of the body
  writer.end_object();
  return to_hex(xxh3_128(ask));
}

std::string default_key(const model::JobSpec& job, const std::vector<model::InputFile>& inputs) {
  std::string text = ask_hash(job);
  for (const auto& file : inputs)
    text += " " + to_hex(file.hash);
  if (job.input.limit) text += fmt::format(" limit {}", *job.input.limit);
  return to_hex(xxh3_128(text));
}

std::string prompt_sha(const model::JobSpec& job) { return sha256_hex(canonical_text(job.request)); }

}  // namespace batchd::prepare
