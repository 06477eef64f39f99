#pragma once
// What a server does with a request: the same interface behind real sockets (server.hpp) and in process
// (in_process_transport.hpp). A response may also misbehave on purpose: the simulator rehearses bad days with it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ground/async/loop.hpp"
#include "ground/base/files.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

// A request body that was too large for memory. The file is removed with its owner, unless taken.
class SpooledFile {
 public:
  SpooledFile() = default;
  SpooledFile(Path path, std::uint64_t size_bytes) : path_(std::move(path)), size_bytes_(size_bytes) {}
  SpooledFile(SpooledFile&& other) noexcept;
  SpooledFile& operator=(SpooledFile&& other) noexcept;
  ~SpooledFile();

  const Path& path() const { return path_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  Path take();  // the file is the caller's now

 private:
  Path path_;  // empty: owns nothing
  std::uint64_t size_bytes_ = 0;
};

struct ServerRequest {
  Method method = Method::get;
  std::string target{};                                      // as it came: "/v1/files?limit=2"
  std::string path{};                                        // without the query, percent-decoded
  std::vector<std::pair<std::string, std::string>> query{};  // decoded, in order
  Headers headers{};
  std::variant<std::string, SpooledFile> body{};  // a string up to BodyPlan::memory_bytes_max
  std::string peer{};                             // "127.0.0.1:53112", "unix", "in-process"

  std::optional<std::string_view> find_query(std::string_view name) const;  // the first
  std::uint64_t body_bytes() const;
  // The body as text, also from the spool; ErrorKind::invalid when longer than bytes_max.
  Result<std::string> body_text(std::uint64_t bytes_max) const;
};

// A body whose end nobody knows yet, such as events as they happen. Behind it the connection closes.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next piece, not empty; nothing: that was all. Waits as long as it takes, but ends soon after `gone` is stopped:
  // the server is ending. That the client has gone shows when a piece cannot be sent, so send one now and then.
  virtual async::Task<std::optional<std::string>> next(async::StopToken gone) = 0;
};

struct ServerResponse {
  int status = 200;
  Headers headers{};  // Content-Length, Date and Connection are added
  std::variant<std::monostate, std::string, FileRange> body{};
  std::shared_ptr<BodyStream> stream{};     // instead of body
  bool close = false;                       // do not keep the connection
  std::optional<Path> remove_afterwards{};  // a temporary file behind `body`

  // Misbehaviour on purpose.
  Duration delay{0};   // before the first byte, on the loop's timers
  bool reset = false;  // no answer: the connection is cut (RST)
  std::optional<std::uint64_t>
      cut_after_body_bytes{};  // the head promises all, then the connection is cut after so many
};

// What to do with a body that is about to come.
struct BodyPlan {
  std::uint64_t bytes_max = 1ull << 30;              // longer: 413, without reading on
  std::uint64_t memory_bytes_max = 1024 * 1024;      // longer: into a file in the spool folder
  std::optional<ServerResponse> answer_now{};        // answer without reading the body (401, 404, 413); the handler is
                                                     // not called and the connection closes
  std::optional<std::uint64_t> reset_after_bytes{};  // misbehaviour: the connection is cut when so much has been read
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Asked when the head has come, before the body is read; `head` has an empty body. May be left alone.
  virtual BodyPlan plan_body(const ServerRequest& head);
  // How a request is refused that the server itself cannot take: it is not HTTP (400), its method is not known (501),
  // its body is too long (413) or cannot be stored (507), or the file of its answer cannot be read (500). `text` is a
  // sentence. Unless said otherwise it is plain text. Must be ready at once.
  virtual ServerResponse refusal(int status, std::string text);
  // Several may be under way at once. Not called when the client has gone before its request was whole.
  virtual async::Task<ServerResponse> handle(ServerRequest request) = 0;
};

}  // namespace batchd::http
