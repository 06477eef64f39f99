#include "ground/http/in_process_transport.hpp"

#include "ground/base/units.hpp"
#include "ground/http/body_decoder.hpp"
#include "ground/http/body_source.hpp"
#include "ground/http/server_request.hpp"
#include "ground/http/url.hpp"

namespace batchd::http {

namespace {

// A call as the world sees it: it goes on when the caller has turned away.
struct Call {
  Call(async::Loop& loop, Handler& h, ServerRequest r, Fault f)
      : wakeup(loop), handler(h), request(std::move(r)), fault(std::move(f)) {}
  async::Wakeup wakeup;
  Handler& handler;
  ServerRequest request;
  Fault fault;
  std::optional<ServerResponse> response;  // nothing: the connection was cut
  bool finished = false;
};

async::Task<void> answer(async::Loop& loop, std::shared_ptr<Call> call) {
  if (call->fault.delay_before > Duration(0)) (void)co_await loop.sleep_for(call->fault.delay_before);
  if (!call->fault.reset_before_handler) {
    ServerResponse response = co_await call->handler.handle(std::move(call->request));
    if (response.stream) {  // whole, or it would be no answer
      const async::StopToken never;
      std::string body;
      while (auto piece = co_await response.stream->next(never))
        body += *piece;
      response.body = std::move(body);
    }
    const Duration delay = response.delay + call->fault.delay_after;
    if (delay > Duration(0)) (void)co_await loop.sleep_for(delay);
    if (!call->fault.lose_answer) call->response = std::move(response);
  }
  call->finished = true;
  call->wakeup.notify();
}

// Tells everybody that the caller's patience is over, unless it was told before.
async::Task<void> lose_patience(async::Loop& loop, Duration patience, async::StopToken enough) {
  const Status slept = co_await loop.sleep_for(patience, enough);
  if (slept.ok()) enough.stop();
}

Error cut_off(const std::string& where, const std::string& when) {
  return Error(ErrorKind::network, where + " closed the connection " + when);
}

std::string boundary_from(Random& random) {
  return "batchd-" + std::to_string(random.next()) + "-" + std::to_string(random.next());
}

// What would have come over the wire of `response`.
Result<Response> receive(ServerResponse& given, const Request& request, const SendOptions& options, const Fault& fault,
                         const std::string& where, Time now) {
  if (given.reset) return cut_off(where, "before it had answered");
  Response response;
  response.status = given.status;
  response.headers = given.headers;
  auto source = BodySource::open(take_body(given), "");
  if (!source.ok()) return source.error().within("the handler's answer");
  const std::uint64_t total = request.method == Method::head ? 0 : source->length_bytes();
  const bool to_file = options.download_to && response.is_success();
  const std::uint64_t bytes_max = to_file ? options.download_bytes_max : options.body_bytes_max;
  auto sink = to_file ? BodySink::to_file(*options.download_to, bytes_max) : Result<BodySink>(BodySink(bytes_max));
  if (!sink.ok()) return sink.error();
  const auto coding = content_coding_of(response.headers);
  if (coding == ContentCoding::unknown && response.is_success())
    return Error(ErrorKind::protocol, where + " sent a Content-Encoding though identity was asked for");
  BodyDecoder decoder(coding, *sink, bytes_max);

  std::uint64_t allowed = total;
  if (given.cut_after_body_bytes) allowed = std::min(allowed, *given.cut_after_body_bytes);
  if (fault.cut_answer_after_bytes) allowed = std::min(allowed, *fault.cut_answer_after_bytes);
  Progress progress;
  progress.received_bytes_total = total;
  while (progress.received_bytes < allowed) {
    auto piece = source->next();
    if (!piece.ok()) return piece.error();
    const auto part = piece->substr(0, allowed - progress.received_bytes);
    const Status taken = decoder.take(part);
    if (!taken.ok() && taken.error().kind == ErrorKind::protocol && !response.is_success()) break;
    if (!taken.ok()) return taken.error().within("the answer of " + where);
    progress.received_bytes += part.size();
    if (options.on_progress) options.on_progress(progress);
  }
  if (allowed < total)
    return cut_off(where, "within its answer after " + format_count(allowed) + " of " + format_count(total) + " bytes");
  const Status whole = decoder.finish();
  if (!whole.ok() && response.is_success()) return whole.error().within("the answer of " + where);
  const Status finished = sink->finish();
  if (!finished.ok()) return finished.error();
  if (!response.headers.has("Date")) response.headers.add("Date", format_http_date(now));
  if (coding == ContentCoding::gzip)
    response.headers.remove("Content-Encoding");
  else
    response.headers.set("Content-Length", std::to_string(source->length_bytes()));
  response.body_bytes = sink->bytes();
  response.body = sink->take_text();
  if (coding == ContentCoding::unknown) response.body.clear();  // nobody can read it
  if (to_file) response.saved_to = options.download_to;
  return response;
}

}  // namespace

struct InProcessTransport::State {
  State(async::Loop& on, Handler& with, Random& by, Path spool_folder)
      : loop(on), handler(with), random(by), names(std::move(spool_folder)) {}

