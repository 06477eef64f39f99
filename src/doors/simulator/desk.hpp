#pragma once
// Where requests are answered: the routes, each a plain function of the world, the request and the time. Used on one
// lane only.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "doors/simulator/dialect.hpp"
#include "doors/simulator/faults.hpp"
#include "doors/simulator/reply.hpp"
#include "doors/simulator/world.hpp"
#include "ground/http/handler.hpp"

namespace batchd::simulator {

inline constexpr std::uint64_t json_body_bytes_max = 32 * 1024 * 1024;

struct Call {
  const http::ServerRequest& request;
  Dialect dialect;
  Time now;
  std::uint64_t key;  // of this very call: what a fault draws from
};

class Desk {
 public:
  Desk(World& world, std::uint64_t seed, const Faults& faults) : world_(world), seed_(seed), faults_(faults) {}

  // `route` without the dialect's prefix. Asked for after the world was settled at call.now.
  http::ServerResponse answer(const Call& call, std::string_view route);

 private:
  bool hit(const Share& share, const Call& call) const { return share.hits(seed_, call.key); }

  http::ServerResponse file(const Call& call, std::string_view id);
  http::ServerResponse content(const Call& call, std::string_view id);
  http::ServerResponse upload(const Call& call);
  http::ServerResponse list_files(const Call& call);
  http::ServerResponse remove(const StoredFile& file);
  std::string told(const StoredFile& file) const;
  std::optional<std::uint64_t> length_of_first_half(const StoredFile& file) const;

  http::ServerResponse batch(const Call& call, std::string_view id);
  http::ServerResponse cancel(const Call& call, std::string_view id);
  http::ServerResponse create(const Call& call);
  http::ServerResponse list_batches(const Call& call);
  bool is_listed(const Call& call, const Batch& batch) const;
  std::string told(const Batch& batch, Time now) const;  // as the client is told of it
  Fate fate_of(std::uint64_t sequence) const;

  http::ServerResponse ask(const Call& call, std::string_view endpoint);
  http::ServerResponse models(const Call& call, std::string_view id);

  World& world_;
  std::uint64_t seed_;
  const Faults& faults_;
  std::uint64_t downloads_ = 0;  // of result files
};

// A page of a list: where it begins and how long it may be.
struct PageLimits {
  std::uint64_t usual;
  std::uint64_t most;
};
// What the query says, or the error it deserves.
struct Page {
  std::string after;  // "": from the beginning
  std::uint64_t limit = 0;
};
std::variant<Page, ApiError> page_of(const http::ServerRequest& request, PageLimits limits);

// {"object":"list","data":[…],"first_id",…,"last_id","has_more"}
struct Listed {
  std::string id;
  std::string json;
};
std::string list_body(const std::vector<Listed>& data, bool has_more);

std::string file_object(const StoredFile& file, std::string_view status = "processed");

}  // namespace batchd::simulator
