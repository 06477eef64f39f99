#include "doors/daemon/event_feed.hpp"

#include <charconv>

#include <fmt/format.h>

#include "doors/daemon/discretion.hpp"
#include "ground/json/writer.hpp"

namespace batchd::daemon {

namespace {

// The one that a shard is at, or its answers are from; "": none, as far as is known.
std::string batch_of(const engine::State& state, std::uint32_t shard) {
  const auto found = state.shards.find(shard);
  if (found == state.shards.end()) return {};
  const auto submission = state.submissions.find({shard, found->second.submission});
  return submission == state.submissions.end() ? std::string() : submission->second.batch_id;
}

std::string happening_json(const model::Run& run, const model::Happening& happening, const std::string& batch,
                           const std::string& text) {
  std::string data;
  json::Writer writer(data);
  writer.begin_object().key("run").string(run.id).key("job").string(run.job);
  writer.key("time").string(format_utc(happening.at, true)).key("shard").unsigned_integer(happening.shard);
  writer.key("batch");
  batch.empty() ? writer.null() : writer.string(batch);
  writer.key("kind").string(happening.kind).key("text").string(text).end_object();
  return data;
}

}  // namespace

struct EventFeed::Shared {
  Shared(async::Loop& on, std::string begun) : loop(on), beginning(std::move(begun)), happened(on) {}
  async::Loop& loop;
  std::string beginning;
  async::Wakeup happened;
  std::deque<Event> events;
  std::uint64_t newest = 0;
  std::size_t followers = 0;
  bool closed = false;
};

// One client's place in the feed.
class EventFeed::Follower final : public http::BodyStream {
 public:
  Follower(std::shared_ptr<Shared> shared, std::uint64_t seen, bool begins_anew, bool with_words)
      : shared_(std::move(shared)), seen_(seen), begins_anew_(begins_anew), with_words_(with_words) {
    ++shared_->followers;
  }
  ~Follower() override { --shared_->followers; }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  async::Task<std::optional<std::string>> next(async::StopToken gone) override {
    if (std::exchange(begins_anew_, false))
      co_return fmt::format("id: {}-{}\nevent: reset\ndata: {{}}\n\n", shared_->beginning, seen_);
    const auto ends = gone.on_stop([this] { shared_->happened.notify(); });
    const auto silent_since = shared_->loop.clock().now();
    while (!shared_->closed && !gone.stopped()) {
      if (shared_->newest > seen_) co_return take();
      if (shared_->loop.clock().now() - silent_since >= comment_every) co_return std::string(": still here\n\n");
      co_await wait_a_while(gone);
    }
    co_return std::nullopt;
  }

 private:
  static constexpr std::size_t piece_bytes_max = 256 * 1024;

  async::Task<void> wait_a_while(async::StopToken gone) {
    async::StopToken woken;
    async::TaskGroup group(shared_->loop);
    const auto forward = gone.on_stop([&] { woken.stop(); });
    const auto asleep = [](Shared& shared, async::StopToken until) -> async::Task<void> {
      (void)co_await shared.loop.sleep_for(comment_every, until);
      shared.happened.notify();
    };
    group.spawn(asleep(*shared_, woken));
    co_await shared_->happened.wait();
    woken.stop();
    co_await group.join();
  }

  // What came behind what was seen; of what is forgotten nothing.
  std::string take() {
    std::string text;
    for (const auto& event : shared_->events) {
      if (event.number <= seen_) continue;
      if (text.size() > piece_bytes_max) break;
      text += with_words_ || event.discreet.empty() ? event.text : event.discreet;
      seen_ = event.number;
    }
    return text;
  }

  std::shared_ptr<Shared> shared_;
  std::uint64_t seen_;
  bool begins_anew_;
  bool with_words_;
};

EventFeed::EventFeed(async::Loop& loop, Log& log, std::string beginning)
    : log_(log), shared_(std::make_shared<Shared>(loop, std::move(beginning))) {}

void EventFeed::add(std::string_view kind, const std::string& data, const std::string& discreet) {
  auto& shared = *shared_;
  const auto number = ++shared.newest;
  const auto event_of = [&](const std::string& its) {
    return fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", shared.beginning, number, kind, its);
  };
  shared.events.push_back({number, event_of(data), discreet.empty() ? std::string() : event_of(discreet)});
  if (shared.events.size() > events_max) shared.events.pop_front();
  shared.happened.notify();
}

void EventFeed::on_prepared(const model::Run& run, const std::vector<model::Shard>& shards) {
  std::string data;
  json::Writer writer(data);
  writer.begin_object().key("run").string(run.id).key("job").string(run.job);
  writer.key("items").unsigned_integer(run.items).key("shards").unsigned_integer(shards.size()).end_object();
  add("prepared", data);
}

void EventFeed::on_changed(const engine::State& state, const model::Changes& changes) {
  const auto& run = state.run;
  for (const auto& happening : changes.happenings) {
    std::vector<LogField> fields{{"run", run.id}, {"job", run.job}};
    if (happening.shard > 0) fields.push_back({"shard", std::to_string(happening.shard)});
    const auto batch = batch_of(state, happening.shard);
    if (!batch.empty()) fields.push_back({"batch", batch});
    log_.info(happening.text, fields);
    const auto discreet = discreet_text(happening);
    const auto data = happening_json(run, happening, batch, happening.text);
    add("happening", data, discreet == happening.text ? "" : happening_json(run, happening, batch, discreet));
  }
  if (!changes.run) return;
  std::string data;
  json::Writer writer(data);
  writer.begin_object().key("run").string(run.id).key("job").string(run.job);
  writer.key("state").string(name_of(run.state)).key("waiting_for");
  run.waiting.what == model::WaitingFor::nothing ? writer.null() : writer.string(name_of(run.waiting.what));
  writer.end_object();
  add("run", data);
}

void EventFeed::on_reported(const model::Run& run, const Path&, const std::string&) {
  std::string data;
  json::Writer writer(data);
  writer.begin_object().key("run").string(run.id).key("job").string(run.job).end_object();
  add("reported", data);
}

std::shared_ptr<http::BodyStream> EventFeed::follow(std::string_view last_id, bool with_words) {
  const auto& shared = *shared_;
  const auto oldest = shared.events.empty() ? shared.newest : shared.events.front().number - 1;
  std::uint64_t seen = 0;
  const auto dash = last_id.rfind('-');
  const auto digits = dash == std::string_view::npos ? std::string_view() : last_id.substr(dash + 1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), seen);
  const bool is_ours = !digits.empty() && fault == std::errc() && end == digits.data() + digits.size() &&
                       last_id.substr(0, dash) == shared.beginning && seen >= oldest && seen <= shared.newest;
  return std::make_shared<Follower>(shared_, is_ours ? seen : shared.newest, !is_ours, with_words);
}

std::size_t EventFeed::followers() const { return shared_->followers; }

void EventFeed::close() {
  shared_->closed = true;
  shared_->happened.notify();
}

}  // namespace batchd::daemon
