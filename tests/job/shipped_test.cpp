// What lies in the checkout must load: the jobs, the config, and the schemas editors read.

#include <filesystem>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "ground/json/lines.hpp"
#include "rules/job/job.hpp"
#include "rules/schema/schema.hpp"
#include "rules/template/template.hpp"

using namespace batchd;

namespace {

const Path root = BATCHD_SOURCE_DIR;

job::LoadedConfig shipped_config() {
  job::ConfigOptions options;
  options.system_folder = "/nowhere";  // not what this machine has
  options.file = root / "config/batchd.yaml";
  options.current_folder = root;
  return job::load_config(options);
}

model::JobSpec shipped_job(const std::string& file) {
  const auto loaded = job::load_job(root / "jobs" / file, file, shipped_config().config, {});
  REQUIRE(job::to_text(loaded.complaints) == "");
  return loaded.job;
}

schema::CompileOptions formats_too() {
  schema::CompileOptions options;
  options.formats = schema::Formats::assert_them;
  return options;
}

schema::Schema shipped_schema(const std::string& file) {
  const auto text = read_file(root / "schemas" / file, 1'000'000);
  REQUIRE(text.ok());
  auto compiled = schema::Schema::compile(*text, formats_too());
  REQUIRE(compiled.ok());
  return std::move(*compiled);
}

// The first fault as a sentence; "" when the value fits.
std::string fault_of(const schema::Schema& schema, std::string_view text) {
  json::Document document;
  const auto value = document.parse(text);
  REQUIRE(value.ok());
  const auto faults = schema.explain(*value);
  return faults.empty() ? "" : faults.front().sentence();
}

// Every row of a job that ships its data fits the job's schema and fills its template; the number of rows.
int rows_that_fit(const model::JobSpec& spec) {
  REQUIRE(spec.input.schema.has_value());
  const auto schema = schema::Schema::compile(spec.input.schema->text, formats_too());
  REQUIRE(schema.ok());
  json::Document request;
  const auto body = request.parse(spec.request);
  REQUIRE(body.ok());
  const auto filled = tmpl::Template::compile(*body);
  REQUIRE(filled.ok());
  auto lines = json::LineReader::open(spec.input.path, spec.input.max_row_bytes);
  REQUIRE(lines.ok());
  json::Document document;
  for (int rows = 0;; ++rows) {
    const auto line = lines->next();
    REQUIRE(line.ok());
    if (line->at_end) return rows;
    INFO("line ", line->number);
    const auto row = document.parse(line->text);
    REQUIRE(row.ok());
    const auto faults = schema->explain(*row);
    CHECK((faults.empty() ? "" : faults.front().sentence()) == "");
    std::string out;
    CHECK(filled->render(*row, out).ok());
  }
}

}  // namespace

TEST_CASE("the shipped config loads") {
  const job::LoadedConfig loaded = shipped_config();
  CHECK(job::to_text(loaded.complaints) == "");
  CHECK(loaded.config.providers.contains("dashscope-intl"));
}

TEST_CASE("every shipped job loads without a word") {
  const job::Config config = shipped_config().config;
  int jobs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root / "jobs")) {
    if (entry.path().extension() != ".yaml") continue;
    const job::LoadedJob loaded = job::load_job(entry.path(), entry.path().filename().string(), config, {});
    CHECK(job::to_text(loaded.complaints) == "");
    CHECK(loaded.job.name != "");
    ++jobs;
  }
  CHECK(jobs >= 4);
}

TEST_CASE("every shipped schema compiles") {
  for (const auto& entry : std::filesystem::directory_iterator(root / "schemas")) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_file(entry.path(), 1'000'000);
    REQUIRE(text.ok());
    CHECK_MESSAGE(schema::Schema::compile(*text).ok(), entry.path().string());
  }
}

TEST_CASE("every row that ships fits its job, and there are 200 or more of each") {
  for (const char* file : {"ticket_summaries.yaml", "catalog_rewrite.yaml", "invoice_extraction.yaml"}) {
    CAPTURE(file);
    CHECK(rows_that_fit(shipped_job(file)) >= 200);
  }
}

TEST_CASE("a product row that would be rewritten wrongly is refused") {
  const auto schema = shipped_schema("product.schema.json");
  const auto row = [](std::string_view entry, std::string_view language, std::string_view gtin,
                      std::string_view amount) {
    return std::string(R"({"entry_id":")")
        .append(entry)
        .append(R"(","target_language":")")
        .append(language)
        .append(R"(","shop":{"name":"Lindmoor","tone":"warm"},"title":"","variants":[{"sku":"A","gtin":)")
        .append(gtin)
        .append(R"(,"price":{"amount":)")
        .append(amount)
        .append(R"(,"currency":"EUR"}}]})");
  };
  CHECK(fault_of(schema, row("LM-20101/de", "de", "\"2012345678903\"", "19.90")) == "");
  CHECK(fault_of(schema, row("LM-20101/de", "de", "null", "5.250")) == "");
  CHECK(fault_of(schema, row("LM-20101", "de", "null", "19.90")).starts_with("/entry_id: "));
  CHECK(fault_of(schema, row("LM-20101/de", "german", "null", "19.90")).starts_with("/target_language: "));
  CHECK(fault_of(schema, row("LM-20101/de", "de", "2012345678903", "19.90")).starts_with("/variants/0/gtin: "));
  CHECK(fault_of(schema, row("LM-20101/de", "de", "null", "0")).starts_with("/variants/0/price/amount: "));
  CHECK(fault_of(schema, row("LM-20101/de", "de", "null", "19.9049")).starts_with("/variants/0/price/amount: "));
  CHECK(fault_of(schema, row("LM-20101/de", "de", "null", "\"19.90\"")).starts_with("/variants/0/price/amount: "));
}

TEST_CASE("an invoice's amounts are decimal strings and its dates are days there are") {
  const auto schema = shipped_schema("invoice.schema.json");
  const auto answer = [](std::string_view gross, std::string_view due) {
    constexpr std::string_view party = R"({"name":null,"vat_id":null,"address":null})";
    std::string text = R"({"tries_to_instruct":false,"documents":[{"kind":"invoice","language":"de","number":"1",)";
    text += R"("refers_to":[],"issue_date":null,"service_period":null,"currency":"EUR","line_items":[],"notes":null,)";
    text.append(R"("supplier":)").append(party).append(R"(,"customer":)").append(party).append(R"(,"doubts":[],)");
    text.append(R"("totals":{"net":null,"vat":[],"gross":)").append(gross).append("},");
    text.append(R"("payment":{"iban":null,"reference":null,"due_date":)").append(due).append("}}]}");
    return text;
  };
  for (const char* amount : {"\"1234.50\"", "\"-3.00\"", "\"25800\"", "\"0.05\"", "null"}) {
    CAPTURE(amount);
    CHECK(fault_of(schema, answer(amount, "null")) == "");
  }
  for (const char* amount : {"1234.5", "\"1.234,50\"", "\"1,234.50\"", "\"12.\"", "\"007\"", "\"\"", "\"12 EUR\""}) {
    CAPTURE(amount);
    CHECK(fault_of(schema, answer(amount, "null")).starts_with("/documents/0/totals/gross: "));
  }
  CHECK(fault_of(schema, answer("null", "\"2026-02-28\"")) == "");
  CHECK(fault_of(schema, answer("null", "\"2026-02-30\"")).starts_with("/documents/0/payment/due_date: "));
}
