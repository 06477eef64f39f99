#include "doors/cli/workplace.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "doors/cli/screen.hpp"
#include "doors/simulator/simulator.hpp"
#include "ground/base/process.hpp"
#include "ground/http/in_process_transport.hpp"
#include "ground/http/socket_transport.hpp"
#include "ground/http/url.hpp"

namespace batchd::cli {

// The rehearsal world and the way into it.
struct Workplace::World {
  std::unique_ptr<simulator::Simulator> simulator;
};

namespace {

constexpr Duration simulated_poll_first = std::chrono::milliseconds(100);
constexpr Duration simulated_poll_max = std::chrono::seconds(2);
constexpr Duration simulated_settle = std::chrono::milliseconds(500);

// The world's two dialects are told apart by their paths. Of a provider of one's own nobody knows; OpenAI's is what it
// says it speaks, but OpenAI has only one completion window.
std::string_view rehearsal_address(const model::ProviderSpec& spec) {
  const bool has_openai_window = spec.limits.window_max <= std::chrono::hours(24);
  const bool as_openai = spec.profile == model::Profile::openai ||
                         (spec.profile == model::Profile::openai_compatible && has_openai_window);
  return as_openai ? "http://simulator.invalid/v1" : "http://simulator.invalid/compatible-mode/v1";
}

}  // namespace

std::optional<std::string> read_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Path state_folder_of(const job::Config& config, bool simulated) {
  return simulated ? config.state_folder / "simulated" : config.state_folder;
}

model::ProviderSpec as_simulated(model::ProviderSpec spec) {
  spec.simulated = true;
  spec.base_url = rehearsal_address(spec);
  spec.api_key_env.clear();
  spec.api_key_file.clear();
  spec.poll = {simulated_poll_first, simulated_poll_max};
  spec.reconcile.settle = simulated_settle;
  return spec;
}

Result<std::unique_ptr<Workplace>> Workplace::open(const Path& state_folder, const GlobalOptions& global,
                                                   LogLevel least) {
  if (auto made = make_folders(state_folder); !made) return made.error();
  auto remote = is_on_network_file_system(state_folder);
  if (!remote) return remote.error();
  if (*remote) {
    return Error(ErrorKind::invalid,
                 fmt::format("the state directory {} is on a network file system", state_folder.string()),
                 "SQLite cannot keep its promises there; give a local one with --state-dir or state_dir in the config");
  }
  const auto database = state_folder / "batchd.db";
  auto store = store::Store::open(database, store::Mode::read_write);
  if (!store) return store.error();

  std::unique_ptr<Workplace> place(new Workplace);
  if (global.verbose) least = LogLevel::debug;
  place->log_ = make_screen_log(global.log_format, global.quiet ? LogLevel::error : least);
  place->loop_ = std::make_unique<async::Loop>();
  place->store_ = std::move(*store);
  place->sql_ = std::make_unique<async::Lane>(*place->loop_, "sql");
  place->workers_ = std::make_unique<async::WorkerPool>(*place->loop_);
  auto open_reader = [database] { return store::Store::open(database, store::Mode::read_only); };
  place->surroundings_.reset(new runner::Surroundings{*place->loop_, *place->sql_, *place->workers_, *place->store_,
                                                      open_reader, state_folder, this_process(), *place->log_,
                                                      place->random_});
  return place;
}

Workplace::~Workplace() = default;

const notify::Post& Workplace::post() {
  if (!post_) {
    http::SocketTransportOptions options;
    options.proxy = http::ProxyChoice("", read_variable);
    web_ = std::make_unique<http::SocketTransport>(*loop_, options);
    post_.reset(new notify::Post{*loop_, *workers_, *web_, read_variable});
  }
  return *post_;
}

Result<provider::Provider*> Workplace::connect(const model::ProviderSpec& spec) {
  if (const auto known = reached_.find(spec.name); known != reached_.end()) return known->second.provider.get();
  http::SocketTransportOptions options;
  if (!spec.http.ca_file.empty()) options.ca_file = spec.http.ca_file;
  options.proxy = http::ProxyChoice(spec.http.proxy, read_variable);
  // Before the input is read, as all that can be known by then.
  if (!spec.http.ca_file.empty() && !path_exists(spec.http.ca_file))
    return Error(ErrorKind::invalid,
                 fmt::format("http.ca_file of {} is not there: {}", spec.name, spec.http.ca_file.string()),
                 "it holds the certificates of the authorities to trust, as PEM; without it the system's are taken");
  const auto base_url = http::parse_url(spec.base_url);
  if (!base_url) return base_url.error();
  // A proxy that cannot be used is said now and not after the input was read.
  if (const auto proxy = options.proxy.proxy_for(*base_url); !proxy) return proxy.error();
  return reach(spec, std::make_unique<http::SocketTransport>(*loop_, options));
}

Result<provider::Provider*> Workplace::rehearse(model::ProviderSpec spec, const SimulatorArguments& arguments,
                                                std::string fallback_schema) {
  simulator::Settings settings;
  settings.folder = surroundings_->state_folder / "world";
  settings.seed = arguments.seed;
  settings.faults = arguments.faults;
  settings.fallback_schema = std::move(fallback_schema);
  auto opened = simulator::Simulator::open(*loop_, settings);
  if (!opened) return opened.error();
  world_ = std::make_unique<World>();
  world_->simulator = std::move(*opened);
  const auto spool = settings.folder / "incoming";
  if (auto made = make_folders(spool); !made) return made.error();
  return reach(spec, std::make_unique<http::InProcessTransport>(*loop_, *world_->simulator, random_, spool));
}

provider::Provider* Workplace::reach(const model::ProviderSpec& spec, std::unique_ptr<http::Transport> transport) {
  auto& reached = reached_[spec.name];
  reached.provider.reset();  // before what it stands on
  reached.transport = std::move(transport);
  reached.provider = provider::make_provider(spec, {*loop_, *reached.transport, *log_, random_, read_variable});
  return reached.provider.get();
}

}  // namespace batchd::cli
