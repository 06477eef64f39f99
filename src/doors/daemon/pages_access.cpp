// Who may see the pages: where tokens are needed, a person shows one in a form, and the browser keeps it in a cookie
// that no script can read and that goes to no other site.

#include <fmt/format.h>

#include "doors/daemon/page_pieces.hpp"
#include "doors/daemon/pages.hpp"
#include "doors/daemon/problem.hpp"
#include "ground/http/url.hpp"

namespace batchd::daemon {

using html::element;
using html::flag;
using html::lone_element;

namespace {

constexpr std::uint64_t form_bytes_max = 4 * 1024;
constexpr std::size_t secret_characters_max = 200;

// `kept`: how long; zero ends it. Where TLS is spoken it never goes out without.
std::string cookie_of(bool is_encrypted, std::string_view secret, std::chrono::seconds kept) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", token_cookie, secret, kept.count(),
                     is_encrypted ? "; Secure" : "");
}

constexpr std::chrono::seconds cookie_kept = std::chrono::hours(24 * 30);

bool is_secret(std::string_view text) {
  return !text.empty() && text.size() <= secret_characters_max &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") == text.npos;
}

}  // namespace

async::Task<std::variant<Visitor, http::ServerResponse>> Pages::let_in(const Route& route,
                                                                       const http::ServerRequest& request) {
  const auto needed = route.needs();
  if (needed == Scope::none) co_return Visitor();
  auto known = co_await access_.visitor_of(request);
  if (!known && known.error().kind != ErrorKind::denied) co_return trouble(known.error());
  if (!known) co_return asked_for_token(401, shown_secret(request).empty() ? "" : known.error().message);
  if (allows(known->scopes, needed)) co_return std::move(*known);
  co_return trouble(Error(ErrorKind::denied, fmt::format("{} lacks the scope \"{}\"", known->who, name_of(needed)),
                          "sign in with another token"));
}

http::ServerResponse Pages::asked_for_token(int status, const std::string& trouble) const {
  Page page;
  page.title = "Sign in";
  page.crumbs = {{"/sign-in", "Sign in"}};
  page.is_live = false;
  page.content = element("form", {{"method", "post"}, {"action", "/sign-in"}, {"class", "sign-in"}},
                         element("h1", {}, "Sign in"), element("label", {{"for", "token"}}, "Token"),
                         lone_element("input", {{"id", "token"},
                                                {"name", "token"},
                                                {"type", "password"},
                                                {"autocomplete", "current-password"},
                                                flag("required"),
                                                flag("autofocus")}),
                         element("button", {{"class", "primary"}}, "Sign in"));
  if (!trouble.empty()) page.content.add(element("p", {{"class", "complaint"}, {"role", "alert"}}, trouble));
  page.content.add(
      element("p", {{"class", "quiet"}}, "One is made on the daemon's machine: batchd token create NAME --scope read"));
  return shown(page, status);
}

Pages::Answer Pages::sign_in_form(const Call&) { co_return asked_for_token(401, ""); }

Pages::Answer Pages::sign_in(const Call& call) {
  const auto text = call.request.body_text(form_bytes_max);
  if (!text) co_return trouble(text.error());
  std::string secret;
  for (const auto& [name, value] : http::parse_query(*text))
    if (name == "token") secret = value;
  if (!is_secret(secret)) co_return asked_for_token(401, "this is no token");
  http::ServerRequest shown_now;
  shown_now.peer = call.request.peer;
  shown_now.headers.set("Authorization", "Bearer " + secret);
  const auto known = co_await access_.visitor_of(shown_now);
  if (!known) co_return asked_for_token(401, known.error().message);
  auto response = see_other("/");
  response.headers.set("Set-Cookie", cookie_of(access_.is_encrypted(), secret, cookie_kept));
  co_return response;
}

Pages::Answer Pages::sign_out(const Call&) {
  auto response = see_other("/sign-in");
  response.headers.set("Set-Cookie", cookie_of(access_.is_encrypted(), "", std::chrono::seconds(0)));
  co_return response;
}

}  // namespace batchd::daemon
