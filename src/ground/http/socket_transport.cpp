#include "ground/http/socket_transport.hpp"

#include <deque>
#include <map>
#include <vector>

#include "ground/base/random.hpp"
#include "ground/http/connect.hpp"
#include "ground/http/exchange.hpp"
#include "ground/http/tunnel.hpp"
#include "ground/http/url.hpp"

namespace batchd::http {

namespace {

// One who waits for a connection slot of a host.
struct Waiter {
  explicit Waiter(async::Loop& loop) : wakeup(loop) {}
  async::Wakeup wakeup;
  bool admitted = false;
};

struct Host {
  std::vector<std::unique_ptr<Connection>> kept;  // the one used last at the back: it is the least likely to be stale
  std::uint32_t in_use = 0;
  std::deque<Waiter*> waiting;
};

std::string boundary_from(Random& random) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string boundary = "batchd-";
  for (int i = 0; i < 32; ++i)
    boundary += digits[random.below(16)];
  return boundary;
}

}  // namespace

// Shared with the calls under way: when the loop is destroyed their frames go after the transport.
struct SocketTransport::State {
  State(async::Loop& on, SocketTransportOptions given) : loop(on), options(std::move(given)) {}

  Result<TlsContext*> tls_context() {
    if (!tls) {
      auto made = make_client_context(options.ca_file);
      if (!made.ok()) return made.error();
      tls = std::move(*made);
    }
    return tls.get();
  }

  Result<std::optional<Proxy>> proxy_for(const Url& url) const {
    if (options.unix_socket) return std::optional<Proxy>();
    return options.proxy.proxy_for(url);
  }

  Result<PreparedRequest> prepare(const Request& request, const Url& url) {
    const auto proxy = proxy_for(url);
    if (!proxy.ok()) return proxy.error();
    // Through a tunnel the request goes to the host itself; without one it is the proxy's to read.
    const Proxy* const reader = *proxy && !url.is_tls() ? &**proxy : nullptr;
    auto body = BodySource::open(request.body, boundary_from(random));
    if (!body.ok()) return body.error();
    PreparedRequest prepared{
        head_of(request, url, *body, reader), std::move(*body), request.method == Method::head, !url.is_tls(), {}};
    prepared.where = options.unix_socket ? "the socket " + options.unix_socket->string() : url.authority();
    if (reader != nullptr) {
      prepared.where += " (through " + reader->describe() + ")";
      prepared.proxy = *reader;
    }
    return prepared;
  }

  // `proxy`: one that reads this head, and wants the whole URL in it.
  std::string head_of(const Request& request, const Url& url, const BodySource& body, const Proxy* proxy) const {
    std::string head(name_of(request.method));
    head += " " + (proxy ? "http://" + url.authority() : std::string()) + url.target +
            " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
    const auto line = [&head](std::string_view name, std::string_view value) {
      head.append(name).append(": ").append(value).append("\r\n");
    };
    for (const auto& field : request.headers) {
      const bool ours = equal_without_case(field.name, "Host") || equal_without_case(field.name, "Content-Length") ||
                        equal_without_case(field.name, "Transfer-Encoding") ||
                        equal_without_case(field.name, "Connection") ||
                        equal_without_case(field.name, "Proxy-Authorization") ||
                        (!body.content_type().empty() && equal_without_case(field.name, "Content-Type"));
      if (!ours) line(field.name, field.value);
    }
    if (proxy && !proxy->authorization.empty()) line("Proxy-Authorization", proxy->authorization);
    if (!request.headers.has("User-Agent")) line("User-Agent", options.user_agent);
    if (!request.headers.has("Accept")) line("Accept", "*/*");
    if (!request.headers.has("Accept-Encoding")) line("Accept-Encoding", "identity");
    if (!body.content_type().empty()) line("Content-Type", body.content_type());
    const bool may_have_body =
        request.method == Method::post || request.method == Method::put || request.method == Method::patch;
    if (body.has_body() || may_have_body) line("Content-Length", std::to_string(body.length_bytes()));
    return head + "\r\n";
  }

  // The freshest kept connection that is still good; the others are closed on the way.
  std::unique_ptr<Connection> take_kept(Host& host, Duration idle_max) {
    while (!host.kept.empty()) {
      auto connection = std::move(host.kept.back());
      host.kept.pop_back();
      const Duration idle = loop.clock().now() - connection->idle_since;
      const bool fresh = idle <= options.kept_idle_max && idle >= Duration(0);
      if (fresh && connection->stream->is_quiet()) {
        // Good, but too old for a call that must not meet a closing server: leave it for the others.
        if (idle > idle_max) {
          host.kept.push_back(std::move(connection));
          return nullptr;
        }
        return connection;
      }
      ++counts.stale_replaced;
    }
    return nullptr;
  }

  void keep(Host& host, std::unique_ptr<Connection> connection) {
    if (host.kept.size() >= options.kept_per_host_max) return;
    connection->idle_since = loop.clock().now();
    connection->used_before = true;
    host.kept.push_back(std::move(connection));
  }

  async::Task<Status> enter(Host& host, async::StopToken stop);
  void leave(const std::string& origin);
  async::Task<Result<std::unique_ptr<Connection>>> open(const Url& url, const std::string& where,
                                                        const SendOptions& send_options);
  async::Task<Result<Response>> send_prepared(const Request& request, const Url& url, PreparedRequest prepared,
                                              const SendOptions& send_options, Host& host);

  async::Loop& loop;
  SocketTransportOptions options;
  std::unique_ptr<TlsContext> tls;
  std::map<std::string, Host> hosts;  // by origin; gone when nothing is kept, in use or waiting
  SocketTransportCounts counts;
  Random random = Random::from_system();
};

