// doctor --probe: DashScope's test model answers every line with a fixed text, without a charge. One line goes the
// whole way: upload, create, poll, fetch; then both files are deleted.

#include <fmt/format.h>

#include "doors/cli/doctor.hpp"
#include "ground/base/units.hpp"

namespace batchd::cli {
namespace {

constexpr Duration patience = std::chrono::minutes(10);
constexpr std::string_view endpoint = "/v1/chat/ds-test";
constexpr std::string_view request_line =
    R"({"custom_id":"batchd-probe","method":"POST","url":"/v1/chat/ds-test","body":{"model":"batch-test-model",)"
    R"("messages":[{"role":"user","content":"batchd doctor --probe"}]}})"
    "\n";
constexpr std::uint64_t result_bytes_max = 1'000'000;

Error not_done(const model::RemoteBatch& batch) {
  const auto why = batch.errors.empty() ? std::string() : ": " + batch.errors.front().message;
  return {ErrorKind::rejected, fmt::format("the test batch {} is {}{}", batch.id, name_of(batch.state), why)};
}

async::Task<Result<model::RemoteBatch>> wait_for(RemoteSide& remote, Duration between, model::RemoteBatch batch) {
  const async::StopToken never;
  const auto until = remote.loop().clock().now() + patience;
  while (!model::is_terminal(batch.state)) {
    if (remote.loop().clock().now() >= until)
      co_return Error(
          ErrorKind::unavailable,
          fmt::format("the test batch {} is {} after {}", batch.id, name_of(batch.state), format_duration(patience)),
          "tasks may wait for long; `batchd doctor` shows what became of its file");
    const auto slept = co_await remote.loop().sleep_for(between, never);
    if (!slept.ok()) co_return slept.error();
    auto id = batch.id;
    auto polled = co_await remote.provider().poll(std::move(id), never);
    if (!polled) co_return polled.error();
    batch = std::move(*polled);
  }
  co_return batch;
}

async::Task<Result<std::string>> send_one(RemoteSide& remote, const model::ProviderSpec& spec, Path folder) {
  const async::StopToken never;
  const auto begun = remote.loop().clock().now();
  provider::UploadRequest upload;
  upload.file = folder / "probe.jsonl";
  upload.filename = "batchd-probe.jsonl";
  if (auto written = write_file_atomically(upload.file, request_line); !written) co_return written.error();
  auto uploaded = co_await remote.provider().upload(std::move(upload), never);
  if (!uploaded) co_return uploaded.error();
  provider::CreateRequest create;
  create.input_file_id = uploaded->file_id;
  create.endpoint = endpoint;
  create.completion_window = "24h";
  create.metadata = {{"ds_name", "batchd-probe"}, {"ds_description", "batchd doctor --probe"}};
  auto created = co_await remote.provider().create(std::move(create), never);
  if (!created) co_return created.error();
  auto first = std::move(*created);
  auto ended = co_await wait_for(remote, spec.poll.first, std::move(first));
  if (!ended) co_return ended.error();
  if (ended->state != model::BatchState::completed || ended->output_file_id.empty()) co_return not_done(*ended);
  const auto target = folder / "result.jsonl";
  auto output = ended->output_file_id;
  auto fetched = co_await remote.provider().fetch(output, target, never);
  if (!fetched) co_return fetched.error();
  const auto text = read_file(target, result_bytes_max);
  if (!text) co_return text.error();
  if (text->find("batchd-probe") == std::string::npos)
    co_return Error(ErrorKind::protocol, "the test batch's result does not name its request");
  for (const auto& file : {uploaded->file_id, ended->output_file_id}) {
    auto id = file;
    auto removed = co_await remote.provider().remove(std::move(id), never);
    if (!removed) co_return removed.error();
  }
  co_return fmt::format("a test batch went the whole way in {} ({}); its files are deleted, nothing was charged",
                        format_duration(remote.loop().clock().now() - begun), ended->id);
}

}  // namespace

void probe(RemoteSide& remote, const model::ProviderSpec& spec, DoctorReport& report) {
  if (spec.profile != model::Profile::dashscope)
    return report.note("probe", fmt::format("{} has no batch that is free of charge; nothing was sent", spec.name));
  const auto scratch = ScratchFolder::make("batchd-probe");
  if (!scratch) return report.wrong("probe", scratch.error().message, scratch.error().hint);
  const auto sent = remote.loop().run(send_one(remote, spec, scratch->path()));
  if (sent) return report.fine("probe", *sent);
  report.wrong("probe", sent.error().message, sent.error().hint);
}

}  // namespace batchd::cli
