#include "doors/daemon/access.hpp"

#include <fmt/format.h>

#include "doors/daemon/gate.hpp"
#include "ground/base/hash.hpp"
#include "ground/base/secret.hpp"

namespace batchd::daemon {
namespace {

constexpr model::Scopes everything{true, true, true, true};

bool is_local(const std::string& peer) { return peer == "unix" || peer == "in-process"; }

// Without its port.
std::string host_of_peer(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

Error no_way_in(std::string detail) {
  return {ErrorKind::denied, std::move(detail),
          "`batchd token create NAME --scope read` makes one, on the daemon's machine"};
}

}  // namespace

namespace {

class GuardedStream final : public http::BodyStream {
 public:
  GuardedStream(Access& access, std::shared_ptr<http::BodyStream> stream, const http::ServerRequest& request)
      : access_(access), stream_(std::move(stream)) {
    shown_.headers = request.headers;
    shown_.peer = request.peer;
  }
  async::Task<std::optional<std::string>> next(async::StopToken gone) override {
    auto piece = co_await stream_->next(gone);
    const auto known = co_await access_.visitor_of(shown_);
    if (!known) co_return std::nullopt;
    co_return piece;
  }

 private:
  Access& access_;
  std::shared_ptr<http::BodyStream> stream_;
  http::ServerRequest shown_;  // what was shown at the door
};

}  // namespace

std::shared_ptr<http::BodyStream> Access::guarded(std::shared_ptr<http::BodyStream> stream,
                                                  const http::ServerRequest& request) {
  if (shown_secret(request).empty()) return stream;
  return std::make_shared<GuardedStream>(*this, std::move(stream), request);
}

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::none:
      return "none";
    case Scope::read:
      return "read";
    case Scope::content:
      return "content";
    case Scope::run:
      return "run";
    case Scope::admin:
      return "admin";
  }
  return "";
}

bool allows(const model::Scopes& scopes, Scope needed) {
  if (scopes.admin) return true;
  switch (needed) {
    case Scope::none:
      return true;
    case Scope::read:
      return scopes.read;
    case Scope::content:
      return scopes.content;
    case Scope::run:
      return scopes.run;
    case Scope::admin:
      return false;
  }
  return false;
}

std::string shown_secret(const http::ServerRequest& request) {
  constexpr std::string_view scheme = "Bearer ";
  if (const auto shown = request.headers.find("Authorization"))
    return shown->size() > scheme.size() && http::equal_without_case(shown->substr(0, scheme.size()), scheme)
               ? std::string(shown->substr(scheme.size()))
               : std::string();
  for (const auto cookies : request.headers.find_all("Cookie")) {
    for (std::size_t at = 0; at < cookies.size();) {
      const auto end = std::min(cookies.find(';', at), cookies.size());
      auto one = cookies.substr(at, end - at);
      while (one.starts_with(' '))
        one.remove_prefix(1);
      if (one.starts_with(token_cookie) && one.substr(token_cookie.size()).starts_with('='))
        return std::string(one.substr(token_cookie.size() + 1));
      at = end + 1;
    }
  }
  return {};
}

std::optional<http::ServerResponse> Access::refusal_of(const http::ServerRequest& head) const {
  return daemon::refusal_of(head, rules_.hosts);
}

async::Task<Status> Access::look_up_tokens() {
  const auto now = around_.loop.clock().now();
  if (looked_at_ && now - *looked_at_ < tokens_kept && now >= *looked_at_) co_return Status();
  auto look = [&] { return around_.store.tokens(); };
  auto tokens = co_await around_.sql.run(look);
  if (!tokens) co_return tokens.error();
  tokens_ = std::move(*tokens);
  looked_at_ = now;
  co_return Status();
}

// Somebody who tries many must not fill the log.
void Access::warn_of_stranger(const http::ServerRequest& request) {
  const auto now = around_.loop.clock().now();
  ++strangers_;
  if (warned_at_ && now - *warned_at_ < between_warnings && now >= *warned_at_) return;
  around_.log.warning(
      "a token that nobody made was shown",
      {{"peer", host_of_peer(request.peer)}, {"times_since_the_last_word", std::to_string(strangers_)}});
  warned_at_ = now;
  strangers_ = 0;
}

async::Task<Result<Visitor>> Access::visitor_of(const http::ServerRequest& request) {
  const auto secret = shown_secret(request);
  if (is_local(request.peer)) co_return Visitor{"unix socket", everything, false};
  // A browser shows its cookies to every port of a host: one that another daemon gave says nothing here.
  if (!rules_.tokens_needed && !request.headers.has("Authorization"))
    co_return Visitor{host_of_peer(request.peer), everything, false};
  if (secret.empty()) co_return no_way_in("this daemon wants a token: Authorization: Bearer …");
  if (auto known = co_await look_up_tokens(); !known) co_return known.error();
  const auto hash = sha256_hex(secret);
  const auto now = around_.loop.clock().now();
  const model::ApiToken* shown = nullptr;
  for (const auto& token : tokens_)  // all of them, however early one fits
    if (equal_in_constant_time(token.hash, hash)) shown = &token;
  if (!shown) warn_of_stranger(request);
  if (!shown) co_return no_way_in("there is no such token");
  if (shown->revoked_at) co_return no_way_in(fmt::format("the token \"{}\" was revoked", shown->name));
  if (shown->expires_at && *shown->expires_at <= now)
    co_return no_way_in(fmt::format("the token \"{}\" has expired", shown->name));
  co_return Visitor{fmt::format("token {}", shown->name), shown->scopes, true};
}

async::Task<void> Access::note(Visitor visitor, std::string action, std::string object) {
  model::AuditEntry entry;
  entry.at = around_.loop.clock().now();
  entry.who = std::move(visitor.who);
  entry.action = std::move(action);
  entry.object = std::move(object);
  auto keep = [&] { return around_.store.add_audit_entry(entry); };
  if (const auto kept = co_await around_.sql.run(keep); !kept)
    around_.log.error("cannot keep who changed what", {{"why", kept.error().message}, {"who", entry.who}});
}

}  // namespace batchd::daemon
