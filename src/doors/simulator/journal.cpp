#include "doors/simulator/journal.hpp"

#include "doors/simulator/timeline.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint64_t line_bytes_max = 16 * 1024 * 1024;

class Entry {
 public:
  Entry(std::string_view type, Time time, Dialect dialect) : writer_(line_) {
    writer_.begin_object().key("type").string(type).key("time").string(format_utc(time, true));
    writer_.key("dialect").string(name_of(dialect));
  }
  Entry& text(std::string_view key, std::string_view value) {
    writer_.key(key).string(value);
    return *this;
  }
  Entry& text_or_null(std::string_view key, std::string_view value) {
    if (!value.empty()) return text(key, value);
    writer_.key(key).null();
    return *this;
  }
  Entry& count(std::string_view key, std::uint64_t value) {
    writer_.key(key).unsigned_integer(value);
    return *this;
  }
  Entry& raw(std::string_view key, std::string_view json) {
    writer_.key(key).raw(json);
    return *this;
  }
  Status write_to(File& file) {
    writer_.end_object();
    line_ += '\n';
    return file.write(line_);
  }

 private:
  std::string line_;
  json::Writer writer_;
};

}  // namespace

Result<Journal> Journal::open(const Path& path) {
  auto file = File::open_to_append(path);
  if (!file) return file.error();
  Journal journal(std::move(*file));
  if (auto read = journal.read_back(path); !read) return read.error();
  return journal;
}

Status Journal::read_back(const Path& path) {
  auto reader = json::LineReader::open(path, line_bytes_max);
  if (!reader) return reader.error();
  json::Document document;
  for (;;) {
    const auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) return {};
    const auto root = document.parse_padded(line->text, {.duplicate_keys_are_errors = false});
    if (!root) continue;  // the half of a line a kill left
    const std::string batch(root->find("batch").as_string().value_or(""));
    const auto type = root->find("type").as_string();
    if (type == "batch_created") created_.insert(batch);
    if (type == "batch_answered") answered_.insert(batch);
  }
}

Status Journal::upload(const StoredFile& file) {
  Entry entry("upload", file.created, file.dialect);
  entry.text("file", file.id).text("filename", file.filename).text("purpose", file.purpose);
  entry.count("bytes", file.bytes).count("lines", file.lines).text("xxh3", file.xxh3);
  return entry.write_to(file_);
}

Status Journal::batch_created(const Batch& batch) {
  Entry entry("batch_created", batch.created, batch.dialect);
  entry.text("batch", batch.id).text("input_file", batch.input_file_id).text("input_xxh3", batch.input_xxh3);
  entry.count("requests", batch.requests).text("endpoint", batch.endpoint).raw("metadata", batch.metadata);
  return entry.write_to(file_);
}

Status Journal::batch_answered(const Batch& batch, std::string_view state, std::string_view output_xxh3) {
  const Outcome outcome = batch.outcome.value_or(Outcome());
  Entry entry("batch_answered", end_of(batch).value_or(batch.completed), batch.dialect);
  entry.text("batch", batch.id).text("state", state).text("input_file", batch.input_file_id);
  entry.count("completed", outcome.completed).count("failed", outcome.failed);
  entry.text_or_null("output_file", outcome.output_file_id).text_or_null("error_file", outcome.error_file_id);
  entry.text_or_null("output_xxh3", output_xxh3);
  return entry.write_to(file_);
}

Status Journal::cancel(const Batch& batch) {
  Entry entry("cancel", batch.cancelling.value_or(batch.created), batch.dialect);
  entry.text("batch", batch.id);
  return entry.write_to(file_);
}

Status Journal::chat(const Question& question, const Reply& reply) {
  std::string hash;
  for (int shift = 60; shift >= 0; shift -= 4)
    hash += "0123456789abcdef"[(question.body_hash >> shift) & 15];
  Entry entry("chat", question.now, question.dialect);
  entry.text("endpoint", question.endpoint).text("model", question.body.find("model").as_string().value_or(""));
  entry.text("body_xxh3", hash).count("asked", question.asked);
  entry.count("status", static_cast<std::uint64_t>(reply.status));
  return entry.write_to(file_);
}

}  // namespace batchd::simulator
