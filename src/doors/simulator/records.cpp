#include "doors/simulator/records.hpp"

#include <array>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// What stands in a record, once for both directions: a Writer and a Reader walk the same list.
template <typename Fields, typename File>
void describe_file(Fields& fields, File& file) {
  fields("sequence", file.sequence);
  fields("id", file.id);
  fields("dialect", file.dialect);
  fields("filename", file.filename);
  fields("purpose", file.purpose);
  fields("bytes", file.bytes);
  fields("lines", file.lines);
  fields("xxh3", file.xxh3);
  fields("created", file.created);
  fields("deleted", file.deleted);
}

template <typename Fields, typename Record>
void describe_check(Fields& fields, Record& check) {
  fields("passed", check.passed);
  fields("model", check.model);
  fields.raw("errors", check.errors);
}

template <typename Fields, typename Record>
void describe_outcome(Fields& fields, Record& outcome) {
  fields("completed", outcome.completed);
  fields("failed", outcome.failed);
  fields("output_file_id", outcome.output_file_id);
  fields("error_file_id", outcome.error_file_id);
  fields("prompt_tokens", outcome.usage.prompt_tokens);
  fields("completion_tokens", outcome.usage.completion_tokens);
}

template <typename Fields, typename Record>
void describe_batch(Fields& fields, Record& batch) {
  fields("sequence", batch.sequence);
  fields("id", batch.id);
  fields("dialect", batch.dialect);
  fields("input_file_id", batch.input_file_id);
  fields("input_xxh3", batch.input_xxh3);
  fields("requests", batch.requests);
  fields("endpoint", batch.endpoint);
  fields("completion_window", batch.completion_window);
  fields.raw("metadata", batch.metadata);
  fields("fate", batch.fate);
  fields("created", batch.created);
  fields("in_progress", batch.in_progress);
  fields("finalizing", batch.finalizing);
  fields("completed", batch.completed);
  fields("expires", batch.expires);
  fields("cancelling", batch.cancelling);
  fields("cancelled", batch.cancelled);
  fields.part("check", batch.check, [](auto& inner, auto& check) { describe_check(inner, check); });
  fields.part("outcome", batch.outcome, [](auto& inner, auto& outcome) { describe_outcome(inner, outcome); });
}

constexpr std::array<std::string_view, 6> fate_names{"normal",  "stuck",       "stuck_at_end",
                                                     "refused", "token_limit", "expires"};

class Writer {
 public:
  explicit Writer(std::string& text) : writer_(text) { writer_.begin_object(); }
  void end() { writer_.end_object(); }

  void operator()(std::string_view key, const std::string& text) { writer_.key(key).string(text); }
  void operator()(std::string_view key, std::uint64_t count) { writer_.key(key).unsigned_integer(count); }
  void operator()(std::string_view key, bool flag) { writer_.key(key).boolean(flag); }
  void operator()(std::string_view key, Time time) { writer_.key(key).integer(to_unix_ms(time)); }
  void operator()(std::string_view key, Dialect dialect) { writer_.key(key).string(name_of(dialect)); }
  void operator()(std::string_view key, Fate fate) {
    writer_.key(key).string(fate_names[static_cast<std::size_t>(fate)]);
  }
  void operator()(std::string_view key, const std::optional<Time>& time) {
    if (time) return (*this)(key, *time);
    writer_.key(key).null();
  }
  void raw(std::string_view key, const std::string& text) { writer_.key(key).raw(text); }
  template <typename T, typename Describe>
  void part(std::string_view key, const std::optional<T>& value, Describe describe) {
    std::string text = "null";
    if (value) {
      text.clear();
      Writer inner(text);
      describe(inner, *value);
      inner.end();
    }
    writer_.key(key).raw(text);
  }

 private:
  json::Writer writer_;
};

// What is missing or of another kind stays as it was.
class Reader {
 public:
  explicit Reader(json::View object) : object_(object) {}

  void operator()(std::string_view key, std::string& text) const {
    if (const auto found = object_.find(key).as_string()) text = *found;
  }
  void operator()(std::string_view key, std::uint64_t& count) const {
    if (const auto found = object_.find(key).as_int64()) count = static_cast<std::uint64_t>(*found);
  }
  void operator()(std::string_view key, bool& flag) const { flag = object_.find(key).as_bool().value_or(flag); }
  void operator()(std::string_view key, Time& time) const {
    if (const auto ms = object_.find(key).as_int64()) time = from_unix_ms(*ms);
  }
  void operator()(std::string_view key, std::optional<Time>& time) const {
    if (const auto ms = object_.find(key).as_int64()) time = from_unix_ms(*ms);
  }
  void operator()(std::string_view key, Dialect& dialect) const {
    dialect = dialect_named(object_.find(key).as_string().value_or("")).value_or(dialect);
  }
  void operator()(std::string_view key, Fate& fate) const {
    for (std::size_t i = 0; i < fate_names.size(); ++i)
      if (object_.find(key).as_string() == fate_names[i]) fate = static_cast<Fate>(i);
  }
  void raw(std::string_view key, std::string& text) const {
    if (const auto found = object_.find(key)) text = found.source_text();
  }
  template <typename T, typename Describe>
  void part(std::string_view key, std::optional<T>& value, Describe describe) const {
    const auto found = object_.find(key);
    if (!found.is(json::Kind::object)) return;
    Reader inner(found);
    describe(inner, value.emplace());
  }

 private:
  json::View object_;
};

template <typename Record, typename Describe>
std::string written(const Record& record, Describe describe) {
  std::string text;
  Writer writer(text);
  describe(writer, record);
  writer.end();
  return text + "\n";
}

template <typename Record, typename Describe>
Result<Record> read(std::string_view text, Describe describe) {
  json::Document document;
  // The metadata is the client's and was taken as it came.
  const auto root = document.parse(text, {.duplicate_keys_are_errors = false});
  if (!root) return root.error();
  if (!root->find("id").as_string()) return Error(ErrorKind::protocol, "this is no record of the simulator's");
  Record record;
  Reader reader(*root);
  describe(reader, record);
  return record;
}

constexpr auto of_file = [](auto& fields, auto& file) { describe_file(fields, file); };
constexpr auto of_batch = [](auto& fields, auto& batch) { describe_batch(fields, batch); };

}  // namespace

std::string to_json(const StoredFile& file) { return written(file, of_file); }
std::string to_json(const Batch& batch) { return written(batch, of_batch); }
Result<StoredFile> file_from_json(std::string_view text) { return read<StoredFile>(text, of_file); }
Result<Batch> batch_from_json(std::string_view text) { return read<Batch>(text, of_batch); }

}  // namespace batchd::simulator
