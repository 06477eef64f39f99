#include "doors/daemon/daemon.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/runner/messenger.hpp"
#include "doors/daemon/api.hpp"
#include "doors/daemon/circuit_breaker.hpp"
#include "doors/daemon/daily_pruning.hpp"
#include "doors/daemon/event_feed.hpp"
#include "doors/daemon/gate.hpp"
#include "doors/daemon/herald.hpp"
#include "doors/daemon/measured_provider.hpp"
#include "doors/daemon/observers.hpp"
#include "doors/daemon/pages.hpp"
#include "ground/http/server.hpp"

namespace batchd::daemon {
namespace {

// How long clients may take for what they have begun, once we are told to stop.
constexpr Duration goodbye = std::chrono::seconds(2);

bool can_be_reached_by_others(const Settings& settings) {
  return settings.behind_proxy ||
         std::any_of(settings.addresses.begin(), settings.addresses.end(),
                     [](const auto& one) { return one.socket.empty() && !is_loopback(one.host); });
}

// Others may come in only encrypted, and with a token.
Status check_doors(const Settings& settings, store::Store& store) {
  if (!can_be_reached_by_others(settings)) return {};
  if (!settings.certificate && !settings.behind_proxy)
    return Error(
        ErrorKind::invalid, "others can reach this address, and what they say could be read on the way",
        "set serve.tls in the config, or serve.behind_proxy where a proxy in front of it speaks TLS; or listen "
        "on 127.0.0.1 or a Unix socket");
  const auto tokens = store.tokens();
  if (!tokens) return tokens.error();
  const bool any = std::any_of(tokens->begin(), tokens->end(), [](const auto& token) { return !token.revoked_at; });
  if (!any)
    return Error(ErrorKind::invalid, "others can reach this address, and there is no token to tell who may",
                 "make one: `batchd token create NAME --scope read`");
  return {};
}

Result<std::uint16_t> listen_at(http::Server& server, const Settings& settings, const std::string& host,
                                std::uint16_t port) {
  if (!settings.certificate) return server.listen_tcp(host, port);
  return server.listen_tls(host, port, settings.certificate->certificate_file, settings.certificate->key_file);
}

Result<std::vector<std::string>> listen(http::Server& server, const Settings& settings) {
  std::vector<std::string> reachable;
  if (auto listening = server.listen_unix(settings.socket); !listening) {
    if (listening.error().kind != ErrorKind::conflict) return listening.error();
    return Error(ErrorKind::conflict,
                 fmt::format("another daemon has this state: it listens at {}", settings.socket.string()),
                 "stop that one, or give this one a state of its own with --state-dir");
  }
  reachable.push_back("unix:" + settings.socket.string());
  for (const auto& address : settings.addresses) {
    if (!address.socket.empty()) {
      if (auto listening = server.listen_unix(address.socket); !listening) return listening.error();
      reachable.push_back("unix:" + address.socket.string());
      continue;
    }
    const auto host = address.host == "localhost" ? std::string("127.0.0.1") : address.host;
    const auto port = listen_at(server, settings, host, address.port);
    if (!port) return port.error();
    const std::string_view scheme = settings.certificate ? "https" : "http";
    const bool is_v6 = host.find(':') != std::string::npos;
    reachable.push_back(is_v6 ? fmt::format("{}://[{}]:{}", scheme, host, *port)
                              : fmt::format("{}://{}:{}", scheme, host, *port));
  }
  return reachable;
}

// Whom it answers as: the names it was given, and the addresses it listens at.
AccessRules rules_of(const Settings& settings) {
  AccessRules rules;
  rules.tokens_needed = can_be_reached_by_others(settings);
  rules.hosts = settings.hosts;
  rules.is_encrypted = settings.certificate.has_value() || settings.behind_proxy;
  for (const auto& address : settings.addresses) {
    const bool is_any = address.host == "0.0.0.0" || address.host == "::";
    if (!address.host.empty()) rules.hosts.push_back(is_any ? std::string(any_address) : address.host);
  }
  return rules;
}

// One line for people.
std::string standing_of(const JobFolder& folder, const RunPool& pool, const Scheduler& scheduler) {
  std::optional<std::pair<Time, std::string>> next;
  for (const auto* watched : folder.jobs())
    if (const auto due = scheduler.next_due(*watched->job); due && (!next || *due < next->first))
      next.emplace(*due, watched->job->name);
  return fmt::format("{} {}; {}", pool.active(), pool.active() == 1 ? "run goes on" : "runs go on",
                     next ? fmt::format("next is {} at {}", next->second, format_utc(next->first)) : "nothing is due");
}

async::Task<void> follow_schedules(Scheduler& scheduler, async::StopToken stop, Status& ended, async::StopToken over) {
  ended = co_await scheduler.run(stop);
  over.stop();
}

}  // namespace

async::Task<Status> serve(runner::Surroundings& around, const job::Config& config, job::Environment environment,
                          ReachProvider reach, const notify::Post& post, const Settings& settings, Controls& controls,
                          OnListening on_listening) {
  Metrics metrics(around, settings.version);
  std::map<std::string, MeasuredProvider> measured;  // by the provider's name: one for all runs
  std::map<std::string, CircuitBreaker> breakers;    // likewise; what it turns away is no call
  const auto reach_carefully = [&](const model::ProviderSpec& spec) -> Result<provider::Provider*> {
    const auto behind = reach(spec);
    if (!behind) return behind;
    auto& timed = measured.try_emplace(spec.name, **behind, spec.name, around.loop.clock(), metrics).first->second;
    const auto made = breakers.try_emplace(spec.name, timed, spec.name, around.loop.clock(), around.log);
    return &made.first->second;
  };
  EventFeed feed(around.loop, around.log, format_utc(around.loop.clock().now()));
  Observers observers{&feed, &metrics};
  JobFolder folder(settings.jobs_folder, config, std::move(environment));
  RunPool pool(around, config, reach_carefully, observers, settings.pool);
  Scheduler scheduler(around, folder, pool, settings.scheduler);
  Access access(around, rules_of(settings));
  Api api(around, folder, pool, scheduler, feed, access, config, settings.version, metrics);
  Pages pages(around, folder, pool, scheduler, api, access, config, settings.spool_folder, settings.version);
  runner::Messenger messenger(around, post, settings.tell_every);
  DailyPruning pruning(around, config.retention);
  Herald herald(around, settings.service_manager, [&] { return standing_of(folder, pool, scheduler); });
  http::ServerOptions serving;
  serving.spool_folder = settings.spool_folder;
  http::Server server(around.loop, pages, around.log, serving);

  if (auto there = folder.check(); !there) co_return there.error();
  auto look = [&] { return check_doors(settings, around.store); };
  if (auto safe = co_await around.sql.run(look); !safe) co_return safe;
  const auto reachable = listen(server, settings);
  Status ended = reachable ? Status() : Status(reachable.error());
  const async::StopToken silent;
  async::TaskGroup telling(around.loop);
  if (reachable) {
    if (on_listening) on_listening(*reachable);
    herald.ready();
    telling.spawn(herald.run(silent));
    scheduler.on_looked([&herald] { herald.reloaded(); });
    controls.look_now = [&scheduler, &herald] {
      herald.reloading();
      scheduler.look_now();
    };
    const async::StopToken over;
    async::TaskGroup tasks(around.loop);
    tasks.spawn(follow_schedules(scheduler, controls.stop, ended, over));
    tasks.spawn(messenger.run(over));
    tasks.spawn(pruning.run(over));
    async::Wakeup woken(around.loop);
    const auto hook = over.on_stop([&] { woken.notify(); });
    if (!over.stopped()) co_await woken.wait();
    controls.look_now = {};
    herald.stopping();
    co_await tasks.join();
    around.log.info("stopping: batches at the provider go on there", {{"runs", std::to_string(pool.active())}});
  }
  pool.stop();
  co_await pool.drained();
  co_await metrics.drained();
  feed.close();
  server.stop();
  if (server.connections_open() > 0) (void)co_await around.loop.sleep_for(goodbye);
  server.cut();
  co_await server.drained();
  silent.stop();
  co_await telling.join();
  co_return ended;
}

}  // namespace batchd::daemon
