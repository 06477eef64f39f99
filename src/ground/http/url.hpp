#pragma once
// URLs: taken apart, and their values percent-encoded.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/base/result.hpp"

namespace batchd::http {

struct Url {
  std::string scheme{};  // "http" or "https"
  std::string host{};    // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;
  bool port_is_default = true;
  std::string target{};  // path and query as they go on the request line; at least "/"

  bool is_tls() const { return scheme == "https"; }
  std::string authority() const;  // for Host and for people: "host", "host:8443", "[::1]:8080"
  std::string origin() const;     // "https://host:443", always with the port: what a connection is kept under
};

// Absolute http and https URLs. A user name, password or fragment is refused (ErrorKind::invalid with a hint).
Result<Url> parse_url(std::string_view text);

// A base URL as a user writes it in a config: parse_url's rules, no query; comes back without a trailing "/", so that
// base + "/files" is right.
Result<std::string> normalize_base_url(std::string_view text);

// Where `reference` (a Location: absolute, or relative to `base`) leads; without a "#" part. parse_url's rules hold.
Result<std::string> resolve_url(std::string_view base, std::string_view reference);

// Everything but A-Z a-z 0-9 - . _ ~ is encoded: right for a query value and for one path segment (an id may hold
// anything).
std::string percent_encode(std::string_view value);
// "%41" → "A"; plus_is_space for queries. A broken escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

// "a=1&b=x%20y", decoded, in order; a name without "=" has an empty value.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
// The reverse: "?a=1&b=x%20y", or "" for no pairs.
std::string format_query(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace batchd::http
