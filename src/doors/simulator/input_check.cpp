#include "doors/simulator/input_check.hpp"

#include <optional>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "doors/simulator/embedding.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint64_t usual_enqueued_tokens_max = 2'000'000;

class Hashing : public json::LineReader::Tap {
 public:
  void on_bytes(std::string_view bytes) override {
    stream_.add(bytes);
    bytes_ += bytes.size();
  }
  std::string hex() const { return to_hex(stream_.digest()); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Xxh3Stream stream_;
  std::uint64_t bytes_ = 0;
};

struct Finding {
  std::string code;
  std::string message;
  std::string param;
  std::uint64_t line = 0;  // 0: of the whole file
};

std::string findings_as_json(const std::vector<Finding>& findings) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (const Finding& finding : findings) {
    writer.begin_object().key("code").string(finding.code).key("message").string(finding.message);
    writer.key("param");
    if (finding.param.empty()) {
      writer.null();
    } else {
      writer.string(finding.param);
    }
    writer.key("line");
    if (finding.line == 0) {
      writer.null();
    } else {
      writer.unsigned_integer(finding.line);
    }
    writer.end_object();
  }
  writer.end_array();
  return text;
}

std::size_t characters_in(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

// Judges line after line; what a line must have in common with the first is remembered.
class Examiner {
 public:
  Examiner(const Batch& batch, const FaultyLines& faulty)
      : batch_(batch), limits_(limits_of(batch.dialect)), faulty_(faulty) {}

  void examine(const json::Line& line) {
    at_ = line.number;
    if (line.too_long) {
      tell("line_too_long",
           fmt::format("This line is {} bytes long; at most {} are allowed.", line.size_bytes, limits_.line_bytes_max));
      return;
    }
    const auto root = document_.parse_padded(line.text, {.duplicate_keys_are_errors = false});
    if (!root || !root->is(json::Kind::object)) {
      tell("invalid_json_line", "This line is not parseable as valid JSON.");
      return;
    }
    examine_id(root->find("custom_id"));
    examine_method(root->find("method"));
    examine_url(root->find("url"));
    examine_body(root->find("body"));
  }

  Check check() {
    Check check;
    check.passed = findings_.empty();
    check.errors = findings_as_json(findings_);
    check.model = model_.value_or("");
    return check;
  }

  void tell(std::string_view code, std::string message, std::string_view param = {}) {
    if (findings_.size() < check_errors_max)
      findings_.push_back({std::string(code), std::move(message), std::string(param), at_});
  }

 private:
  void miss(std::string_view name) {
    tell("missing_required_parameter", fmt::format("Missing required parameter: '{}'.", name), name);
  }

  void examine_id(json::View id) {
    const auto text = id.as_string();
    if (!id) return miss("custom_id");
    if (!text || text->empty() || characters_in(*text) > limits_.custom_id_characters_max)
      return tell(
          "invalid_custom_id",
          fmt::format("The custom_id must be a string of 1 to {} characters.", limits_.custom_id_characters_max),
          "custom_id");
    if (!ids_.insert(xxh3_128(*text).low).second)
      tell("duplicate_custom_id",
           fmt::format("The custom_id '{}' for this request is a duplicate of another request. The custom_id parameter "
                       "must be unique for each request in a batch.",
                       *text),
           "custom_id");
  }

  void examine_method(json::View method) {
    if (!method) return miss("method");
    if (method.as_string() != "POST") tell("invalid_method", "The method must be 'POST'.", "method");
  }

  void examine_url(json::View url) {
    if (!url) return miss("url");
    if (url.as_string() != batch_.endpoint)
      tell("invalid_url", "The URL provided for this request does not match the batch endpoint.", "url");
  }

  void examine_body(json::View body) {
    if (!body.is(json::Kind::object)) return miss("body");
    const auto model = body.find("model").as_string();
    if (!model) return miss("body.model");
    if (faulty_.share.hits(faulty_.seed, xxh3_128(body.source_text()).low))
      tell("invalid_request", "This request is not valid: made up by the fault faulty_lines.", "body");
    if (!model_) model_ = std::string(*model);
    if (*model != *model_)
      tell("mismatched_model",
           fmt::format("The model '{}' for this request does not match the rest of the batch. Each batch must contain "
                       "requests for a single model.",
                       *model),
           "body.model");
    count_inputs(body);
    if (batch_.dialect != Dialect::dashscope) return;
    const bool thinking = body.find("enable_thinking").as_bool().value_or(false);
    if (!thinking_) thinking_ = thinking;
    if (thinking != *thinking_)
      tell("mismatched_model", "All requests of a batch must use the same thinking mode (enable_thinking).",
           "body.enable_thinking");
  }

  void count_inputs(json::View body) {
    if (batch_.endpoint != embeddings_endpoint) return;
    const std::uint64_t before = embedding_inputs_;
    embedding_inputs_ += embedding_inputs_in(body);
    if (before <= limits_.embedding_inputs_max && embedding_inputs_ > limits_.embedding_inputs_max)
      tell(
          "too_many_tasks",
          fmt::format("The batch contains more than the maximum of {} embedding inputs.", limits_.embedding_inputs_max),
          "body.input");
  }

  const Batch& batch_;
  const Limits& limits_;
  const FaultyLines& faulty_;
  std::uint64_t embedding_inputs_ = 0;
  json::Document document_;
  std::unordered_set<std::uint64_t> ids_;
  std::optional<std::string> model_;
  std::optional<bool> thinking_;
  std::vector<Finding> findings_;
  std::uint64_t at_ = 0;
};

Check failed_as_a_whole(std::string_view code, std::string message) {
  return {.errors = findings_as_json({{std::string(code), std::move(message), {}, 0}}), .passed = false, .model = {}};
}

std::optional<Check> judge_as_a_whole(const StoredFile& file, const Batch& batch,
                                      std::optional<std::uint64_t> queue_exceeded) {
  const Limits& limits = limits_of(batch.dialect);
  if (batch.fate == Fate::refused)
    return failed_as_a_whole("server_error", "The batch could not be validated. Please try again.");
  if (batch.fate == Fate::token_limit) queue_exceeded = usual_enqueued_tokens_max;
  if (queue_exceeded)
    return failed_as_a_whole("token_limit_exceeded",
                             fmt::format("Enqueued token limit reached. Limit: {} enqueued tokens. Please try again "
                                         "once some in_progress batches have been completed.",
                                         format_count(*queue_exceeded)));
  if (file.lines == 0)
    return failed_as_a_whole("empty_file",
                             "The input file is empty. Please ensure the file contains at least one request.");
  if (file.bytes > limits.batch_bytes_max)
    return failed_as_a_whole("file_too_large", fmt::format("The batch input file is larger than the {} bytes allowed.",
                                                           limits.batch_bytes_max));
  if (file.lines > limits.batch_requests_max)
    return failed_as_a_whole("too_many_tasks",
                             fmt::format("The batch contains {} requests, which is more than the maximum of {}.",
                                         file.lines, limits.batch_requests_max));
  return std::nullopt;
}

}  // namespace

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

Result<Summary> summarise(const Path& content) {
  auto reader = json::LineReader::open(content, limits_of(Dialect::openai).line_bytes_max);
  if (!reader) return reader.error();
  Hashing hashing;
  reader->set_tap(&hashing);
  Summary summary;
  for (;;) {
    const auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) break;
    if (line->too_long || !is_blank(line->text)) ++summary.lines;
  }
  summary.bytes = hashing.bytes();
  summary.xxh3 = hashing.hex();
  return summary;
}

Result<Check> check_input(const Path& content, const StoredFile& file, const Batch& batch,
                          std::optional<std::uint64_t> queue_exceeded, const FaultyLines& faulty) {
  if (auto early = judge_as_a_whole(file, batch, queue_exceeded)) return std::move(*early);
  auto reader = json::LineReader::open(content, limits_of(batch.dialect).line_bytes_max);
  if (!reader) return reader.error();
  Examiner examiner(batch, faulty);
  for (;;) {
    const auto line = reader->next();
    if (!line) return line.error();
    if (line->at_end) return examiner.check();
    if (line->too_long || !is_blank(line->text)) examiner.examine(*line);
  }
}

}  // namespace batchd::simulator
