#pragma once
// Internal to the room: a ServerRequest, put together the same way whether it came over a socket or from next door.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/http/body_sink.hpp"
#include "ground/http/handler.hpp"

namespace batchd::http {

// Names for spooled bodies that no other process, and no other server of this one, uses.
class SpoolNames {
 public:
  explicit SpoolNames(Path folder);
  Path next();

 private:
  Path folder_;
  std::string prefix_;
  std::uint64_t count_ = 0;
};

// Without its body.
ServerRequest make_server_request(Method method, std::string target, Headers headers, std::string peer);

// Collects a body by its plan: in memory, and beyond memory_bytes_max in a file.
class BodyCollector {
 public:
  BodyCollector(const BodyPlan& plan, SpoolNames& names);

  enum class Verdict { more, too_long, reset_here };
  Result<Verdict> take(std::string_view piece);
  Status finish(ServerRequest& request);

 private:
  std::uint64_t bytes_max_;
  std::uint64_t memory_bytes_max_;
  std::optional<std::uint64_t> reset_after_bytes_;
  SpoolNames& names_;
  BodySink sink_;
  Path spooled_;
};

// The answers the room gives by itself: plain text, and the connection closes.
ServerResponse plain_answer(int status, std::string text);

// A ServerResponse's body as what BodySource opens.
Body take_body(ServerResponse& response);

// Removes ServerResponse::remove_afterwards when the answer is over, however it ended.
class RemoveAfterwards {
 public:
  explicit RemoveAfterwards(std::optional<Path> path) : path_(std::move(path)) {}
  RemoveAfterwards(const RemoveAfterwards&) = delete;
  RemoveAfterwards& operator=(const RemoveAfterwards&) = delete;
  ~RemoveAfterwards() {
    if (path_) (void)remove_file(*path_);
  }

 private:
  std::optional<Path> path_;
};

}  // namespace batchd::http
