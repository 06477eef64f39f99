// `batchd schema`: a schema, and values held against it. One value at a time: memory does not grow with the files.

#include <iostream>

#include <fmt/format.h>

#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/standard_input.hpp"
#include "doors/cli/terminal.hpp"
#include "ground/base/byte_source.hpp"
#include "ground/base/units.hpp"
#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "ground/json/writer.hpp"
#include "line/prepare/jsonl_rows.hpp"
#include "rules/schema/file_documents.hpp"
#include "rules/schema/keyword_doubts.hpp"
#include "rules/schema/local_documents.hpp"
#include "rules/schema/schema.hpp"

namespace batchd::cli {
namespace {

constexpr std::uint64_t line_bytes_max = 64'000'000;
constexpr std::size_t errors_shown_max = 20;           // of one value
constexpr std::size_t output_block_bytes = 64 * 1024;  // written at once
constexpr std::string_view standard_input = "-";

struct Tally {
  std::uint64_t values = 0;
  std::uint64_t refused = 0;
};

struct Loaded {
  schema::Schema schema;
  std::string draft;  // "draft 2020-12"; "" when $schema names somebody's own metaschema
  std::string metaschema;
};

// What is said of the values, a line or an object each.
class Verdicts {
 public:
  Verdicts(bool as_json, bool names_files) : as_json_(as_json), names_files_(names_files) {}
  ~Verdicts() { flush(); }
  Verdicts(const Verdicts&) = delete;
  Verdicts& operator=(const Verdicts&) = delete;

  void add(const std::string& file, std::uint64_t line, const std::vector<schema::Fault>& faults) {
    as_json_ ? add_object(file, line, faults) : add_sentences(file, line, faults);
    if (out_.size() >= output_block_bytes) flush();
  }
  void flush() {
    std::cout.write(out_.data(), static_cast<std::streamsize>(out_.size())).flush();
    out_.clear();
  }

 private:
  void add_object(const std::string& file, std::uint64_t line, const std::vector<schema::Fault>& faults) {
    json::Writer writer(out_);
    writer.begin_object();
    if (names_files_) writer.key("file").string(file);
    writer.key("line").unsigned_integer(line).key("valid").boolean(faults.empty()).key("errors").begin_array();
    for (std::size_t n = 0; n < faults.size() && n < errors_shown_max; ++n) {
      const auto& fault = faults[n];
      writer.begin_object().key("instance").string(fault.instance).key("schema").string(fault.schema);
      writer.key("keyword").string(fault.keyword).key("message").string(fault.message).end_object();
    }
    writer.end_array().end_object();
    out_ += '\n';
  }

  void add_sentences(const std::string& file, std::uint64_t line, const std::vector<schema::Fault>& faults) {
    for (std::size_t n = 0; n < faults.size() && n < errors_shown_max; ++n) {
      const auto& fault = faults[n];
      out_ +=
          fmt::format("{}:{}: {}\n", file, line, printable(fault.keyword.empty() ? fault.message : fault.sentence()));
    }
    if (faults.size() > errors_shown_max)
      out_ += fmt::format("{}:{}: and more; the first {} are shown\n", file, line, errors_shown_max);
  }

