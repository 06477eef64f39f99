#pragma once
// Who asks, and what they may. On this machine's own doors whoever gets in may everything; as soon as others can reach
// the daemon, whoever comes by TCP shows a token.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/runner/surroundings.hpp"
#include "ground/http/handler.hpp"
#include "rules/model/access.hpp"

namespace batchd::daemon {

struct AccessRules {
  bool tokens_needed = false;      // of those who come by TCP
  std::vector<std::string> hosts;  // names under which the daemon may be asked, besides this machine's own
  bool is_encrypted = false;       // what comes by TCP came by TLS on its way
};

enum class Scope { none, read, content, run, admin };
std::string_view name_of(Scope scope);
bool allows(const model::Scopes& scopes, Scope needed);  // admin allows all

struct Visitor {
  std::string who;  // for the audit: "unix socket", "127.0.0.1", "token ci"
  model::Scopes scopes;
  bool is_by_token = false;
};

// May whoever asks see texts of rows and answers?
inline bool may_see_content(const Visitor& visitor) { return allows(visitor.scopes, Scope::content); }
// May whoever asks begin, cancel, retry and pause runs?
inline bool may_act(const Visitor& visitor) { return allows(visitor.scopes, Scope::run); }

class Access {
 public:
  static constexpr Duration tokens_kept = std::chrono::seconds(2);  // so long a revoked one may still be taken

  Access(runner::Surroundings& around, AccessRules rules) : around_(around), rules_(std::move(rules)) {}

  bool tokens_needed() const { return rules_.tokens_needed; }
  bool is_encrypted() const { return rules_.is_encrypted; }
  // The door itself: Host and Origin (gate.hpp). The refusal, or nothing.
  std::optional<http::ServerResponse> refusal_of(const http::ServerRequest& head) const;
  // denied: no token, an unknown, expired or revoked one. io: the tokens cannot be read.
  async::Task<Result<Visitor>> visitor_of(const http::ServerRequest& request);
  // `stream` for as long as `request` would still be let in: it is asked again before each piece.
  std::shared_ptr<http::BodyStream> guarded(std::shared_ptr<http::BodyStream> stream,
                                            const http::ServerRequest& request);
  // Writes down a change that was made.
  async::Task<void> note(Visitor visitor, std::string action, std::string object);

 private:
  static constexpr Duration between_warnings = std::chrono::minutes(1);

  async::Task<Status> look_up_tokens();
  void warn_of_stranger(const http::ServerRequest& request);

  runner::Surroundings& around_;
  AccessRules rules_;
  std::vector<model::ApiToken> tokens_;
  std::optional<Time> looked_at_;
  std::optional<Time> warned_at_;
  std::uint64_t strangers_ = 0;  // since
};

// What a client shows: "Authorization: Bearer …", or the cookie of somebody who has signed in on the page; "": nothing.
std::string shown_secret(const http::ServerRequest& request);
inline constexpr std::string_view token_cookie = "batchd_token";

}  // namespace batchd::daemon
