#include "line/collect/verdict.hpp"

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "line/collect/unwrap.hpp"
#include "rules/schema/file_documents.hpp"

namespace batchd::collect {
namespace {

using model::Reason;
using model::Take;

constexpr std::size_t faults_shown_max = 3;
constexpr std::size_t refusal_bytes_max = 500;

Verdict failed(Verdict verdict, Reason reason, std::string error) {
  verdict.reason = reason;
  verdict.error = std::move(error);
  return verdict;
}

std::string schema_sentences(const schema::Schema& schema, json::View value) {
  const auto faults = schema.explain(value, faults_shown_max + 1);
  std::string text;
  for (std::size_t i = 0; i < faults.size() && i < faults_shown_max; ++i)
    text += (i == 0 ? "" : "; ") + faults[i].sentence();
  if (faults.size() > faults_shown_max) text += "; and more";
  return text;
}

// Is there anything to look at? Judged before the content is: a blocked, refused or cut answer may well parse.
std::optional<Verdict> judge_ending(const Answer& answer, Verdict& so_far) {
  switch (answer.ending) {
    case Ending::blocked:
      return failed(so_far, Reason::refused, "the provider's content filter stopped the answer");
    case Ending::broken:
      return failed(so_far, Reason::provider_error, "the provider broke off the answer: network_error");
    case Ending::cut:
      return failed(so_far, Reason::truncated, "the answer was cut off at the token limit");
    case Ending::whole:
      break;
  }
  if (!answer.refusal.empty())
    return failed(so_far, Reason::refused,
                  fmt::format("the model refused: {}", beginning_of(answer.refusal, refusal_bytes_max)));
  return std::nullopt;
}

bool is_only_white_space(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

Verdict absent(Verdict& so_far, const Answer& answer, std::string error) {
  if (!so_far.text && !so_far.value) so_far.text = answer.aside;
  return failed(std::move(so_far), Reason::empty, std::move(error));
}

// An item has one output: choosing among several would lose the others without a word.
Verdict ambiguous(Verdict& so_far, const Answer& answer, std::string error) {
  so_far.text.reset();
  so_far.value = answer.all;
  return failed(std::move(so_far), Reason::not_json, std::move(error));
}

std::optional<Verdict> judge_content(const Answer& answer, Verdict& so_far) {
  if (answer.text && !is_only_white_space(*answer.text)) return std::nullopt;
  return absent(so_far, answer,
                !answer.text && answer.tool_calls > 0 ? "the answer has no content, only tool calls"
                                                      : "the answer has no content");
}

std::optional<Verdict> judge_call(const Answer& answer, Verdict& so_far) {
  if (answer.tool_calls == 0) return absent(so_far, answer, "the answer calls no tool");
  if (answer.tool_calls > 1)
    return ambiguous(so_far, answer,
                     fmt::format("the answer makes {} tool calls where one is expected; output.take: body takes them "
                                 "all, and `parallel_tool_calls: false` in the request asks for one",
                                 answer.tool_calls));
  if (answer.value || (answer.text && !is_only_white_space(*answer.text))) return std::nullopt;
  return absent(so_far, answer, "the tool call has no arguments");
}

std::optional<Verdict> judge_embedding(const Answer& answer, Verdict& so_far) {
  if (answer.embeddings > 1)
    return ambiguous(so_far, answer,
                     fmt::format("the answer holds {} embeddings where one is expected; output.take: body takes them "
                                 "all",
                                 answer.embeddings));
  const bool has_none = !answer.value || answer.value.as_string() == "" ||
                        (answer.value.is(json::Kind::array) && answer.value.size() == 0);
  if (has_none) return absent(so_far, answer, "the answer holds no embedding");
  return std::nullopt;
}

std::optional<Verdict> judge_presence(const Judge::Program& program, const Answer& answer, Verdict& so_far) {
  switch (program.take) {
    case Take::content:
      return judge_content(answer, so_far);
    case Take::tool_arguments:
      return judge_call(answer, so_far);
    case Take::embedding:
      return judge_embedding(answer, so_far);
    case Take::body:
      if (!answer.value || answer.value.is_null()) return absent(so_far, answer, "the response has no body");
      break;
  }
  return std::nullopt;
}

// Never accepted, not even where the JSON stands beside the damage: it is not what the model wrote, and nobody can say
// what else is not.
Verdict damaged(const Judge::Program& program, Verdict so_far) {
  const bool is_text = program.take == Take::content && !program.schema;
  return failed(
      std::move(so_far), is_text ? Reason::provider_error : Reason::not_json,
      "the answer came damaged: half a character (a lone surrogate) stands in it, U+FFFD in its place in `raw`");
}

// Every item of such a run would be `empty`.
bool can_be_taken(Take take, Shape shape) {
  switch (take) {
    case Take::content:
      return shape != Shape::embeddings;
    case Take::tool_arguments:
      return shape == Shape::chat || shape == Shape::responses;
    case Take::embedding:
      return shape == Shape::embeddings;
    case Take::body:
      break;
  }
  return true;
}

}  // namespace

Verdict judge(const Judge::Program& program, const Answer& answer, json::Document& document) {
  Verdict verdict;
  verdict.text = answer.text;
  verdict.value = answer.value;
  if (auto early = judge_ending(answer, verdict)) return std::move(*early);
  if (auto early = judge_presence(program, answer, verdict)) return std::move(*early);
  if (answer.mended) return damaged(program, std::move(verdict));
  // Content is text unless a schema says more of it; arguments of a tool are JSON by their nature.
  if (answer.text && (program.schema || program.take == Take::tool_arguments)) {
    auto found = find_json(*answer.text, document);
    if (!found) return failed(std::move(verdict), Reason::not_json, found.error().message);
    verdict.value = found->value;
    verdict.unwrapped = found->wrapped;
  }
  if (!program.schema || program.schema->accepts(verdict.value)) return verdict;
  std::string why = schema_sentences(*program.schema, verdict.value);
  return failed(std::move(verdict), Reason::schema_mismatch, std::move(why));
}

Judge::Judge(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

Result<Judge> Judge::compile(const model::OutputSpec& output, const std::string& endpoint) {
  auto program = std::make_unique<Program>();
  program->take = output.take;
  program->shape = shape_of(endpoint);
  if (!can_be_taken(program->take, program->shape))  // told before a night is paid for
    return Error{ErrorKind::invalid, fmt::format("output.take does not fit the endpoint {}", endpoint),
                 "embeddings answer with `embedding`, chat and responses with `content` or `tool_arguments`, "
                 "completions with `content`; `body` fits all of them"};
  if (output.schema) {
    auto options = schema::options_for_file(output.schema->path, output.schema->documents);
    options.formats =
        output.formats == model::FormatCheck::assert_them ? schema::Formats::assert_them : schema::Formats::annotate;
    auto compiled = schema::Schema::compile(output.schema->text, options);
    if (!compiled) return compiled.error().within(output.schema->path.string());
    program->schema.emplace(std::move(*compiled));
  }
  return Judge(std::move(program));
}

}  // namespace batchd::collect