async::Task<Status> SocketTransport::State::enter(Host& host, async::StopToken stop) {
  if (host.in_use < options.connections_per_host_max) {
    ++host.in_use;
    co_return Status();
  }
  Waiter waiter(loop);
  host.waiting.push_back(&waiter);
  std::function<void()> wake = [&waiter] { waiter.wakeup.notify(); };
  const auto hook = stop.on_stop(wake);
  while (!waiter.admitted && !stop.stopped())
    co_await waiter.wakeup.wait();
  if (waiter.admitted) co_return Status();
  std::erase(host.waiting, &waiter);
  co_return Error(ErrorKind::cancelled, "told to stop while waiting for a connection");
}

void SocketTransport::State::leave(const std::string& origin) {
  Host& host = hosts[origin];
  if (!host.waiting.empty()) {
    // The slot is handed over, not freed: whoever comes later stands behind.
    Waiter* const next = host.waiting.front();
    host.waiting.pop_front();
    next->admitted = true;
    next->wakeup.notify();
    return;
  }
  --host.in_use;
  if (host.in_use == 0 && host.kept.empty()) hosts.erase(origin);
}

async::Task<Result<std::unique_ptr<Connection>>> SocketTransport::State::open(const Url& url, const std::string& where,
                                                                              const SendOptions& send_options) {
  ConnectTarget target;
  target.host = url.host;
  target.port = url.port;
  target.where =
      options.unix_socket ? where : url.authority() + (url.port_is_default ? ":" + std::to_string(url.port) : "");
  target.unix_socket = options.unix_socket;
  target.ca_file = options.ca_file;
  target.user_agent = options.user_agent;
  const auto proxy = proxy_for(url);
  if (!proxy.ok()) {
    Error error = proxy.error();
    error.nothing_sent = true;
    co_return error;
  }
  target.proxy = *proxy;
  if (url.is_tls()) {
    const auto context = tls_context();
    if (!context.ok()) {
      Error error = context.error();
      error.nothing_sent = true;
      co_return error;
    }
    target.tls = *context;
  }
  auto stream = co_await connect(loop, target, send_options.connect_timeout, send_options.stop);
  if (!stream.ok()) co_return stream.error();
  ++counts.connections_opened;
  auto connection = std::make_unique<Connection>(Connection{std::move(*stream), InputBuffer(options.header_bytes_max)});
  co_return connection;
}

async::Task<Result<Response>> SocketTransport::State::send_prepared(const Request& request, const Url& url,
                                                                    PreparedRequest prepared,
                                                                    const SendOptions& send_options, Host& host) {
  const Duration idle_max = send_options.repeatable
                                ? options.kept_idle_max
                                : std::min(options.kept_idle_max, options.kept_idle_max_unrepeatable);
  auto connection = take_kept(host, idle_max);
  if (connection) ++counts.connections_reused;
  for (;;) {
    if (!connection) {
      auto opened = co_await open(url, prepared.where, send_options);
      if (!opened.ok()) co_return opened.error();
      connection = std::move(*opened);
    }
    Exchanged exchanged = co_await exchange(loop, *connection, prepared, send_options, options.header_bytes_max);
    if (exchanged.keep) keep(host, std::move(connection));
    if (exchanged.outcome.ok() && exchanged.outcome->status == 407 && prepared.proxy) {
      // The proxy's own word, not the host's: the request has not got past it.
      Error error = refusal_of(*prepared.proxy, url.authority(), 407, exchanged.outcome->headers);
      error.nothing_sent = true;
      co_return error;
    }
    if (exchanged.outcome.ok()) co_return exchanged.outcome;

    // A kept connection that the server closed at the very moment we used it again. Nothing of the answer came, so
    // most likely nothing was done, but only a call that may be repeated may rely on "most likely".
    const bool stale = connection && connection->used_before && exchanged.cut && !exchanged.answer_begun;
    if (stale && (send_options.repeatable || !exchanged.request_begun)) {
      ++counts.stale_replaced;
      connection.reset();
      auto again = prepare(request, url);
      if (!again.ok()) co_return again.error();
      prepared = std::move(*again);
      continue;
    }
    Error error = exchanged.outcome.error();
    error.nothing_sent = !exchanged.request_begun;
    co_return error;
  }
}

SocketTransport::SocketTransport(async::Loop& loop, SocketTransportOptions options)
    : state_(std::make_shared<State>(loop, std::move(options))) {}
SocketTransport::~SocketTransport() = default;

SocketTransportCounts SocketTransport::counts() const { return state_->counts; }

void SocketTransport::close_idle() {
  for (auto& [origin, host] : state_->hosts)
    host.kept.clear();
  std::erase_if(state_->hosts, [](const auto& entry) { return entry.second.in_use == 0; });
}

async::Task<Result<Response>> SocketTransport::send(const Request& request, const SendOptions& send_options) {
  const auto state = state_;
  Error failed;
  failed.nothing_sent = true;
  const auto url = parse_url(request.url);
  if (!url.ok()) {
    failed = url.error();
  } else if (auto prepared = state->prepare(request, *url); !prepared.ok()) {
    failed = prepared.error();
  } else {
    const std::string origin = state->options.unix_socket ? "unix" : url->origin();
    // std::map: a Host stays where it is while others come and go.
    Host& host = state->hosts[origin];
    const Status entered = co_await state->enter(host, send_options.stop);
    if (entered.ok()) {
      Result<Response> outcome = co_await state->send_prepared(request, *url, std::move(*prepared), send_options, host);
      state->leave(origin);
      co_return outcome;
    }
    failed = entered.error();
  }
  failed.nothing_sent = true;
  co_return failed;
}

}  // namespace batchd::http
