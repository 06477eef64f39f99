// What the pages' forms do, and the files they hand out.

#include <fmt/format.h>

#include "core/engine/ladder.hpp"
#include "core/runner/after_pruning.hpp"
#include "core/runner/result_rows.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/pages.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/base/ulid.hpp"
#include "ground/http/url.hpp"
#include "line/report/formats.hpp"
#include "line/report/report.hpp"
#include "rules/job/job.hpp"

namespace batchd::daemon {
namespace {

constexpr std::uint64_t form_bytes_max = 64 * 1024;

Result<Fields> fields_of(const http::ServerRequest& request) {
  const auto text = request.body_text(form_bytes_max);
  if (!text) return text.error();
  return http::parse_query(*text);
}

std::string field_of(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return "";
}

std::string last_piece(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// What a problem of the API says.
Error error_of(const http::ServerResponse& response) {
  const auto* text = std::get_if<std::string>(&response.body);
  return error_of_problem(response.status, text ? *text : std::string());
}

http::ServerResponse file_answer(const Path& path, const std::string& name, std::string_view content_type) {
  http::ServerResponse response;
  response.headers.set("Content-Type", std::string(content_type));
  response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  add_safe_headers(response.headers);
  http::FileRange file;
  file.path = path;
  response.body = std::move(file);
  return response;
}

std::string_view content_type_of(std::string_view name) {
  if (name.ends_with(".jsonl")) return "application/x-ndjson";
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".csv")) return "text/csv; charset=utf-8";
  return "text/markdown; charset=utf-8";
}

// The rows as they are finished by now, into a file.
Status write_csv(store::Store& store, const model::Run& run, const Path& state_folder, const Path& target) {
  auto shards = store.shards(run.id);
  if (!shards) return shards.error();
  const auto job = job::thaw(run.frozen_job);
  if (!job) return job.error();
  auto file = FileWriter::create(target);
  if (!file) return file.error();
  const auto rows = runner::result_rows(store, run.id, std::move(*shards), {});
  const report::Export results{*job, state_folder, rows};
  const report::Sink sink = [&](std::string_view text) { return file->write(text); };
  if (auto written = report::write_results(results, report::Format::csv, sink); !written) return written;
  return file->flush();
}

}  // namespace

Pages::Answer Pages::ask_api(const http::ServerRequest& from, std::string target, Fields query,
                             std::optional<std::string> key) {
  http::ServerRequest request;
  request.method = http::Method::post;
  request.headers = from.headers;
  if (key) request.headers.set("Idempotency-Key", *key);
  request.peer = from.peer;
  request.target = target + http::format_query(query);
  request.path = http::percent_decode(target);
  request.query = std::move(query);
  co_return co_await api_.handle(std::move(request));
}

Pages::Answer Pages::begin(const Call& call) {
  const auto fields = fields_of(call.request);
  if (!fields) co_return trouble(fields.error());
  const auto key = field_of(*fields, "key");
  if (key.empty() || !http::is_header_value(key))
    co_return trouble(Error(ErrorKind::invalid, "the form has no key", "load the page again"));
  const auto target = path_of({"api", "v1", "jobs", call.names[0], "runs"});
  Fields no_query;
  const auto begun = co_await ask_api(call.request, target, no_query, key);
  if (begun.status >= 300) co_return trouble(error_of(begun));
  // Location is /api/v1/runs/RUN.
  co_return see_other(path_of({"runs", last_piece(begun.headers.find("Location").value_or(""))}));
}

// /runs/RUN/cancel and /jobs/JOB/pause are the API's, under its own path; afterwards their run or job is shown.
Pages::Answer Pages::act(const Call& call) {
  const auto& path = call.request.path;
  const auto kind = path.substr(1, path.find('/', 1) - 1);
  const auto target = path_of({"api", "v1", kind, call.names[0], last_piece(path)});
  Fields no_query;
  const auto done = co_await ask_api(call.request, target, no_query, std::nullopt);
  if (done.status >= 300) co_return trouble(error_of(done));
  co_return see_other(path_of({kind, call.names[0]}));
}

Pages::Answer Pages::retry(const Call& call) {
  const auto fields = fields_of(call.request);
  if (!fields) co_return trouble(fields.error());
  Fields reasons;
  for (const auto& field : *fields)
    if (field.first == "reason") reasons.push_back(field);
  // The API takes none to mean those that may pass; on the page none is none.
  if (reasons.empty()) co_return trouble(Error(ErrorKind::invalid, "no reason is ticked", "tick one at least"));
  const auto target = path_of({"api", "v1", "runs", call.names[0], "retry"});
  const auto done = co_await ask_api(call.request, target, reasons, std::nullopt);
  if (done.status >= 300) co_return trouble(error_of(done));
  co_return see_other(path_of({"runs", call.names[0]}));
}

Pages::Answer Pages::result_file(const Call& call) {
  const auto run = co_await api_.find(call.names[0], call.visitor);
  if (!run) co_return trouble(run.error());
  const auto name = last_piece(call.request.path);
  const auto path = report::folder_of(*run) / run->id / name;
  if (!model::is_final(run->state) || !path_exists(path))
    co_return trouble(Error(ErrorKind::not_found, fmt::format("run {} has no {}", run->id, name),
                            "the files are written at its end"));
  co_return file_answer(path, fmt::format("{}-{}-{}", run->job, run->id, name), content_type_of(name));
}

Pages::Answer Pages::results_csv(const Call& call) {
  const auto run = co_await api_.find(call.names[0], call.visitor);
  if (!run) co_return trouble(run.error());
  const auto target = spool_folder_ / ("export-" + make_ulid(around_.loop.clock().now(), around_.random));
  auto write = [&]() -> Status {
    const auto reader = around_.open_reader();
    if (!reader) return reader.error();
    auto written = write_csv(**reader, *run, around_.state_folder, target);
    if (written) return written;
    const auto pruning = runner::find_pruning(**reader, run->id);
    return pruning ? runner::explained_by_pruning(written.error(), *run, *pruning) : written.error();
  };
  if (auto written = co_await around_.workers.run(write); !written) {
    (void)remove_file(target);
    co_return trouble(written.error());
  }
  auto response = file_answer(target, fmt::format("{}-{}-results.csv", run->job, run->id), content_type_of(".csv"));
  response.remove_afterwards = target;
  co_return response;
}

}  // namespace batchd::daemon
