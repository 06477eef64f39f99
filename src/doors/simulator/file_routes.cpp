#include <algorithm>

#include <fmt/format.h>

#include "doors/simulator/desk.hpp"
#include "doors/simulator/ids.hpp"
#include "doors/simulator/input_check.hpp"
#include "ground/http/multipart.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::chrono::hours batch_files_kept{30 * 24};
constexpr std::uint64_t purpose_bytes_max = 256;

bool is_purpose(Dialect dialect, std::string_view purpose) {
  if (purpose == "batch") return true;
  if (dialect == Dialect::dashscope) return purpose == "file-extract";
  for (const std::string_view known : {"assistants", "fine-tune", "vision", "user_data", "evals"})
    if (purpose == known) return true;
  return false;
}

std::string_view purposes_listed(Dialect dialect) {
  return dialect == Dialect::openai ? "'fine-tune', 'assistants', 'batch', 'user_data', 'vision', and 'evals'"
                                    : "'batch' and 'file-extract'";
}

std::int64_t seconds_of(Time time) { return to_unix_ms(time) / 1000; }

struct Upload {
  const http::MultipartPart* file = nullptr;
  std::string purpose;
};

std::variant<Upload, ApiError> read_upload(const Call& call, const std::vector<http::MultipartPart>& parts) {
  Upload upload;
  for (const auto& part : parts) {
    if (part.name == "file") upload.file = &part;
    if (part.name != "purpose") continue;
    auto text = http::part_text(call.request, part, purpose_bytes_max);
    if (text) upload.purpose = std::move(*text);
  }
  if (!upload.file) return missing_parameter("file");
  if (upload.purpose.empty()) return missing_parameter("purpose");
  if (!is_purpose(call.dialect, upload.purpose))
    return ApiError{
        .message = fmt::format("'{}' is not one of [{}] - 'purpose'", upload.purpose, purposes_listed(call.dialect)),
        .code = {},
        .param = "purpose"};
  if (upload.purpose == "batch" && !upload.file->filename.ends_with(".jsonl"))
    return ApiError{.message = "Invalid file format for Batch API. Must be .jsonl", .code = {}, .param = "file"};
  if (upload.file->length > limits_of(call.dialect).upload_bytes_max)
    return ApiError{.message = "File is too large.", .code = {}, .param = "file"};
  return upload;
}

}  // namespace

std::string file_object(const StoredFile& file, std::string_view status) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("object").string("file").key("id").string(file.id);
  writer.key("purpose").string(file.purpose).key("filename").string(file.filename);
  writer.key("bytes").unsigned_integer(file.bytes).key("created_at").integer(seconds_of(file.created));
  if (file.dialect == Dialect::openai) {
    writer.key("expires_at");
    if (file.purpose.starts_with("batch")) {
      writer.integer(seconds_of(file.created + batch_files_kept));
    } else {
      writer.null();
    }
  }
  writer.key("status").string(status).key("status_details").null().end_object();
  return text;
}

std::string Desk::told(const StoredFile& file) const {
  return file_object(file, faults_.uploaded_status.hits(seed_, file.sequence) ? "uploaded" : "processed");
}

http::ServerResponse Desk::upload(const Call& call) {
  if (hit(faults_.storage_full, call))
    return error_answer({.message = "Upload file number exceed limit.", .code = {}, .param = "file"});
  const auto parts = http::split_multipart(call.request);
  if (!parts)
    return error_answer({.message = "The body is not the multipart/form-data it should be: " + parts.error().message,
                         .code = {},
                         .param = {}});
  const auto read = read_upload(call, *parts);
  if (const auto* error = std::get_if<ApiError>(&read)) return error_answer(*error);
  const Upload& upload = std::get<Upload>(read);

  const Path content = world_.unfinished("upload");
  (void)remove_file(content);
  if (auto taken = http::extract_part(call.request, *upload.file, content); !taken)
    return error_answer(broken_world(taken.error().message));
  const auto summary = summarise(content);
  if (!summary) return error_answer(broken_world(summary.error().message));
  StoredFile file;
  file.sequence = world_.next_sequence();
  file.id = Ids(seed_, call.dialect).file(FileKind::uploaded, file.sequence);
  if (faults_.long_ids.hits(seed_, file.sequence)) file.id = lengthened(file.id);
  file.dialect = call.dialect;
  file.filename = upload.file->filename;
  file.purpose = upload.purpose;
  file.bytes = summary->bytes;
  file.lines = summary->lines;
  file.xxh3 = summary->xxh3;
  file.created = call.now;
  std::string object = told(file);
  if (auto added = world_.add_file(std::move(file), content); !added)
    return error_answer(broken_world(added.error().message));
  if (!hit(faults_.lose_upload_answer, call)) return json_answer(std::move(object));
  http::ServerResponse lost;
  lost.reset = true;
  return lost;
}

