#include "ground/http/exchange.hpp"

#include "ground/base/units.hpp"
#include "ground/http/body_decoder.hpp"
#include "ground/http/body_sink.hpp"

namespace batchd::http {

namespace {

// The body of a large request goes out beside the reading of the answer: a server that refuses early (401, 413) is
// heard before the last byte, and one that stops reading cannot make us wait for it.
struct Upload {
  explicit Upload(async::Loop& loop) : wakeup(loop) {}
  async::Wakeup wakeup;
  bool finished = false;
  Status local;  // our own file failed
};

class Exchange {
 public:
  Exchange(async::Loop& loop, Connection& connection, PreparedRequest& request, const SendOptions& options,
           std::uint32_t header_bytes_max)
      : loop_(loop),
        stream_(*connection.stream),
        connection_(connection),
        request_(request),
        options_(options),
        header_bytes_max_(header_bytes_max),
        watchdog_(loop, [this] { stream_.close(); }),
        upload_(loop) {
    progress_.sent_bytes_total = request.body.length_bytes();
  }

  async::Task<Exchanged> run() {
    std::function<void()> close = [this] { stream_.close(); };
    const auto hook = options_.stop.on_stop(close);
    watchdog_.watch(options_.idle_timeout);
    Exchanged exchanged{Error(ErrorKind::cancelled, "told to stop before anything was sent to " + request_.where)};
    if (options_.stop.stopped()) co_return exchanged;

    request_begun_ = true;
    if (request_.body.length_bytes() > BodySource::piece_bytes_max) {
      watchdog_.watch_speed(options_.low_speed_bytes_per_second, options_.low_speed_window);
      loop_.spawn(send());
    } else {
      co_await send();
    }
    // Whatever became of the sending, the answer is looked for: a refusal is often there before a cut is noticed.
    exchanged.outcome = co_await receive();
    exchanged.keep = exchanged.outcome.ok() && keep_ && upload_.finished;
    if (!upload_.finished) stream_.close();
    while (!upload_.finished)
      co_await upload_.wakeup.wait();
    if (!upload_.local.ok() && !exchanged.outcome.ok()) exchanged.outcome = upload_.local.error();
    exchanged.request_begun = request_begun_;
    exchanged.answer_begun = answer_begun_;
    exchanged.cut = cut_ && upload_.local.ok();
    co_return exchanged;
  }

 private:
  async::Task<void> send() {
    co_await send_pieces();
    upload_.finished = true;
    if (!receiving_body_) watchdog_.watch_speed(0, Duration(0));  // now it is the server's time to think
    upload_.wakeup.notify();
  }

  async::Task<void> send_pieces() {
    auto piece = request_.body.next();
    if (!piece.ok()) {
      upload_.local = piece.error();
      stream_.close();
      co_return;
    }
    // The head and the first piece leave together: one packet, one TLS record.
    std::string first = std::move(request_.head);
    first += *piece;
    std::string_view bytes = first;
    while (!bytes.empty()) {
      const ErrorCode failed = co_await write_all(stream_, bytes, watchdog_);
      if (failed) co_return;  // the reader learns what it was
      progress_.sent_bytes += piece->size();
      if (!piece->empty()) report();
      piece = request_.body.next();
      if (!piece.ok()) {
        upload_.local = piece.error();
        stream_.close();
        co_return;
      }
      bytes = *piece;
    }
  }

  async::Task<Result<Response>> receive() {
    std::unique_ptr<MessageParser> parser;
    for (;;) {
      parser = make_response_parser(header_bytes_max_, request_.head_only);
      const ReadStep step = co_await next_step(stream_, connection_.input, *parser, watchdog_);
      if (step.kind != ReadStep::Kind::head) co_return failure(step, "before it had answered");
      answer_begun_ = true;
      // 100 Continue, 103 Early Hints: the answer proper comes behind them.
      if (parser->head().status < 100 || parser->head().status >= 200) break;
      if (parser->head().status == 101) co_return broken_rule("switched protocols though nobody asked");
    }
    const bool keep_alive = parser->head().keep_alive;
    progress_.received_bytes_total = parser->head().content_length;
    Response response;
    response.status = parser->head().status;
    const auto coding = content_coding_of(parser->head().headers);
    if (coding == ContentCoding::unknown && response.is_success())
      co_return broken_rule("sent Content-Encoding " + std::string(*parser->head().headers.find("Content-Encoding")) +
                            " though identity was asked for");

    const bool to_file = options_.download_to && response.is_success();
    const std::uint64_t bytes_max = to_file ? options_.download_bytes_max : options_.body_bytes_max;
    auto sink = to_file ? BodySink::to_file(*options_.download_to, bytes_max) : Result<BodySink>(BodySink(bytes_max));
    if (!sink.ok()) co_return sink.error();
    BodyDecoder decoder(coding, *sink, bytes_max);
    receiving_body_ = true;
    watchdog_.watch_speed(options_.low_speed_bytes_per_second, options_.low_speed_window);
    const Status received = co_await receive_body(*parser, decoder, response.is_success());
    if (!received.ok()) co_return received.error();
    const Status finished = sink->finish();
    if (!finished.ok()) co_return finished.error();

    response.headers = parser->take_head().headers;
    if (coding == ContentCoding::gzip) {
      response.headers.remove("Content-Encoding");  // they told of what came, not of what is handed on
      response.headers.remove("Content-Length");
    }
    response.body_bytes = sink->bytes();
    response.body = sink->take_text();
    if (coding == ContentCoding::unknown) response.body.clear();  // nobody can read it
    if (to_file) response.saved_to = options_.download_to;
    keep_ = keep_alive && parser->done() && !stopped_early_ && connection_.input.empty();
    co_return response;
  }

