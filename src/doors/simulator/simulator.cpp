#include "doors/simulator/simulator.hpp"

#include <fmt/format.h>

#include "doors/simulator/bad_day.hpp"
#include "doors/simulator/desk.hpp"
#include "doors/simulator/draw.hpp"
#include "doors/simulator/world.hpp"
#include "ground/http/message.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint64_t multipart_bytes_max = 64 * 1024;  // of an upload, beside the file itself
constexpr std::string_view bearer = "Bearer ";

bool has_key(const http::ServerRequest& request) {
  const auto given = request.headers.find("Authorization");
  return given && given->starts_with(bearer) && given->size() > bearer.size();
}

bool is_upload(const http::ServerRequest& request) {
  const auto place = place_of(request.path);
  return place && place->route == "/files" && request.method == http::Method::post;
}

std::uint64_t content_length(const http::ServerRequest& request) {
  std::uint64_t length = 0;
  for (const char c : request.headers.find("Content-Length").value_or("")) {
    if (c < '0' || c > '9' || length > (1ull << 50)) return 0;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

// The world does its work on a lane of its own, one request after the other: the loop is never held up by a disk or by
// a million lines, and under a turned clock the order is always the same.
class WorldHandler final : public Simulator {
 public:
  WorldHandler(async::Loop& loop, const Settings& settings, const Faults& faults, World world)
      : clock_(settings.clock != nullptr ? *settings.clock : loop.clock()),
        seed_(settings.seed),
        faults_(faults),
        world_(std::move(world)),
        desk_(world_, seed_, faults_),
        bad_day_(seed_, faults_),
        lane_(loop, "simulator") {}

  http::BodyPlan plan_body(const http::ServerRequest& head) override {
    http::BodyPlan plan;
    if (!has_key(head)) {
      plan.answer_now = finished(error_answer(no_key()), clock_.now());
      return plan;
    }
    if (!is_upload(head)) {
      plan.bytes_max = json_body_bytes_max;
      return plan;
    }
    const Dialect dialect = place_of(head.path)->dialect;
    const std::uint64_t length = content_length(head);
    plan.bytes_max = limits_of(dialect).upload_bytes_max + multipart_bytes_max;
    if (length > plan.bytes_max) {
      const ApiError too_large{.status = dialect == Dialect::openai ? 413 : 400,
                               .message = dialect == Dialect::openai ? "File is too large." : "Payload Too Large",
                               .code = dialect == Dialect::openai ? "" : "BadRequest.TooLarge",
                               .param = "file"};
      plan.answer_now = finished(error_answer(too_large), clock_.now());
    }
    if (uploads_planned_++ < faults_.reset_upload.value) plan.reset_after_bytes = bad_day_.upload_cut(length);
    return plan;
  }

  async::Task<http::ServerResponse> handle(http::ServerRequest request) override {
    const Time now = clock_.now();
    const std::uint64_t number = ++calls_;
    const auto work = [this, &request, now, number] { return respond(request, now, number); };
    http::ServerResponse response = co_await lane_.run(work);
    co_return finished(std::move(response), now);
  }

 private:
  // Everything from here to finished() runs on the lane.
  http::ServerResponse respond(const http::ServerRequest& request, Time now, std::uint64_t number) {
    const auto place = place_of(request.path);
    if (!place) return error_answer(no_such_route(http::name_of(request.method), request.path));
    if (!has_key(request)) return error_answer(no_key());
    const Call call{request, place->dialect, now, mixed(world_.openings(), number)};
    auto refusal = bad_day_.refusal(call, number);
    http::ServerResponse response = refusal ? std::move(*refusal) : answer(call, place->route);
    bad_day_.spoil(call, place->route, response);
    return response;
  }

  http::ServerResponse answer(const Call& call, std::string_view route) {
    if (auto settled = world_.settle(call.now); !settled) return error_answer(broken_world(settled.error().message));
    return desk_.answer(call, route);
  }

  http::ServerResponse finished(http::ServerResponse response, Time now) const {
    response.headers.set("Date", format_http_date(now));
    response.headers.set("x-request-id", fmt::format("req_{:016x}", mixed(seed_, mixed(world_.openings(), calls_))));
    response.delay = faults_.slow_ms.value;
    return response;
  }

  const Clock& clock_;
  const std::uint64_t seed_;
  const Faults faults_;
  World world_;
  Desk desk_;
  BadDay bad_day_;
  std::uint64_t calls_ = 0;
  std::uint64_t uploads_planned_ = 0;
  async::Lane lane_;  // last: it is joined before what it works on goes
};

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::open(async::Loop& loop, Settings settings) {
  auto faults = parse_faults(settings.faults);
  if (!faults) return faults.error();
  auto world = World::open(settings, *faults);
  if (!world) return world.error().within("the simulator's world at " + settings.folder.string());
  return std::unique_ptr<Simulator>(std::make_unique<WorldHandler>(loop, settings, *faults, std::move(*world)));
}

}  // namespace batchd::simulator
