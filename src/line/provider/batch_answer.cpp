#include "line/provider/batch_answer.hpp"

#include <fmt/format.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "line/provider/one_line.hpp"
#include "line/provider/remote_text.hpp"

namespace batchd::provider {
namespace {

using json::Kind;
using json::View;
using model::BatchError;
using model::BatchState;
using model::RemoteBatch;

constexpr std::size_t error_text_bytes_max = 2'000;
constexpr std::size_t state_text_bytes_max = 100;
constexpr json::ParseOptions patient = {
    .duplicate_keys_are_errors = false, .depth_max = answer_depth_max, .bytes_max = answer_bytes_max};

Error not_understood(std::string message) { return Error(ErrorKind::protocol, std::move(message)); }

Result<View> parse(json::Document& document, std::string_view body) {
  auto root = document.parse(body, patient);
  if (!root) return not_understood("the answer is not JSON: " + root.error().message);
  return *root;
}

// Some providers put the object into an envelope. The envelope has no id of its own.
View unwrapped(View root, std::initializer_list<std::string_view> envelopes) {
  if (!root.is(Kind::object) || !text_of(root.find("id")).empty()) return root;
  for (const auto key : envelopes)
    if (const View inner = root.find(key); inner.is(Kind::object)) return inner;
  return root;
}

BatchError read_error(View entry) {
  BatchError error;
  if (!entry.is(Kind::object)) {
    error.message = one_line(text_of(entry), error_text_bytes_max);
    return error;
  }
  error.code = one_line(text_of_first(entry, {"code", "error_code", "type"}), error_text_bytes_max);
  error.message = one_line(text_of_first(entry, {"message", "error_message", "detail"}), error_text_bytes_max);
  error.line = count_of(entry.find("line"));
  return error;
}

// {"object":"list","data":[…]}, a bare list, one object, or one sentence.
void read_errors(View errors, std::vector<BatchError>& out) {
  const View list = errors.find("data") ? errors.find("data") : errors;
  if (!list.is(Kind::array)) {
    const BatchError error = read_error(list);
    if (!error.message.empty() || !error.code.empty()) out.push_back(error);
    return;
  }
  for (const View entry : list.elements()) {
    if (out.size() == batch_errors_max) return;
    out.push_back(read_error(entry));
  }
}

model::RequestCounts read_counts(View batch) {
  const View counts = batch.find("request_counts").is(Kind::object) ? batch.find("request_counts") : batch;
  model::RequestCounts read;
  read.total = count_of(counts.find("total")).value_or(0);
  read.completed = count_of(counts.find("completed")).value_or(0);
  read.failed = count_of(counts.find("failed")).value_or(0);
  return read;
}

std::optional<Time> first_time(View batch, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (const auto time = time_of(batch.find(key))) return time;
  return std::nullopt;
}

// Of the whole batch: OpenAI says it since 2025-09, others never do.
model::Usage read_usage(View usage) {
  model::Usage read;
  const auto input = count_of(usage.find("input_tokens"));
  const auto output = count_of(usage.find("output_tokens"));
  if (!input || !output) return read;
  read.input_tokens = *input;
  read.output_tokens = *output;
  read.reasoning_tokens = count_of(usage.find("output_tokens_details").find("reasoning_tokens")).value_or(0);
  read.cached_tokens = count_of(usage.find("input_tokens_details").find("cached_tokens")).value_or(0);
  read.known = true;
  return read;
}

RemoteBatch read_batch(View batch) {
  RemoteBatch read;
  read.id = text_of(batch.find("id"));
  read.state_text = one_line(text_of_first(batch, {"status", "state"}), state_text_bytes_max);
  read.state = read.state_text.empty() ? BatchState::validating : model::batch_state_from_text(read.state_text);
  read.input_file_id = text_of(batch.find("input_file_id"));
  read.output_file_id = text_of(batch.find("output_file_id"));
  read.error_file_id = text_of(batch.find("error_file_id"));
  read.counts = read_counts(batch);
  read.usage = read_usage(batch.find("usage"));
  read_errors(batch.find("errors"), read.errors);
  if (read.errors.empty()) read_errors(batch.find("error"), read.errors);
  for (const auto [key, value] : batch.find("metadata").members())
    read.metadata[std::string(key)] = value.is(Kind::string) ? text_of(value) : json::canonical(value);
  read.created_at = first_time(batch, {"created_at", "createdAt"});
  read.expires_at = first_time(batch, {"expires_at", "job_deadline"});
  return read;
}

}  // namespace

Result<FileAnswer> read_file_answer(std::string_view body) {
  json::Document document;
  const auto root = parse(document, body);
  if (!root) return root.error();
  const View file = unwrapped(*root, {"data", "file"});
  FileAnswer answer;
  answer.id = text_of(file.find("id"));
  if (answer.id.empty()) return not_understood("the answer names no file id");
  answer.state = one_line(text_of(file.find("status")), state_text_bytes_max);
  answer.details = one_line(text_of(file.find("status_details")), error_text_bytes_max);
  return answer;
}

Result<RemoteBatch> read_batch_answer(std::string_view body) {
  json::Document document;
  const auto root = parse(document, body);
  if (!root) return root.error();
  RemoteBatch batch = read_batch(unwrapped(*root, {"job", "batch", "data"}));
  if (batch.id.empty()) return not_understood("the answer names no batch id");
  return batch;
}

namespace {

// A page of any list: {"data": [...], "has_more", "last_id"} or a bare array.
template <typename Entry>
struct Page {
  std::vector<Entry> entries;
  bool has_more = false;
  std::string last_id;
};

template <typename Entry>
Result<Page<Entry>> read_page(std::string_view body, std::size_t page_size, std::string_view many, std::string_view one,
                              Entry (*read_entry)(View)) {
  json::Document document;
  const auto root = parse(document, body);
  if (!root) return root.error();
  View list = root->is(Kind::array) ? *root : root->find("data");
  const View envelope = list.is(Kind::object) ? list : *root;
  if (list.is(Kind::object)) list = list.find("data");
  // A server written in Go says null for an empty list; only with its word that there is no more is that believed.
  const bool is_empty = list.is_null() && envelope.find("has_more").as_bool() == false;
  if (!list.is(Kind::array) && !is_empty) return not_understood(fmt::format("the answer holds no list of {}", many));
  Page<Entry> page;
  for (const View entry : list.elements()) {
    page.entries.push_back(read_entry(entry));
    if (page.entries.back().id.empty()) return not_understood(fmt::format("the list holds a {} without an id", one));
  }
  const auto has_more = envelope.find("has_more").as_bool();
  page.has_more = root->is(Kind::object) && has_more.value_or(page.entries.size() >= page_size);
  page.last_id = text_of(envelope.find("last_id"));
  if (page.last_id.empty() && !page.entries.empty()) page.last_id = page.entries.back().id;
  return page;
}

model::RemoteFile read_file(View file) {
  model::RemoteFile read;
  read.id = text_of(file.find("id"));
  read.bytes = count_of(file.find("bytes")).value_or(0);
  read.filename = one_line(text_of_first(file, {"filename", "name"}), error_text_bytes_max);
  read.purpose = one_line(text_of(file.find("purpose")), state_text_bytes_max);
  read.created_at = first_time(file, {"created_at", "createdAt"});
  return read;
}

}  // namespace

Result<BatchPage> read_batch_page(std::string_view body, std::size_t page_size) {
  auto page = read_page<RemoteBatch>(body, page_size, "batches", "batch", read_batch);
  if (!page) return page.error();
  return BatchPage{std::move(page->entries), page->has_more, std::move(page->last_id)};
}

Result<FilePage> read_file_page(std::string_view body, std::size_t page_size) {
  auto page = read_page<model::RemoteFile>(body, page_size, "files", "file", read_file);
  if (!page) return page.error();
  return FilePage{std::move(page->entries), page->has_more, std::move(page->last_id)};
}

}  // namespace batchd::provider
