#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "doors/cli/addresses.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/lookup.hpp"
#include "doors/cli/sessions.hpp"
#include "doors/cli/strange_batches.hpp"
#include "doors/daemon/daemon.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

constexpr std::string_view address_when_nothing_is_said = "127.0.0.1:8740";

// `jobs` beside the config, or beside the folder `config` it lies in.
Path jobs_folder_of(const ServeOptions& options, const job::Config& config) {
  if (options.jobs) return std::filesystem::absolute(*options.jobs).lexically_normal();
  if (config.file.empty()) return std::filesystem::absolute("jobs").lexically_normal();
  const auto folder = config.file.parent_path();
  return (folder.filename() == "config" ? folder.parent_path() : folder) / "jobs";
}

void tell_listening(const GlobalOptions& global, const Path& jobs, const std::vector<std::string>& addresses) {
  if (!global.json) {
    for (const auto& address : addresses)
      say(global, LogLevel::info, fmt::format("Listening at {}", address));
    return say(global, LogLevel::info, fmt::format("The jobs are those in {}", jobs.string()));
  }
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("listening").key("addresses").begin_array();
  for (const auto& address : addresses)
    writer.string(address);
  writer.end_array().key("jobs").string(jobs.string()).end_object();
  std::cout << line << std::endl;
}

}  // namespace

int serve_command(const GlobalOptions& global, const ServeOptions& options) {
  const auto config = load_config_here(global);
  if (!config) return exit_usage;
  daemon::Settings settings;
  settings.jobs_folder = jobs_folder_of(options, *config);
  settings.version = BATCHD_VERSION;
  const auto& serve = config->serve;
  settings.hosts = serve.hosts;
  settings.behind_proxy = serve.behind_proxy;
  if (!serve.certificate_file.empty())
    settings.certificate = daemon::Certificate{serve.certificate_file, serve.key_file};
  auto listen = options.listen.empty() ? serve.listen : options.listen;
  if (listen.empty()) listen.emplace_back(address_when_nothing_is_said);
  for (const auto& text : listen) {
    auto address = address_from_text(text);
    if (!address) return show_error(global, address.error());
    settings.addresses.push_back(std::move(*address));
  }
  // A daemon tells what it does: its log is all that is seen of it.
  auto place = Workplace::open(config->state_folder, global, LogLevel::info);
  if (!place) return show_error(global, place.error());
  settings.socket = config->state_folder / "batchd.sock";
  settings.spool_folder = config->state_folder / "incoming";
  const auto service_manager = daemon::find_service_manager();
  settings.service_manager = service_manager.get();
  if (auto made = make_folders(settings.spool_folder); !made) return show_error(global, made.error());

  daemon::Controls controls;
  const auto signals = take_signals(**place);
  controls.stop = signals->stop;
  (*place)->loop().on_hangup([&controls] {
    if (controls.look_now) controls.look_now();
  });
  settings.pool.may_begin = [&](daemon::BeginQuestion question) -> async::Task<Status> {
    const auto& job = question.job;
    JobArguments arguments;
    arguments.file = job.file;
    const auto tell = [&](const std::string& what) { (*place)->surroundings().log.info(what, {{"job", job.name}}); };
    const Asking asking{arguments,     question.key, engine::Policy().give_up_before_first,
                        question.stop, question.due, tell};
    if (question.is_new)
      co_return co_await dismiss_strange_runs(**place, question.provider, question.spec, job, asking);
    co_return co_await knows_all_of_job(**place, question.provider, question.spec, job, asking);
  };
  const auto reach = [&](const model::ProviderSpec& spec) -> Result<provider::Provider*> {
    if (auto key = provider::check_key(spec, read_variable); !key) return key.error();
    return (*place)->connect(spec);
  };
  const auto listening = [&](const std::vector<std::string>& addresses) {
    tell_listening(global, settings.jobs_folder, addresses);
  };
  auto& around = (*place)->surroundings();
  const auto served = (*place)->loop().run(daemon::serve(around, *config, job::system_environment(), reach,
                                                         (*place)->post(), settings, controls, listening));
  if (!served) return show_error(global, served.error());
  return exit_ok;
}

}  // namespace batchd::cli
