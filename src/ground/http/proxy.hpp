#pragma once
// Which calls go through an HTTP proxy, and through which. The rules are curl's; where they differ it is told. The
// environment is handed in; nothing here reads it.
//
//   http.proxy of the config   for every call, whatever NO_PROXY says (unlike curl); "none": no call goes through one
//   else, for https            https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY: the first that is set and not empty
//         for http             http_proxy, all_proxy, ALL_PROXY; not HTTP_PROXY, which in a CGI program is the
//                              client's "Proxy:" header
//   unless no_proxy, NO_PROXY  names the host; and never for localhost and loopback addresses (unlike curl, like Go:
//                              a server on this machine is not where a proxy could help)
//
// NO_PROXY is a list with commas or blanks between: "*" for all; "example.com" or ".example.com" for that host and all
// below it; an address; a block "10.0.0.0/8"; each with ":port" to mean that port alone (unlike curl).
// A proxy is "http://user:password@host:port"; "http://" may be left out, the port is 1080 when it is (as curl has it).
// Unlike curl no other kind is spoken: https:// and socks proxies are refused in words.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"
#include "ground/http/url.hpp"

namespace batchd::http {

struct Proxy {
  std::string host{};
  std::uint16_t port = 0;
  std::string authorization{};  // the value of Proxy-Authorization, or "": a secret, never shown
  std::string named_by{};       // "HTTPS_PROXY", "http.proxy"

  std::string describe() const;  // "the proxy 10.0.0.1:3128 named by HTTPS_PROXY"
  std::string way_out() const;   // what a person can change: for a hint
};

class ProxyChoice {
 public:
  static constexpr std::string_view none = "none";
  // One variable of the environment; nothing: it is not set.
  using ReadVariable = std::function<std::optional<std::string>(const char* name)>;

  ProxyChoice() = default;  // no call goes through a proxy
  // `configured`: http.proxy of the config, "" when it is not there. `read` is used here and not kept.
  ProxyChoice(std::string configured, const ReadVariable& read);

  // nothing: straight to the host. ErrorKind::invalid: the setting that speaks for this URL cannot be used.
  Result<std::optional<Proxy>> proxy_for(const Url& url) const;

 private:
  struct Setting {
    std::string value{};
    std::string name{};
  };
  static Setting first_of(const ReadVariable& read, std::initializer_list<const char*> names);

  Setting configured_;
  Setting for_http_;
  Setting for_https_;
  std::string no_proxy_;
};

// Does the list of a NO_PROXY name this host and port?
bool is_exempt(std::string_view no_proxy, std::string_view host, std::uint16_t port);

}  // namespace batchd::http
