#pragma once
// What befalls a call whatever it asks for: before it is looked at (refused for nothing), and after it was answered
// (the answer spoiled on its way). What was asked for is done in the second case, and the journal knows it.

#include <cstdint>
#include <optional>

#include "doors/simulator/desk.hpp"
#include "doors/simulator/faults.hpp"
#include "ground/http/handler.hpp"

namespace batchd::simulator {

class BadDay {
 public:
  BadDay(std::uint64_t seed, const Faults& faults) : seed_(seed), faults_(faults) {}

  // Instead of an answer. `number`: the call's, from 1.
  std::optional<http::ServerResponse> refusal(const Call& call, std::uint64_t number) const;

  // `route` without the dialect's prefix.
  void spoil(const Call& call, std::string_view route, http::ServerResponse& response) const;

  // How much of an upload of that length is read before it is cut off.
  std::uint64_t upload_cut(std::uint64_t length) const { return cut_of(length); }

 private:
  http::ServerResponse throttled(Dialect dialect, const Call& call) const;
  http::ServerResponse later(http::ServerResponse response, const Call& call) const;
  std::uint64_t cut_of(std::uint64_t length) const;
  void spoil_download(const Call& call, http::ServerResponse& response) const;

  std::uint64_t seed_;
  const Faults& faults_;
};

}  // namespace batchd::simulator
