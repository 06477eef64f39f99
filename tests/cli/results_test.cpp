// `results` in each of its formats, and `output.take` in each of its ways, on the program itself.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"
#include "ground/json/document.hpp"
#include "support/temporary_folder.hpp"

namespace batchd::cli {
namespace {

using test::Ended;
using test::Program;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct Desk {
  batchd::test::TemporaryFolder folder;

  explicit Desk(std::string_view job) {
    folder.write("batchd.yaml", "state_dir: state\n");
    folder.write("rows.jsonl", "{\"id\":\"=a\",\"text\":\"one\"}\n{\"id\":\"b\",\"text\":\"two, \\\"2\\\"\"}\n");
    folder.write("schema.json", R"({"type":"object","additionalProperties":false,"required":["word","n"],)"
                                R"("properties":{"word":{"type":"string"},"n":{"type":"integer"}}})");
    folder.write("job.yaml", std::string("name: j\ninput: {path: rows.jsonl, id: id}\n").append(job));
  }
  Ended run(const std::vector<std::string>& words) const { return Program(folder.path(), words).finish(); }
  std::string results(const std::string& format) const {
    const auto rehearsed = run({"run", "job.yaml", "--simulate", "-q"});
    REQUIRE_MESSAGE(rehearsed.exit_code == 0, rehearsed.err);
    const auto ended = run({"results", "j", "--format", format});
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    return ended.out;
  }
};

constexpr std::string_view chat_job = R"(provider: openai
request:
  model: m
  messages: [{role: user, content: "JSON: {{text}}"}]
output: {path: out, schema: schema.json, include: [text]}
)";

constexpr std::string_view tool_job = R"(provider: openai
request:
  model: m
  messages: [{role: user, content: "{{text}}"}]
  tools:
    - type: function
      function:
        name: note
        parameters: {type: object, additionalProperties: false, required: [word, n],
                     properties: {word: {type: string}, n: {type: integer}}}
  tool_choice: {type: function, function: {name: note}}
output: {path: out, schema: schema.json, take: tool_arguments}
)";

constexpr std::string_view embedding_job = R"(provider: openai
endpoint: /v1/embeddings
request: {model: m, input: "{{text}}", dimensions: 4}
output: {path: out, take: embedding}
)";

}  // namespace

TEST_CASE("results as csv: a column a member of the output, ids that are no formulas, and -o writes the same") {
  Desk desk(chat_job);
  const std::string csv = desk.results("csv");
  CHECK(csv.starts_with("id,status,reason,output.word,output.n,raw,error,included.text,model,"));
  CHECK(holds(csv, "\r\n'=a,succeeded,,"));
  CHECK(holds(csv, ",\"two, \"\"2\"\"\","));
  CHECK(desk.run({"results", "j", "--format", "csv", "-o", "r.csv"}).out.empty());
  CHECK(desk.folder.read("r.csv") == csv);
}

TEST_CASE("results as openai: the caller's ids beside the provider's own responses") {
  Desk desk(chat_job);
  const std::string lines = desk.results("openai");
  json::Document document;
  const auto first = document.parse(std::string_view(lines).substr(0, lines.find('\n')));
  REQUIRE(first.ok());
  CHECK(first->find("custom_id").as_string() == "=a");
  CHECK(first->find("error").is_null());
  CHECK(first->at_pointer("/response/status_code").as_int64() == 200);
  CHECK(first->at_pointer("/response/body/choices/0/message/content").is(json::Kind::string));
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
}

TEST_CASE("a format nobody knows is a usage error that names those there are") {
  Desk desk(chat_job);
  const auto ended = desk.run({"results", "j", "--format", "xml"});
  CHECK(ended.exit_code == 2);
  for (const char* known : {"jsonl", "csv", "openai"})
    CHECK(holds(ended.err, known));
}

TEST_CASE("the arguments of a tool are taken, and fit the schema") {
  const std::string rows = Desk(tool_job).results("jsonl");
  json::Document document;
  const auto row = document.parse(std::string_view(rows).substr(0, rows.find('\n')));
  REQUIRE(row.ok());
  CHECK(row->at_pointer("/output/word").is(json::Kind::string));
  CHECK(row->find("finish_reason").as_string() == "tool_calls");
}

TEST_CASE("embeddings are taken as vectors") {
  const std::string rows = Desk(embedding_job).results("jsonl");
  json::Document document;
  const auto row = document.parse(std::string_view(rows).substr(0, rows.find('\n')));
  REQUIRE(row.ok());
  CHECK(row->find("output").size() == 4);
  CHECK(row->at_pointer("/output/0").is(json::Kind::number));
}

}  // namespace batchd::cli
