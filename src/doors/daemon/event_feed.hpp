#pragma once
// What happens in all runs, as server-sent events. Each has a number; who was away for a while asks for what is behind
// the last one it saw (Last-Event-ID), as far as it is remembered.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/runner/observer.hpp"
#include "ground/async/loop.hpp"
#include "ground/base/log.hpp"
#include "ground/http/handler.hpp"

namespace batchd::daemon {

class EventFeed final : public runner::Observer {
 public:
  static constexpr std::size_t events_max = 10'000;                    // remembered
  static constexpr Duration comment_every = std::chrono::seconds(15);  // into the silence: is anybody there?

  // `beginning` tells this process's numbers from those of another: a client that knows those begins anew. What happens
  // to runs stands in the log, too.
  EventFeed(async::Loop& loop, Log& log, std::string beginning);

  void on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) override;
  void on_changed(const engine::State& state, const model::Changes& changes) override;
  void on_reported(const model::Run& run, const Path& folder, const std::string& summary) override;

  // Everything behind `last_id`; "" or one that is not known any more: first an event `reset`, then what comes.
  // Without `with_words` what providers may have said is kept back (discretion.hpp).
  std::shared_ptr<http::BodyStream> follow(std::string_view last_id, bool with_words = true);
  std::size_t followers() const;
  void close();  // every stream ends

 private:
  struct Event {
    std::uint64_t number = 0;
    std::string text;      // as it goes out
    std::string discreet;  // the same without words that may quote a row; "": it has none
  };
  struct Shared;
  class Follower;
  // `discreet`: the data for who may not see content, where that is another.
  void add(std::string_view kind, const std::string& data, const std::string& discreet = "");

  Log& log_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace batchd::daemon
