#include "ground/http/server_connection.hpp"

#include <algorithm>

#include "ground/http/body_source.hpp"

namespace batchd::http {

namespace {

// An answer given before the whole request was read is lost when the connection is closed at once: the client's
// bytes under way meet a closed socket, whose RST overtakes our answer. So we read on for a while, into nothing.
constexpr std::uint64_t linger_bytes_max = 256ull << 20;
constexpr Duration linger_idle_max{2'000};

// Without a length the body ends where the connection does.
std::string answer_head(const ServerResponse& response, std::optional<std::uint64_t> length_bytes, bool keep,
                        Time now) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  const auto line = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  for (const auto& field : response.headers) {
    const bool ours = equal_without_case(field.name, "Content-Length") ||
                      equal_without_case(field.name, "Connection") ||
                      equal_without_case(field.name, "Transfer-Encoding");
    if (!ours) line(field.name, field.value);
  }
  if (!response.headers.has("Date")) line("Date", format_http_date(now));
  if (length_bytes && response.status != 204 && response.status != 304)
    line("Content-Length", std::to_string(*length_bytes));
  line("Connection", keep ? "keep-alive" : "close");
  return head + "\r\n";
}

// Whose body would be taken for something else than it is: for none, or for what it was packed from.
bool has_unknown_coding(const MessageHead& head) {
  const auto codings = head.headers.find_all("Transfer-Encoding");
  return !codings.empty() && !(codings.size() == 1 && equal_without_case(codings.front(), "chunked"));
}

// What goes out next, of the `left` bytes that may; empty: that was all.
Result<std::string_view> next_piece(BodySource& body, std::uint64_t& left) {
  if (left == 0) return std::string_view();
  auto piece = body.next();
  if (!piece.ok()) return piece;
  const auto taken = piece->substr(0, left);
  left -= taken.size();
  return taken;
}

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<ServerShared> shared, std::unique_ptr<Stream> stream,
                                   std::string peer)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      watchdog_(shared_->loop, [this] { stream_->close(); }),
      input_(shared_->options.header_bytes_max) {
  shared_->open.insert(this);
}

ServerConnection::~ServerConnection() {
  shared_->open.erase(this);
  shared_->changed.notify();
}

void ServerConnection::close() {
  gone_.stop();
  stream_->close();
}

void ServerConnection::close_if_idle() {
  if (idle_) close();
}

async::Task<void> ServerConnection::run() {
  for (;;) {
    idle_ = true;
    if (shared_->stopping || !co_await wait_for_request()) co_return;
    idle_ = false;
    const Next next = co_await serve_one();
    if (next == Next::close) co_return;
  }
}

// Until the first byte of a request is there; false: there will be none.
async::Task<bool> ServerConnection::wait_for_request() {
  if (!input_.empty()) co_return true;
  watchdog_.watch(shared_->options.keep_alive);
  char* const room = input_.room();
  const std::size_t room_bytes = input_.room_bytes();
  const Transferred read = co_await stream_->read_some(room, room_bytes);
  watchdog_.moved(read.bytes);
  input_.filled(read.bytes);
  co_return !read.error;
}

async::Task<ServerConnection::Next> ServerConnection::serve_one() {
  watchdog_.watch(shared_->options.idle_timeout);
  watchdog_.watch_speed(shared_->options.receive_bytes_per_second_min, shared_->options.idle_timeout);
  const auto parser = make_request_parser(shared_->options.header_bytes_max);
  const ReadStep step = co_await next_step(*stream_, input_, *parser, watchdog_);
  if (step.kind == ReadStep::Kind::malformed) co_return co_await refuse_malformed(Method::get, step.complaint);
  if (step.kind != ReadStep::Kind::head) co_return Next::close;

  const MessageHead& head = parser->head();
  const auto method = method_from(head.method);
  if (!method || head.target.empty() || head.target.front() != '/') {
    ServerResponse refusal = method ? shared_->handler.refusal(400, "The request's target must begin with \"/\".")
                                    : shared_->handler.refusal(501, "This method is not known here.");
    co_return co_await refuse(Method::get, std::move(refusal));
  }
  if (has_unknown_coding(head)) {
    ServerResponse refusal =
        shared_->handler.refusal(501, "Of transfer codings only \"chunked\" is known here: send the body plain.");
    co_return co_await refuse(*method, std::move(refusal));
  }
  ServerRequest request = make_server_request(*method, head.target, head.headers, peer_);
  co_return co_await serve(std::move(request), *parser);
}

async::Task<ServerConnection::Next> ServerConnection::serve(ServerRequest request, MessageParser& parser) {
  const MessageHead& head = parser.head();
  BodyPlan plan = shared_->handler.plan_body(request);
  if (!plan.answer_now && head.content_length && *head.content_length > plan.bytes_max)
    plan.answer_now = shared_->handler.refusal(413, "The body is too long.");
  if (plan.answer_now) co_return co_await refuse(request.method, std::move(*plan.answer_now));

  if (!parser.done() && request.headers.has_token("Expect", "100-continue")) {
    const ErrorCode failed = co_await write_all(*stream_, "HTTP/1.1 100 Continue\r\n\r\n", watchdog_);
    if (failed) co_return Next::close;
  }
  BodyCollector collector(plan, shared_->names);
  while (!parser.done()) {
    const ReadStep step = co_await next_step(*stream_, input_, parser, watchdog_);
    if (step.kind == ReadStep::Kind::done) break;
    if (step.kind == ReadStep::Kind::malformed) co_return co_await refuse_malformed(request.method, step.complaint);
    if (step.kind != ReadStep::Kind::body) co_return Next::close;
    const auto verdict = collector.take(step.body);
    if (!verdict.ok()) {
      shared_->log.error("cannot store a request's body", {{"reason", verdict.error().message}});
      ServerResponse refusal = shared_->handler.refusal(507, "The body cannot be stored.");
      co_return co_await refuse(request.method, std::move(refusal));
    }
    if (*verdict == BodyCollector::Verdict::reset_here) {
      stream_->reset();
      co_return Next::close;
    }
    if (*verdict == BodyCollector::Verdict::too_long) {
      ServerResponse refusal = shared_->handler.refusal(413, "The body is too long.");
      co_return co_await refuse(request.method, std::move(refusal));
    }
  }
  const Status finished = collector.finish(request);
  if (!finished.ok()) co_return Next::close;
  const Method method = request.method;

  watchdog_.rest();  // the handler takes the time it takes
  ServerResponse response = co_await shared_->handler.handle(std::move(request));
  ++shared_->served;
  co_return co_await answer(method, std::move(response), head.keep_alive);
}

async::Task<ServerConnection::Next> ServerConnection::refuse_malformed(Method method, Error complaint) {
  ServerResponse refusal = shared_->handler.refusal(400, "The request cannot be read: " + complaint.message + ".");
  co_return co_await refuse(method, std::move(refusal));
}

async::Task<ServerConnection::Next> ServerConnection::refuse(Method method, ServerResponse response) {
  const Next next = co_await answer(method, std::move(response), false);
  co_await linger();
  co_return next;
}

async::Task<ServerConnection::Next> ServerConnection::answer(Method method, ServerResponse response, bool may_keep) {
  const RemoveAfterwards remove(response.remove_afterwards);
  if (response.delay > Duration(0)) {
    const Status slept = co_await shared_->loop.sleep_for(response.delay, gone_);
    if (!slept.ok()) co_return Next::close;
  }
  if (response.reset) {
    stream_->reset();
    co_return Next::close;
  }
  watchdog_.watch(shared_->options.idle_timeout);
  watchdog_.watch_speed(0, Duration(0));
  if (response.stream && method != Method::head) {
    co_await send_stream(response);
    co_return Next::close;
  }
  const bool keep = may_keep && !response.close && !shared_->stopping && !response.cut_after_body_bytes;
  const bool kept = co_await send(method, std::move(response), keep);
  co_return kept ? Next::keep : Next::close;
}

async::Task<bool> ServerConnection::send(Method method, ServerResponse response, bool keep) {
  auto body = BodySource::open(take_body(response), "");
  if (!body.ok()) {
    shared_->log.error("cannot read the file of an answer", {{"reason", body.error().message}});
    response = shared_->handler.refusal(500, "The answer cannot be read.");
    keep = false;
    body = BodySource::open(take_body(response), "");
  }
  const bool without_body = method == Method::head || response.status == 204 || response.status == 304;
  const std::uint64_t whole = without_body ? 0 : body->length_bytes();
  std::uint64_t left = std::min(whole, response.cut_after_body_bytes.value_or(whole));
  const bool cut = left < whole;

  // The head leaves with the first piece: one packet, one TLS record.
  std::string first = answer_head(response, body->length_bytes(), keep, shared_->loop.clock().now());
  auto piece = next_piece(*body, left);
  if (piece.ok()) first += *piece;
  std::string_view bytes = first;
  while (piece.ok() && !bytes.empty()) {
    const ErrorCode failed = co_await write_all(*stream_, bytes, watchdog_);
    if (failed) co_return false;
    piece = next_piece(*body, left);
    if (piece.ok()) bytes = *piece;
  }
  // The promised length cannot be kept any more: an early end is the only way left to say so.
  if (!piece.ok())
    shared_->log.error("the file of an answer changed while it was sent", {{"reason", piece.error().message}});
  co_return piece.ok() && !cut && keep;
}

async::Task<void> ServerConnection::send_stream(const ServerResponse& response) {
  const std::string head = answer_head(response, std::nullopt, false, shared_->loop.clock().now());
  ErrorCode failed = co_await write_all(*stream_, head, watchdog_);
  while (!failed) {
    watchdog_.rest();  // until something happens
    const auto piece = co_await response.stream->next(gone_);
    if (!piece || gone_.stopped()) co_return;
    watchdog_.watch(shared_->options.idle_timeout);
    failed = co_await write_all(*stream_, *piece, watchdog_);
  }
}

async::Task<void> ServerConnection::linger() {
  stream_->shutdown_send();
  watchdog_.watch(linger_idle_max);
  for (std::uint64_t read_bytes = 0; read_bytes < linger_bytes_max;) {
    input_.consume(input_.view().size());
    char* const room = input_.room();
    const std::size_t room_bytes = input_.room_bytes();
    const Transferred read = co_await stream_->read_some(room, room_bytes);
    watchdog_.moved(read.bytes);
    if (read.error) co_return;
    read_bytes += read.bytes;
  }
}

}  // namespace batchd::http
