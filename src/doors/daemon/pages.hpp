#pragma once
// The page at `/`, for people with a browser: HTML made here, without a script usable, with it live. Everything else is
// the API's: what a form asks for is asked of it as a program would, so that both heed the same rules.

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "doors/daemon/api.hpp"
#include "doors/daemon/home_page.hpp"
#include "doors/daemon/item_page.hpp"
#include "doors/daemon/page_pieces.hpp"
#include "line/report/queue_times.hpp"

namespace batchd::daemon {

// HTML under the pages' policy.
http::ServerResponse page_answer(std::string html, int status = 200);

class Pages final : public http::Handler {
 public:
  // `spool_folder`: for exports on their way.
  Pages(runner::Surroundings& around, JobFolder& folder, RunPool& pool, Scheduler& scheduler, Api& api, Access& access,
        const job::Config& config, Path spool_folder, std::string version);

  http::BodyPlan plan_body(const http::ServerRequest& head) override;
  http::ServerResponse refusal(int status, std::string text) override { return api_.refusal(status, std::move(text)); }
  async::Task<http::ServerResponse> handle(http::ServerRequest request) override;

  struct Call {
    const http::ServerRequest& request;
    std::vector<std::string> names;  // what stands in the place of {…}
    Visitor visitor;
  };
  using Answer = async::Task<http::ServerResponse>;
  struct Route {
    http::Method method;
    std::string_view pattern;
    Answer (Pages::*answer)(const Call& call);
    std::optional<Scope> scope = {};  // nothing: `read` to look, `run` to change
    Scope needs() const { return scope.value_or(method == http::Method::get ? Scope::read : Scope::run); }
  };
  static std::span<const Route> routes();

 private:
  Answer home(const Call&);
  Answer job(const Call&);
  Answer run(const Call&);
  Answer items(const Call&);
  Answer item(const Call&);
  Answer item_by_id(const model::Run& run, std::string id);
  Answer result_file(const Call&);
  Answer results_csv(const Call&);
  Answer begin(const Call&);
  Answer act(const Call&);
  Answer retry(const Call&);
  Answer sign_in_form(const Call&);
  Answer sign_in(const Call&);
  Answer sign_out(const Call&);

  // Who asks; or what is answered instead: the form in which a token can be shown, or why that one does not do.
  async::Task<std::variant<Visitor, http::ServerResponse>> let_in(const Route& route,
                                                                  const http::ServerRequest& request);
  http::ServerResponse asked_for_token(int status, const std::string& trouble) const;
  http::ServerResponse shown(Page page, int status = 200) const;
  http::ServerResponse trouble(const Error& error) const;
  // A POST of the API's, as whoever sent the form.
  Answer ask_api(const http::ServerRequest& from, std::string target, Fields query, std::optional<std::string> key);

  JobLine line_of(const WatchedJob& watched) const;
  Status fill(JobLine& line, bool shows_content);                                                  // on the lane
  Result<std::vector<RunLine>> lines_of(const std::vector<model::Run>& runs);                      // on the lane
  Result<std::vector<GoingOn>> going_on(const std::vector<model::Run>& runs, bool shows_content);  // on the lane
  const report::QueueHistory& history_of(const std::string& provider);                             // on the lane
  std::string currency_of(const std::string& provider) const;
  std::string begin_key();
  template <typename Function>
  auto on_sql(Function function) {
    return around_.sql.run(std::move(function));
  }

  struct KnownHistory {
    Time read_at{};
    report::QueueHistory history;
  };

  runner::Surroundings& around_;
  JobFolder& folder_;
  RunPool& pool_;
  Scheduler& scheduler_;
  Api& api_;
  Access& access_;
  const job::Config& config_;
  Path spool_folder_;
  std::string version_;
  std::map<std::string, KnownHistory> histories_;  // by provider; only the lane's thread touches it
};

}  // namespace batchd::daemon
