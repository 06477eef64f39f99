// The one place that instantiates Beast: its parsers for requests and for responses.
#include "ground/http/parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace batchd::http {

namespace beast = boost::beast;
using ErrorCode = beast::error_code;

namespace {

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

template <bool is_request>
class BeastParser final : public MessageParser, private beast::http::basic_parser<is_request> {
  using Base = beast::http::basic_parser<is_request>;

 public:
  explicit BeastParser(std::uint32_t header_bytes_max, bool without_body) {
    Base::header_limit(header_bytes_max);
    Base::body_limit(boost::none);  // limits on bodies are ours: they know files from memory
    Base::eager(false);             // one step at a time, so that `piece_` is enough
    Base::skip(without_body);
  }

  Result<Piece> put(std::string_view bytes) override {
    piece_ = Piece();
    ErrorCode error;
    piece_.used = Base::put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error == beast::http::error::need_more) {
      piece_.wants_more = true;
    } else if (error == beast::http::error::header_limit) {
      return Error(ErrorKind::protocol, "its header is longer than the limit");
    } else if (error) {
      return Error(ErrorKind::protocol, "it is not HTTP/1.1 (" + error.message() + ")");
    }
    if (Base::is_header_done() && !head_finished_) finish_head();
    return piece_;
  }

  bool head_done() const override { return head_finished_; }
  bool done() const override { return Base::is_done(); }

  bool ends_with_connection() override {
    if (!head_finished_ || !Base::need_eof()) return false;
    ErrorCode error;
    Base::put_eof(error);
    return !error;
  }

  const MessageHead& head() const override { return head_; }
  MessageHead take_head() override { return std::move(head_); }

 private:
  void finish_head() {
    head_finished_ = true;
    if (const auto length = Base::content_length()) head_.content_length = *length;
    head_.chunked = Base::chunked();
    head_.until_close = !is_request && Base::need_eof() && !Base::is_done();
    head_.keep_alive = Base::keep_alive();
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int,
                       ErrorCode&) override {
    head_.method = view(method);
    head_.target = view(target);
  }
  void on_response_impl(int status, beast::string_view, int, ErrorCode&) override { head_.status = status; }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, ErrorCode& error) override {
    if (head_finished_) return;  // trailers tell us nothing
    if (!is_header_value(view(value))) {
      error = beast::http::error::bad_value;
      return;
    }
    head_.headers.add(std::string(view(name)), std::string(view(value)));
  }
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(beast::string_view body, ErrorCode&) override {
    piece_.body = view(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, ErrorCode&) override {
    piece_.body = view(body);
    return body.size();
  }
  void on_finish_impl(ErrorCode&) override {}

  MessageHead head_;
  Piece piece_;
  bool head_finished_ = false;
};

}  // namespace

std::unique_ptr<MessageParser> make_request_parser(std::uint32_t header_bytes_max) {
  return std::make_unique<BeastParser<true>>(header_bytes_max, false);
}

std::unique_ptr<MessageParser> make_response_parser(std::uint32_t header_bytes_max, bool without_body) {
  return std::make_unique<BeastParser<false>>(header_bytes_max, without_body);
}

}  // namespace batchd::http
