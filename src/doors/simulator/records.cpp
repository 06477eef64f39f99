#include "doors/simulator/records.hpp"

#include <array>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::array<std::string_view, 5> fate_names{"normal", "stuck", "refused", "token_limit", "expires"};

Fate fate_named(std::string_view name) {
  for (std::size_t i = 0; i < fate_names.size(); ++i)
    if (fate_names[i] == name) return static_cast<Fate>(i);
  return Fate::normal;
}

class Reader {
 public:
  explicit Reader(json::View object) : object_(object) {}
  std::string text(std::string_view key) const { return std::string(object_.find(key).as_string().value_or("")); }
  std::string raw(std::string_view key) const { return std::string(object_.find(key).source_text()); }
  std::uint64_t count(std::string_view key) const {
    return static_cast<std::uint64_t>(object_.find(key).as_int64().value_or(0));
  }
  Time time(std::string_view key) const { return from_unix_ms(object_.find(key).as_int64().value_or(0)); }
  std::optional<Time> optional_time(std::string_view key) const {
    const auto ms = object_.find(key).as_int64();
    return ms ? std::optional<Time>(from_unix_ms(*ms)) : std::nullopt;
  }
  bool flag(std::string_view key) const { return object_.find(key).as_bool().value_or(false); }
  Dialect dialect() const { return dialect_named(text("dialect")).value_or(Dialect::openai); }
  bool usable() const { return object_.find("id").as_string().has_value(); }

 private:
  json::View object_;
};

void write_time(json::Writer& writer, std::string_view key, std::optional<Time> time) {
  writer.key(key);
  if (time) {
    writer.integer(to_unix_ms(*time));
  } else {
    writer.null();
  }
}

void write_check(json::Writer& writer, const std::optional<Check>& check) {
  writer.key("check");
  if (!check) {
    writer.null();
    return;
  }
  writer.begin_object().key("passed").boolean(check->passed).key("model").string(check->model);
  writer.key("errors").raw(check->errors).end_object();
}

void write_outcome(json::Writer& writer, const std::optional<Outcome>& outcome) {
  writer.key("outcome");
  if (!outcome) {
    writer.null();
    return;
  }
  writer.begin_object().key("completed").unsigned_integer(outcome->completed);
  writer.key("failed").unsigned_integer(outcome->failed);
  writer.key("output_file_id").string(outcome->output_file_id).key("error_file_id").string(outcome->error_file_id);
  writer.key("prompt_tokens").unsigned_integer(outcome->usage.prompt_tokens);
  writer.key("completion_tokens").unsigned_integer(outcome->usage.completion_tokens).end_object();
}

Check read_check(const Reader& reader) {
  return {.errors = reader.raw("errors"), .passed = reader.flag("passed"), .model = reader.text("model")};
}

Outcome read_outcome(const Reader& reader) {
  return {.completed = reader.count("completed"),
          .failed = reader.count("failed"),
          .output_file_id = reader.text("output_file_id"),
          .error_file_id = reader.text("error_file_id"),
          .usage = {.prompt_tokens = reader.count("prompt_tokens"),
                    .completion_tokens = reader.count("completion_tokens")}};
}

Error not_a_record() { return {ErrorKind::protocol, "this is no record of the simulator's"}; }

}  // namespace

std::string to_json(const StoredFile& file) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("sequence").unsigned_integer(file.sequence).key("id").string(file.id);
  writer.key("dialect").string(name_of(file.dialect)).key("filename").string(file.filename);
  writer.key("purpose").string(file.purpose).key("bytes").unsigned_integer(file.bytes);
  writer.key("lines").unsigned_integer(file.lines).key("xxh3").string(file.xxh3);
  write_time(writer, "created", file.created);
  writer.key("deleted").boolean(file.deleted).end_object();
  return text + "\n";
}

std::string to_json(const Batch& batch) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("sequence").unsigned_integer(batch.sequence).key("id").string(batch.id);
  writer.key("dialect").string(name_of(batch.dialect)).key("input_file_id").string(batch.input_file_id);
  writer.key("input_xxh3").string(batch.input_xxh3).key("requests").unsigned_integer(batch.requests);
  writer.key("endpoint").string(batch.endpoint).key("completion_window").string(batch.completion_window);
  writer.key("metadata").raw(batch.metadata);
  writer.key("fate").string(fate_names[static_cast<std::size_t>(batch.fate)]);
  write_time(writer, "created", batch.created);
  write_time(writer, "in_progress", batch.in_progress);
  write_time(writer, "finalizing", batch.finalizing);
  write_time(writer, "completed", batch.completed);
  write_time(writer, "expires", batch.expires);
  write_time(writer, "cancelling", batch.cancelling);
  write_time(writer, "cancelled", batch.cancelled);
  write_check(writer, batch.check);
  write_outcome(writer, batch.outcome);
  writer.end_object();
  return text + "\n";
}

Result<StoredFile> file_from_json(std::string_view text) {
  json::Document document;
  const auto root = document.parse(text);
  if (!root) return root.error();
  const Reader reader(*root);
  if (!reader.usable()) return not_a_record();
  StoredFile file;
  file.sequence = reader.count("sequence");
  file.id = reader.text("id");
  file.dialect = reader.dialect();
  file.filename = reader.text("filename");
  file.purpose = reader.text("purpose");
  file.bytes = reader.count("bytes");
  file.lines = reader.count("lines");
  file.xxh3 = reader.text("xxh3");
  file.created = reader.time("created");
  file.deleted = reader.flag("deleted");
  return file;
}

Result<Batch> batch_from_json(std::string_view text) {
  json::Document document;
  // The metadata is the client's and was taken as it came.
  const auto root = document.parse(text, {.duplicate_keys_are_errors = false});
  if (!root) return root.error();
  const Reader reader(*root);
  if (!reader.usable()) return not_a_record();
  Batch batch;
  batch.sequence = reader.count("sequence");
  batch.id = reader.text("id");
  batch.dialect = reader.dialect();
  batch.input_file_id = reader.text("input_file_id");
  batch.input_xxh3 = reader.text("input_xxh3");
  batch.requests = reader.count("requests");
  batch.endpoint = reader.text("endpoint");
  batch.completion_window = reader.text("completion_window");
  batch.metadata = reader.raw("metadata");
  batch.fate = fate_named(reader.text("fate"));
  batch.created = reader.time("created");
  batch.in_progress = reader.time("in_progress");
  batch.finalizing = reader.time("finalizing");
  batch.completed = reader.time("completed");
  batch.expires = reader.time("expires");
  batch.cancelling = reader.optional_time("cancelling");
  batch.cancelled = reader.optional_time("cancelled");
  if (const auto check = root->find("check"); check.is(json::Kind::object)) batch.check = read_check(Reader(check));
  if (const auto outcome = root->find("outcome"); outcome.is(json::Kind::object))
    batch.outcome = read_outcome(Reader(outcome));
  return batch;
}

}  // namespace batchd::simulator
