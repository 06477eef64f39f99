#include "doors/simulator/execution.hpp"

#include <vector>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/ids.hpp"
#include "doors/simulator/input_check.hpp"
#include "ground/base/hash.hpp"
#include "ground/json/lines.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// One of the two files, with its figures.
class Sheet {
 public:
  explicit Sheet(FileWriter writer) : writer_(std::move(writer)) {}

  Status add(std::string_view line) {
    hash_.add(line);
    ++written_.lines;
    return writer_.write(line);
  }
  // In the kernel's hands: the world outlives the process, not the machine.
  Result<WrittenFile> finish() {
    if (auto flushed = writer_.flush(); !flushed) return flushed.error();
    written_.bytes = writer_.offset();
    written_.xxh3 = to_hex(hash_.digest());
    return written_;
  }

 private:
  FileWriter writer_;
  Xxh3Stream hash_;
  WrittenFile written_;
};

class Executor {
 public:
  Executor(const Batch& batch, const Rest& rest, Time finished, std::uint64_t seed, const Faults& faults,
           Answerer& answerer, Asked& asked, Sheet output, Sheet errors, FileWriter keys)
      : batch_(batch),
        rest_(rest),
        finished_(finished),
        seed_(seed),
        faults_(faults),
        answerer_(answerer),
        asked_(asked),
        ids_(seed, batch.dialect),
        output_(std::move(output)),
        errors_(std::move(errors)),
        keys_(std::move(keys)) {}

  // `index`: of the request in the input, from 0. Readable bytes lie behind the text, as behind a Line's.
  Status request(std::string_view text, std::uint64_t index) {
    const auto root = document_.parse_padded(text, {.duplicate_keys_are_errors = false});
    if (!root) return root.error().within("the input of " + batch_.id + " changed after it was checked");
    ids_.line(batch_.sequence, index, line_id_);
    ids_.request(batch_.sequence, index, request_id_);
    const auto custom_id = root->find("custom_id").source_text();
    if (index >= rest_.done) return leave_undone(custom_id);
    return answer(custom_id, root->find("body"));
  }

  Result<Execution> finish() {
    if (auto flushed = keys_.flush(); !flushed) return flushed.error();
    auto output = output_.finish();
    if (!output) return output.error();
    auto errors = errors_.finish();
    if (!errors) return errors.error();
    execution_.output = std::move(*output);
    execution_.errors = std::move(*errors);
    return execution_;
  }

 private:
  Status leave_undone(std::string_view custom_id) {
    if (rest_.error_code.empty()) return {};
    begin_line(custom_id);
    line_ += R"("response":null,"error":{"code":)";
    json::append_quoted(line_, rest_.error_code);
    line_ += R"(,"message":)";
    json::append_quoted(line_, rest_.error_message);
    line_ += "}}\n";
    ++execution_.failed;
    return errors_.add(line_);
  }

  Status answer(std::string_view custom_id, json::View body) {
    Question question;
    question.dialect = batch_.dialect;
    question.endpoint = batch_.endpoint;
    question.body = body;
    question.body_hash = xxh3_128(body.source_text()).low;
    question.asked = asked_.count(question.body_hash);
    question.now = finished_;
    question.id = request_id_;
    key_.clear();
    Asked::append_key(key_, question.body_hash);
    if (auto kept = keys_.write(key_); !kept) return kept;
    answerer_.answer(question, reply_);
    execution_.usage.prompt_tokens += reply_.usage.prompt_tokens;
    execution_.usage.completion_tokens += reply_.usage.completion_tokens;
    ++(reply_.ok() ? execution_.completed : execution_.failed);
    const std::uint64_t key = key_of(question);
    Sheet& sheet = write_line(custom_id, key);
    return add_with_faults(sheet, key);
  }

  bool hit(const Share& share, std::uint64_t key) const { return share.hits(seed_, key); }