  async::Task<Status> receive_body(MessageParser& parser, BodyDecoder& decoder, bool success) {
    for (;;) {
      const ReadStep step = co_await next_step(stream_, connection_.input, parser, watchdog_);
      if (step.kind == ReadStep::Kind::done) {
        const Status whole = decoder.finish();
        if (whole.ok() || !success) co_return Status();
        co_return Error(whole.error().kind,
                        "the answer of " + request_.where + " is not whole: " + whole.error().message);
      }
      if (step.kind != ReadStep::Kind::body) co_return failure(step, "within its answer" + how_far());
      const Status taken = decoder.take(step.body);
      if (!taken.ok() && taken.error().kind == ErrorKind::protocol) {
        stopped_early_ = true;
        // The status of a refusal matters more than the end of its page.
        if (!success) co_return Status();
        co_return broken_rule("answered with a body we do not take: " + taken.error().message);
      }
      if (!taken.ok()) co_return taken.error();
      progress_.received_bytes += step.body.size();
      report();
    }
  }

  std::string how_far() const {
    std::string text = " after " + format_count(progress_.received_bytes);
    if (progress_.received_bytes_total) text += " of " + format_count(*progress_.received_bytes_total);
    return text + " bytes";
  }

  Error broken_rule(const std::string& what) const {
    return Error(ErrorKind::protocol, request_.where + " " + what, "Is the URL (base_url) that of the API?");
  }

  Error failure(const ReadStep& step, const std::string& when) {
    if (options_.stop.stopped()) return Error(ErrorKind::cancelled, "told to stop while talking to " + request_.where);
    if (watchdog_.verdict() == Watchdog::Verdict::idle)
      return Error(ErrorKind::network,
                   "not a byte from or to " + request_.where + " for " + format_duration(options_.idle_timeout),
                   "The server or the network is stuck; idle_timeout is the limit.");
    if (watchdog_.verdict() == Watchdog::Verdict::slow)
      return Error(ErrorKind::network, "the transfer with " + request_.where + " was slower than " +
                                           format_bytes(options_.low_speed_bytes_per_second) + "/s for " +
                                           format_duration(options_.low_speed_window));
    if (speaks_tls())
      return Error(ErrorKind::protocol, request_.where + " speaks TLS, and the URL says http://",
                   "Write https:// in the URL (base_url).");
    if (step.kind == ReadStep::Kind::malformed)
      return Error(ErrorKind::protocol,
                   "the answer of " + request_.where + " cannot be read: " + step.complaint.message,
                   "Check host and port of the URL (base_url): is an HTTP server there?");
    cut_ = step.kind == ReadStep::Kind::nothing || is_cut(step.error);
    const std::string what =
        cut_ ? "closed the connection " + when : "could not be read " + when + ": " + step.error.message();
    Error error(ErrorKind::network, request_.where + " " + what);
    if (cut_ && !answer_begun_ && request_.is_plain)
      error.hint = "If that happens every time: is it an https server? Then write https:// in the URL (base_url).";
    return error;
  }

  // A TLS server answers plain HTTP with an alert record: type 21, version 3.x.
  bool speaks_tls() const {
    return request_.is_plain && !answer_begun_ && connection_.input.view().starts_with("\x15\x03");
  }

  void report() const {
    if (options_.on_progress) options_.on_progress(progress_);
  }

  async::Loop& loop_;
  Stream& stream_;
  Connection& connection_;
  PreparedRequest& request_;
  const SendOptions& options_;
  std::uint32_t header_bytes_max_;
  Watchdog watchdog_;
  Upload upload_;
  Progress progress_;
  bool request_begun_ = false;
  bool answer_begun_ = false;
  bool receiving_body_ = false;
  bool stopped_early_ = false;
  bool cut_ = false;
  bool keep_ = false;
};

}  // namespace

async::Task<Exchanged> exchange(async::Loop& loop, Connection& connection, PreparedRequest& request,
                                const SendOptions& options, std::uint32_t header_bytes_max) {
  Exchange one(loop, connection, request, options, header_bytes_max);
  co_return co_await one.run();
}

}  // namespace batchd::http