http::ServerResponse Desk::list_files(const Call& call) {
  const auto most = limits_of(call.dialect).files_per_page_max;
  const auto asked = page_of(call.request, {most, most});
  if (const auto* error = std::get_if<ApiError>(&asked)) return error_answer(*error);
  const Page& page = std::get<Page>(asked);
  const auto purpose = call.request.find_query("purpose");

  std::vector<const StoredFile*> found;
  for (const StoredFile& file : world_.files())
    if (file.dialect == call.dialect && !file.deleted && (!purpose || file.purpose == *purpose)) found.push_back(&file);
  // Results are numbered with their batch and made later: time first.
  const bool oldest_first = call.request.find_query("order") == "asc";
  std::sort(found.begin(), found.end(), [&](const StoredFile* a, const StoredFile* b) {
    const auto left = std::pair(a->created, a->sequence);
    const auto right = std::pair(b->created, b->sequence);
    return oldest_first ? left < right : right < left;
  });
  auto begin = found.begin();
  if (!page.after.empty()) {
    begin = std::find_if(found.begin(), found.end(), [&](const StoredFile* file) { return file->id == page.after; });
    if (begin == found.end()) return error_answer(no_such_file(page.after));
    ++begin;
  }
  std::vector<Listed> data;
  for (; begin != found.end() && data.size() < page.limit; ++begin)
    data.push_back({(*begin)->id, told(**begin)});
  return json_answer(list_body(data, begin != found.end()));
}

http::ServerResponse Desk::file(const Call& call, std::string_view id) {
  const StoredFile* file = world_.find_file(call.dialect, id);
  if (!file) return error_answer(no_such_file(id));
  if (call.request.method == http::Method::delete_) return remove(*file);
  return json_answer(told(*file));
}

http::ServerResponse Desk::remove(const StoredFile& file) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .key("id")
      .string(file.id)
      .key("object")
      .string("file")
      .key("deleted")
      .boolean(true)
      .end_object();
  if (auto removed = world_.delete_file(file); !removed) return error_answer(broken_world(removed.error().message));
  return json_answer(std::move(body));
}

// Whole lines. Nothing: there is no half of it.
std::optional<std::uint64_t> Desk::length_of_first_half(const StoredFile& file) const {
  const auto content = File::open_to_read(world_.content_of(file.id));
  if (!content) return std::nullopt;
  constexpr std::uint64_t look_bytes = 64 * 1024;
  std::string text;
  for (std::uint64_t end = file.bytes / 2; end > 0;) {
    const std::uint64_t begin = end - std::min(end, look_bytes);
    if (!content->read_at(begin, end - begin, text)) return std::nullopt;
    if (const auto found = text.rfind('\n'); found != text.npos) return begin + found + 1;
    end = begin;
  }
  return 0;
}

http::ServerResponse Desk::content(const Call& call, std::string_view id) {
  const StoredFile* file = world_.find_file(call.dialect, id);
  if (!file) return error_answer(no_such_file(id));
  http::ServerResponse response;
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Content-Disposition", "attachment; filename=\"" + file->id + ".jsonl\"");
  http::FileRange range;
  range.path = world_.content_of(file->id);
  const bool is_result = file->purpose == "batch_output";
  if (is_result && ++downloads_ <= faults_.short_downloads.value) range.length = length_of_first_half(*file);
  response.body = std::move(range);
  return response;
}

}  // namespace batchd::simulator
