#pragma once
// Who may come to the door at all (who they are, and what they may, is access.hpp). What a page of somebody else's
// could do through the browser of a person is refused here.

#include <optional>
#include <string>
#include <vector>

#include "ground/http/handler.hpp"

namespace batchd::daemon {

// The refusal, or nothing. On TCP the Host must be an address of this machine, "localhost" or one of `hosts` (DNS
// rebinding), and what changes anything must not come from another origin's page (CSRF). On the Unix socket the file's
// mode has decided.
std::optional<http::ServerResponse> refusal_of(const http::ServerRequest& head,
                                               const std::vector<std::string>& hosts = {});

// Among `hosts`: whatever address it is asked by, for who listens at all of the machine's.
inline constexpr std::string_view any_address = "*";

// Besides, for what a page's form sends, which no program need send: on TCP the browser must say that it comes from a
// page of ours. One that says neither Origin nor Sec-Fetch-Site is refused: it would not say of a foreign page either.
std::optional<http::ServerResponse> refusal_of_form(const http::ServerRequest& head);

// "127.0.0.1", "::1" and "localhost" are; "0.0.0.0" is not.
bool is_loopback(std::string_view host);

}  // namespace batchd::daemon