  bool as_json_;
  bool names_files_;
  std::string out_;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

schema::Fault no_value(std::string message) { return {"", "", "", std::move(message), ""}; }

std::vector<schema::Fault> faults_of(const schema::Schema& schema, const json::Line& line, json::Document& document) {
  if (line.too_long)
    return {no_value(fmt::format("the line has {}; more than {} are not read", format_bytes(line.size_bytes),
                                 format_bytes(line_bytes_max)))};
  const auto value = document.parse_padded(line.text);
  if (!value) return {no_value("not valid JSON: " + value.error().message)};
  if (schema.accepts(*value)) return {};
  return schema.explain(*value, errors_shown_max + 1);  // one more tells that there are more
}

Status judge_lines(const schema::Schema& schema, const Path& path, const std::string& name, Verdicts& verdicts,
                   Tally& tally) {
  auto source = open_source(path, nullptr, name);
  if (!source) return source.error();
  json::LineReader reader(std::move(*source), line_bytes_max);
  json::Document document;
  for (;;) {
    const auto line = reader.next();
    if (!line) return line.error();
    if (line->at_end) return {};
    if (line->number == 1 && prepare::begins_as_utf16(line->text)) return prepare::utf16_error(name);
    if (!line->too_long && is_blank(line->text)) continue;
    const auto faults = faults_of(schema, *line, document);
    ++tally.values;
    if (!faults.empty()) ++tally.refused;
    verdicts.add(name, line->number, faults);
  }
}

Status judge_file(const schema::Schema& schema, const Path& file, Verdicts& verdicts, Tally& tally) {
  if (file != standard_input)
    return judge_lines(schema, std::filesystem::absolute(file), file.string(), verdicts, tally);
  const auto kept = spool_standard_input(std::filesystem::temp_directory_path());
  if (!kept) return kept.error();
  return judge_lines(schema, kept->path(), "standard input", verdicts, tally);
}

void warn_of_keywords(const GlobalOptions& global, const std::string& shown, std::string_view text) {
  for (const auto& doubt : schema::doubtful_keywords(text))
    say(global, LogLevel::warning, fmt::format("{}: {}", shown, printable(doubt.sentence())));
}

Result<Loaded> load_schema(const GlobalOptions& global, const SchemaOptions& options) {
  std::vector<schema::UriFolder> folders;
  for (const auto& [prefix, folder] : options.map_uri) {
    folders.push_back({prefix, std::filesystem::absolute(folder).lexically_normal()});
    if (auto fault = schema::fault_of(folders.back()); !fault.empty())
      return Error(ErrorKind::invalid, "--map-uri: " + fault);
  }
  const auto path = std::filesystem::absolute(options.schema).lexically_normal();
  const auto text = read_file(path, schema::LocalDocuments::document_bytes_max);
  if (!text) return text.error();
  schema::LocalDocuments documents(std::move(folders), "--map-uri PREFIX=DIR names the folder of its copy");
  schema::CompileOptions how;
  how.formats = options.assert_formats ? schema::Formats::assert_them : schema::Formats::annotate;
  how.load = [&documents](std::string_view uri) { return documents.load(uri); };
  how.base_uri = schema::file_uri(path);
  auto compiled = schema::Schema::compile(*text, how);
  if (!compiled) return compiled.error().within(options.schema.string());
  warn_of_keywords(global, options.schema.string(), *text);
  for (const auto& document : documents.documents())
    warn_of_keywords(global, document.uri.empty() ? shown_path(document.path) : document.uri, document.text);
  json::Document document;
  const auto root = document.parse(*text);
  const auto draft = root ? schema::draft_of(*root) : std::nullopt;
  return Loaded{std::move(*compiled), draft ? std::string(schema::name_of(*draft)) : "",
                root ? std::string(root->find("$schema").as_string().value_or("")) : ""};
}

void tell_of_schema(const GlobalOptions& global, const SchemaOptions& options, const Loaded& loaded) {
  if (global.json && options.files.empty()) {
    std::string line;
    json::Writer writer(line);
    writer.begin_object().key("type").string("schema").key("file").string(options.schema.string());
    writer.key("draft").string(loaded.draft).key("valid").boolean(true).end_object();
    std::cout << line << std::endl;
  } else if (!global.json && !global.quiet) {
    const auto kind = loaded.draft.empty() ? fmt::format("schema by {}", printable(loaded.metaschema))
                                           : fmt::format("{} schema", loaded.draft);
    std::cout << fmt::format("{} is a valid {}\n", options.schema.string(), kind) << std::flush;
  }
}

std::string count_sentence(const Tally& tally) {
  if (tally.values == 0) return "no values";
  const auto values = counted(tally.values, "value");
  if (tally.refused == 0) return values + (tally.values == 1 ? ": it fits" : ": all fit");
  const auto fitting = tally.values - tally.refused;
  return fmt::format("{}: {} {}, {} {} not", values, format_count(fitting), fitting == 1 ? "fits" : "fit",
                     format_count(tally.refused), tally.refused == 1 ? "does" : "do");
}

}  // namespace

int schema_command(const GlobalOptions& global, const SchemaOptions& options) {
  const auto loaded = load_schema(global, options);
  if (!loaded) return show_error(global, loaded.error());
  tell_of_schema(global, options, *loaded);
  if (options.files.empty()) return exit_ok;
  Tally tally;
  int fault = exit_ok;
  Verdicts verdicts(global.json, options.files.size() > 1);
  for (const auto& file : options.files) {
    const auto judged = judge_file(loaded->schema, file, verdicts, tally);
    verdicts.flush();
    if (!judged) fault = std::max(fault, show_error(global, judged.error()));
  }
  if (!global.json && !global.quiet) std::cout << count_sentence(tally) << std::endl;
  if (fault != exit_ok) return fault;  // what was not read is not judged
  return tally.refused == 0 ? exit_ok : exit_failed;
}

}  // namespace batchd::cli
