#pragma once
// The HTTP API (contract.md): what programs ask the daemon, and what they may make it do.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "doors/daemon/access.hpp"
#include "doors/daemon/event_feed.hpp"
#include "doors/daemon/metrics.hpp"
#include "doors/daemon/scheduler.hpp"
#include "ground/http/handler.hpp"

namespace batchd::daemon {

class Api final : public http::Handler {
 public:
  Api(runner::Surroundings& around, JobFolder& folder, RunPool& pool, Scheduler& scheduler, EventFeed& feed,
      Access& access, const job::Config& config, std::string version, Metrics& metrics);

  http::BodyPlan plan_body(const http::ServerRequest& head) override;
  http::ServerResponse refusal(int status, std::string text) override;
  async::Task<http::ServerResponse> handle(http::ServerRequest request) override;

  // What there is: the same table answers requests and makes /openapi.json.
  struct Call {
    const http::ServerRequest& request;
    std::vector<std::string> names;  // what stands in the place of {…}
    Visitor visitor;
  };
  using Answer = async::Task<http::ServerResponse>;
  struct Route {
    http::Method method;
    std::string_view pattern;  // "/api/v1/runs/{run}/items"
    std::string_view summary;
    Answer (Api::*answer)(const Call& call);
    std::optional<Scope> scope = {};  // nothing: `read` to look, `run` to change
    Scope needs() const { return scope.value_or(method == http::Method::get ? Scope::read : Scope::run); }
  };
  static std::span<const Route> routes();

  // Its id, an unambiguous beginning of it, or a job's newest: as RUN is on the command line. Of one that was not begun
  // only who may see content is told why.
  async::Task<Result<model::Run>> find(std::string name, Visitor visitor);

 private:
  Answer health(const Call&);
  Answer readiness(const Call&);
  Answer openapi(const Call&);
  Answer metrics(const Call&);
  Answer jobs(const Call&);
  Answer begin_run(const Call&);
  Answer runs(const Call&);
  Answer run(const Call&);
  Answer shards(const Call&);
  Answer items(const Call&);
  Answer item(const Call&);
  Answer results(const Call&);
  Answer cancel(const Call&);
  Answer resume(const Call&);
  Answer retry(const Call&);
  Answer pause(const Call&);
  Answer unpause(const Call&);
  Answer pauses(const Call&);
  Answer pause_job(const Call&);
  Answer unpause_job(const Call&);
  Answer pause_provider(const Call&);
  Answer unpause_provider(const Call&);
  Answer events(const Call&);
  Answer audit(const Call&);

  async::Task<std::optional<http::ServerResponse>> refusal_of(const Route& route, const http::ServerRequest& request,
                                                              Visitor& visitor);

  // The run as it stands; `note`: why nothing was changed, or what is.
  async::Task<http::ServerResponse> run_answer(int status, const Call& call, std::string id, std::string note = "");
  Answer pause_of(model::PauseOf of, std::string name, bool is_to_hold);
  async::Task<Error> told_of_lost_results(model::Run run);
  template <typename Function>
  auto on_sql(Function function) {
    return around_.sql.run(std::move(function));
  }

  runner::Surroundings& around_;
  JobFolder& folder_;
  RunPool& pool_;
  Scheduler& scheduler_;
  EventFeed& feed_;
  Access& access_;
  const job::Config& config_;
  std::string version_;
  Metrics& metrics_;
  GaugeReader gauges_;
};

}  // namespace batchd::daemon