  // {"id":…,"custom_id":…,
  void begin_line(std::string_view custom_id, bool bare = false) {
    line_ = "{";
    if (!bare) line_.append(R"("id":")").append(line_id_).append("\",");
    line_.append(R"("custom_id":)").append(custom_id).append(",");
  }

  void append_response(int status, std::string_view body, bool bare = false) {
    line_.append(R"("response":{"status_code":)").append(std::to_string(status));
    if (!bare) line_.append(R"(,"request_id":")").append(request_id_).append("\"");
    line_.append(R"(,"body":)").append(body).append("}");
  }

  // Where the line belongs.
  Sheet& write_line(std::string_view custom_id, std::uint64_t key) {
    if (!reply_.ok() && hit(faults_.hidden_errors, key)) {
      begin_line(custom_id);
      append_response(200, reply_.body);
      line_ += ",\"error\":null}\n";
      return output_;
    }
    // DashScope tells of a failed request in the error file, or in the output file with another status than 200.
    const bool apart = !reply_.ok() && batch_.dialect == Dialect::dashscope && Draw(mixed(seed_, key)).chance(0.5);
    if (apart) {
      write_failure(custom_id, key);
      return errors_;
    }
    const bool bare = hit(faults_.bare_lines, key);
    begin_line(custom_id, bare);
    if (reply_.ok() && hit(faults_.zero_status, key)) {
      append_response(0, "null", bare);
    } else {
      append_response(reply_.status, reply_.body, bare);
    }
    line_ += bare ? "}\n" : ",\"error\":null}\n";
    if (hit(faults_.lone_surrogates, key)) break_a_character();
    return reply_.ok() || batch_.dialect == Dialect::dashscope ? output_ : errors_;
  }

  // The reason stands beside the response.
  void write_failure(std::string_view custom_id, std::uint64_t key) {
    const bool other_names = hit(faults_.error_code_names, key);
    begin_line(custom_id);
    append_response(reply_.status, "null");
    line_ += other_names ? R"(,"error":{"error_code":)" : R"(,"error":{"code":)";
    json::append_quoted(line_, reply_.error.code.empty() ? "InternalError" : reply_.error.code);
    line_ += other_names ? R"(,"error_message":)" : R"(,"message":)";
    json::append_quoted(line_, reply_.error.message);
    line_ += "}}\n";
  }

  void break_a_character() {
    constexpr std::string_view before = R"("content":")";
    if (const auto at = line_.find(before); at != line_.npos) line_.insert(at + before.size(), R"(\ud83d)");
  }

  Status add_with_faults(Sheet& sheet, std::uint64_t key) {
    if (hit(faults_.unknown_ids, key)) {
      const auto told = line_;
      begin_line(json::quoted("nobody-" + std::to_string(key)));
      append_response(200, reply_.body);
      line_ += ",\"error\":null}\n";
      if (auto added = sheet.add(line_); !added) return added;
      line_ = told;
    }
    if (hit(faults_.missing_lines, key)) return {};
    if (hit(faults_.garbage_lines, key)) {
      line_.resize(line_.size() / 2);
      line_ += '\n';
    }
    if (hit(faults_.duplicate_lines, key))
      if (auto added = sheet.add(line_); !added) return added;
    return sheet.add(line_);
  }

  const Batch& batch_;
  const Rest& rest_;
  Time finished_;
  std::uint64_t seed_;
  const Faults& faults_;
  Answerer& answerer_;
  Asked& asked_;
  Ids ids_;
  Sheet output_;
  Sheet errors_;
  FileWriter keys_;
  json::Document document_;
  Reply reply_;
  std::string line_, line_id_, request_id_, key_;
  Execution execution_;
};

Status in_order(Executor& executor, const Path& input, std::uint64_t line_bytes_max) {
  auto reader = json::LineReader::open(input, line_bytes_max);
  if (!reader) return reader.error();
  for (std::uint64_t index = 0;;) {
    const auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) return {};
    if (is_blank(line->text)) continue;
    if (auto done = executor.request(line->text, index++); !done) return done;
  }
}

// Eight bytes a line are held, not the lines.
Status shuffled(Executor& executor, const Path& input, std::uint64_t line_bytes_max, std::uint64_t key) {
  struct Spot {
    std::uint64_t offset, size, index;
  };
  std::vector<Spot> spots;
  auto reader = json::LineReader::open(input, line_bytes_max);
  if (!reader) return reader.error();
  for (;;) {
    const auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) break;
    if (!is_blank(line->text)) spots.push_back({line->offset, line->size_bytes, spots.size()});
  }
  Draw draw(key);
  for (std::size_t i = spots.size(); i > 1; --i)
    std::swap(spots[i - 1], spots[draw.below(i)]);
  auto file = File::open_to_read(input);
  if (!file) return file.error();
  std::string text;
  for (const Spot& spot : spots) {
    if (auto read = file->read_at(spot.offset, spot.size, text); !read) return read;
    text.resize(spot.size + json::Document::padding);
    if (auto done = executor.request(std::string_view(text).substr(0, spot.size), spot.index); !done) return done;
  }
  return {};
}

}  // namespace

Result<Execution> execute(const Batch& batch, const Rest& rest, Time finished, std::uint64_t seed, const Faults& faults,
                          Answerer& answerer, Asked& asked, const ExecutionPaths& paths) {
  auto output = FileWriter::create(paths.output);
  if (!output) return output.error();
  auto errors = FileWriter::create(paths.errors);
  if (!errors) return errors.error();
  auto keys = FileWriter::create(paths.asked);
  if (!keys) return keys.error();
  Executor executor(batch, rest, finished, seed, faults, answerer, asked, Sheet(std::move(*output)),
                    Sheet(std::move(*errors)), std::move(*keys));
  const std::uint64_t line_bytes_max = limits_of(batch.dialect).line_bytes_max;
  const auto written = faults.shuffle.hits(seed, batch.sequence)
                           ? shuffled(executor, paths.input, line_bytes_max, mixed(seed, batch.sequence))
                           : in_order(executor, paths.input, line_bytes_max);
  if (!written) return written.error();
  return executor.finish();
}

}  // namespace batchd::simulator