  Error out_of_patience(const std::string& where, const SendOptions& options) const {
    if (options.stop.stopped()) return Error(ErrorKind::cancelled, "told to stop while talking to " + where);
    return Error(ErrorKind::network, "not a byte from or to " + where + " for " + format_duration(options.idle_timeout),
                 "The server or the network is stuck; idle_timeout is the limit.");
  }

  ServerRequest make_request(const Request& request, const Url& url, const BodySource& source) const {
    ServerRequest made = make_server_request(request.method, url.target, request.headers, "in-process");
    made.headers.set("Host", url.authority());
    if (!source.content_type().empty()) made.headers.set("Content-Type", source.content_type());
    if (source.has_body()) made.headers.set("Content-Length", std::to_string(source.length_bytes()));
    return made;
  }

  async::Loop& loop;
  Handler& handler;
  Random& random;
  SpoolNames names;
  async::Task<Result<Response>> exchange(const Request& request, const SendOptions& options, const Url& url,
                                         BodySource& source, const Fault& fault);

  std::function<Fault(const Request&)> faults;
  std::uint64_t calls = 0;
};

InProcessTransport::InProcessTransport(async::Loop& loop, Handler& handler, Random& random, Path spool_folder)
    : state_(std::make_unique<State>(loop, handler, random, std::move(spool_folder))) {}
InProcessTransport::~InProcessTransport() = default;

void InProcessTransport::set_faults(std::function<Fault(const Request&)> faults) { state_->faults = std::move(faults); }
std::uint64_t InProcessTransport::calls() const { return state_->calls; }

async::Task<Result<Response>> InProcessTransport::send(const Request& request, const SendOptions& options) {
  State& state = *state_;
  Error failed;
  const auto url = parse_url(request.url);
  Result<BodySource> source = Error();
  if (!url.ok()) {
    failed = url.error();
  } else if (options.stop.stopped()) {
    failed = Error(ErrorKind::cancelled, "told to stop before anything was sent to " + url->authority());
  } else if (source = BodySource::open(request.body, boundary_from(state.random)); !source.ok()) {
    failed = source.error();
  } else {
    ++state.calls;
    Fault fault;
    if (state.faults) fault = state.faults(request);
    if (!fault.refuse) co_return co_await state.exchange(request, options, *url, *source, fault);
    failed = Error(ErrorKind::network, "nothing listens at " + url->authority() + " (connection refused)");
  }
  failed.nothing_sent = true;
  co_return failed;
}

async::Task<Result<Response>> InProcessTransport::State::exchange(const Request& request, const SendOptions& options,
                                                                  const Url& url, BodySource& source,
                                                                  const Fault& fault) {
  const std::string where = url.authority();
  ServerRequest made = make_request(request, url, source);
  BodyPlan plan = handler.plan_body(made);
  if (plan.answer_now) {
    const Status slept = co_await loop.sleep_for(plan.answer_now->delay, options.stop);
    if (!slept.ok()) co_return slept.error();
    co_return receive(*plan.answer_now, request, options, fault, where, loop.clock().now());
  }

  BodyCollector collector(plan, names);
  Progress progress;
  progress.sent_bytes_total = source.length_bytes();
  for (;;) {
    const auto piece = source.next();
    if (!piece.ok()) co_return piece.error();
    if (piece->empty()) break;
    const auto verdict = collector.take(*piece);
    if (!verdict.ok()) co_return verdict.error();
    if (*verdict == BodyCollector::Verdict::reset_here) co_return cut_off(where, "before it had answered");
    if (*verdict == BodyCollector::Verdict::too_long) {
      ServerResponse refusal = handler.refusal(413, "The body is too long.");
      co_return receive(refusal, request, options, fault, where, loop.clock().now());
    }
    progress.sent_bytes += piece->size();
    if (options.on_progress) options.on_progress(progress);
  }
  const Status finished = collector.finish(made);
  if (!finished.ok()) co_return finished.error();

  auto call = std::make_shared<Call>(loop, handler, std::move(made), fault);
  async::StopToken enough;
  std::function<void()> stop = [enough] { enough.stop(); };
  const auto hook = options.stop.on_stop(stop);
  std::function<void()> wake = [call] { call->wakeup.notify(); };
  const auto listening = enough.on_stop(wake);
  loop.spawn(answer(loop, call));
  loop.spawn(lose_patience(loop, options.idle_timeout, enough));
  while (!call->finished && !enough.stopped())
    co_await call->wakeup.wait();
  enough.stop();
  if (!call->finished) co_return out_of_patience(where, options);
  if (!call->response) co_return cut_off(where, "before it had answered");
  const RemoveAfterwards remove(call->response->remove_afterwards);
  co_return receive(*call->response, request, options, fault, where, loop.clock().now());
}

}  // namespace batchd::http
