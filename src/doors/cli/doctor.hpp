#pragma once
// What doctor's parts share: how findings are told and counted, and the way to a provider.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/runner/account_audit.hpp"
#include "doors/cli/options.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/random.hpp"
#include "ground/http/transport.hpp"
#include "ground/json/writer.hpp"
#include "line/provider/provider.hpp"
#include "rules/job/job.hpp"

namespace batchd::cli {

class DoctorReport {
 public:
  explicit DoctorReport(const GlobalOptions& global) : global_(global) {}

  void fine(std::string_view check, const std::string& text) { tell(Verdict::ok, check, text, {}); }
  void note(std::string_view check, const std::string& text, const std::string& hint = {}) {
    tell(Verdict::note, check, text, hint);
  }
  void wrong(std::string_view check, const std::string& text, const std::string& hint = {}) {
    ++wrong_;
    tell(Verdict::wrong, check, text, hint);
  }
  // A thing of the account, as a line and as an object.
  void thing(std::string_view type, const std::string& text, const std::function<void(json::Writer&)>& fields);
  // Something that is left over at the end.
  void left(std::uint64_t number) { left_ += number; }
  int finish();  // the last line, the exit code

 private:
  enum class Verdict { ok, note, wrong };
  void tell(Verdict verdict, std::string_view check, const std::string& text, const std::string& hint);
  const GlobalOptions& global_;
  std::uint64_t wrong_ = 0;
  std::uint64_t left_ = 0;
};

// A provider over sockets, without a state directory.
class RemoteSide {
 public:
  static Result<std::unique_ptr<RemoteSide>> open(const model::ProviderSpec& spec, const GlobalOptions& global);
  ~RemoteSide();
  async::Loop& loop() { return *loop_; }
  provider::Provider& provider() { return *provider_; }

 private:
  RemoteSide() = default;
  std::unique_ptr<Log> log_;
  Random random_ = Random::from_system();
  std::unique_ptr<async::Loop> loop_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<provider::Provider> provider_;
};

// Config, state directory, disk, databases (doctor_machine.cpp). What the state knows of its runs; nothing: it cannot
// be asked.
std::optional<runner::KnownRuns> check_machine(const job::Config& config, DoctorReport& report);

// One batch that costs nothing, from upload to result (doctor_probe.cpp).
void probe(RemoteSide& remote, const model::ProviderSpec& spec, DoctorReport& report);

}  // namespace batchd::cli
