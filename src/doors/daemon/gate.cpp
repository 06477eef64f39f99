#include "doors/daemon/gate.hpp"

#include <algorithm>

#include "doors/daemon/problem.hpp"

namespace batchd::daemon {
namespace {

// Without its port: "localhost:8740", "[::1]:8740".
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? authority : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.rfind(':'));
}

bool changes_something(http::Method method) {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

// "http://127.0.0.1:8740" against "127.0.0.1:8740". Whether a proxy in front of us speaks TLS we cannot see.
bool is_own_origin(std::string_view origin, std::string_view authority) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme) && origin.substr(scheme.size()) == authority) return true;
  return false;
}

// No name that could be made to mean us: a page at an address is a page of ours.
bool is_address(std::string_view host) {
  return host.find(':') != host.npos || (!host.empty() && host.find_first_not_of("0123456789.") == host.npos);
}

bool is_known(std::string_view host, const std::vector<std::string>& hosts) {
  const bool takes_addresses = std::find(hosts.begin(), hosts.end(), any_address) != hosts.end();
  return is_loopback(host) || (takes_addresses && is_address(host)) ||
         std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& known) { return http::equal_without_case(host, known); });
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "127.0.0.1" || host == "::1" || http::equal_without_case(host, "localhost");
}

std::optional<http::ServerResponse> refusal_of(const http::ServerRequest& head, const std::vector<std::string>& hosts) {
  if (head.peer == "unix" || head.peer == "in-process") return std::nullopt;
  // Two of them: one for us, another for somebody between us and the client (RFC 9112, 3.2).
  if (head.headers.find_all("Host").size() > 1) return problem(400, "a request has one Host");
  const auto authority = head.headers.find("Host");
  if (!authority || !is_known(host_of(*authority), hosts))
    return problem(421, "this is not the host that was asked for",
                   "use an address it listens at, or add the name to serve.hosts in the config");
  if (!changes_something(head.method)) return std::nullopt;
  const auto origin = head.headers.find("Origin");
  const auto site = head.headers.find("Sec-Fetch-Site");
  const bool is_foreign =
      (origin && !is_own_origin(*origin, *authority)) || (site && *site != "same-origin" && *site != "none");
  if (is_foreign) return problem(403, "a page of another origin may not change anything here");
  return std::nullopt;
}

std::optional<http::ServerResponse> refusal_of_form(const http::ServerRequest& head) {
  if (head.peer == "unix" || head.peer == "in-process") return std::nullopt;
  if (head.headers.has("Origin") || head.headers.find("Sec-Fetch-Site") == "same-origin") return std::nullopt;
  return problem(403, "this is for the forms of the page, and does not come from one", "programs use the API");
}

}  // namespace batchd::daemon
