#include <algorithm>
#include <iostream>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "doors/cli/addresses.hpp"
#include "doors/cli/commands.hpp"
#include "doors/cli/display.hpp"
#include "doors/cli/exit_codes.hpp"
#include "doors/cli/terminal.hpp"
#include "doors/simulator/simulator.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/log.hpp"
#include "ground/http/server.hpp"
#include "ground/json/writer.hpp"

namespace batchd::cli {
namespace {

// A line each; broken to the width of a terminal. What the values are stands above, once.
int list_faults() {
  constexpr unsigned name_columns = 28;
  const bool person = is_terminal(STDOUT_FILENO);
  const auto columns = std::max(columns_of(STDOUT_FILENO), 2 * name_columns);
  const auto lines_of = [&](const std::string& text, unsigned room) {
    return person ? wrapped(text, room) : std::vector<std::string>{text};
  };
  const std::string values =
      "Each is given as --fault NAME=VALUE. A SHARE lies between 0 and 1: 0.2 strikes one in five, 1 all. A COUNT is a "
      "whole number. A TIME is 700 (milliseconds), 250ms, 5s or 2m, a SIZE 4096, 500kB or 2MB.";
  for (const auto& line : lines_of(values, columns))
    std::cout << line << "\n";
  std::cout << "\n";
  for (const auto& fault : simulator::fault_names()) {
    auto left = padded(fmt::format("{}={}", fault.name, fault.value), name_columns);
    for (const auto& line : lines_of(std::string(fault.explained), columns - name_columns))
      std::cout << std::exchange(left, std::string(name_columns, ' ')) << line << "\n";
  }
  return exit_ok;
}

void print_address(const daemon::Address& address, std::uint16_t port) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().key("type").string("listening");
  if (address.socket.empty()) {
    const bool v6 = address.host.find(':') != std::string::npos;
    const auto host = v6 ? "[" + address.host + "]" : address.host;
    writer.key("address").string(fmt::format("http://{}:{}", host, port));
    writer.key("base_url").string(fmt::format("http://{}:{}/v1", host, port));
  } else {
    writer.key("address").string("unix:" + address.socket.string());
  }
  writer.end_object();
  std::cout << line << std::endl;
}

async::Task<Status> serve_until(http::Server& server, async::Loop& loop, async::StopToken stop) {
  async::Wakeup woken(loop);
  const auto hook = stop.on_stop([&] { woken.notify(); });
  if (!stop.stopped()) co_await woken.wait();
  server.stop();
  server.cut();
  co_await server.drained();
  co_return Status();
}

}  // namespace

int simulate_command(const GlobalOptions& global, const SimulateOptions& options) {
  if (options.list_faults) return list_faults();
  const auto address = address_from_text(options.listen);
  if (!address) return show_error(global, address.error());

  const auto log = make_stderr_log(global.log_format, global.verbose ? LogLevel::debug : LogLevel::warning);
  async::Loop loop;
  simulator::Settings settings;
  settings.folder = options.state.value_or(std::filesystem::temp_directory_path() / "batchd-simulator");
  settings.journal = options.journal;
  settings.seed = options.simulator.seed;
  settings.faults = options.simulator.faults;
  auto simulator = simulator::Simulator::open(loop, settings);
  if (!simulator) return show_error(global, simulator.error());

  http::ServerOptions serving;
  serving.spool_folder = settings.folder / "incoming";
  if (auto made = make_folders(serving.spool_folder); !made) return show_error(global, made.error());
  http::Server server(loop, **simulator, *log, serving);
  std::uint16_t port = 0;
  if (address->socket.empty()) {
    auto listening = server.listen_tcp(address->host, address->port);
    if (!listening) return show_error(global, listening.error());
    port = *listening;
  } else if (auto listening = server.listen_unix(address->socket); !listening) {
    return show_error(global, listening.error());
  }
  print_address(*address, port);
  const async::StopToken stop;
  loop.on_signals([stop](int, int) { stop.stop(); });
  const auto served = loop.run(serve_until(server, loop, stop));
  return served ? exit_ok : show_error(global, served.error());
}

}  // namespace batchd::cli
