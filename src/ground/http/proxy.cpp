#include "ground/http/proxy.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include <boost/asio/ip/address.hpp>

#include "ground/base/base64.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

namespace ip = boost::asio::ip;

namespace {

constexpr std::uint16_t usual_port = 1080;
constexpr std::size_t address_bytes_max = 4 * 1024;

std::optional<ip::address> address_from(std::string_view text) {
  boost::system::error_code error;
  auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  // ::ffff:10.0.0.1 is 10.0.0.1.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

template <typename Bytes>
bool same_bits(const Bytes& left, const Bytes& right, unsigned bits) {
  for (std::size_t i = 0; i < left.size() && bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const unsigned mask = (0xFF00u >> here) & 0xFFu;
    if ((left[i] & mask) != (right[i] & mask)) return false;
    bits -= here;
  }
  return true;
}

std::optional<unsigned> number_from(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool in_block(const ip::address& address, std::string_view block) {
  const auto slash = block.find('/');
  const auto base = address_from(block.substr(0, slash));
  if (!base || base->is_v4() != address.is_v4()) return false;
  if (slash == block.npos) return *base == address;
  const auto bits = number_from(block.substr(slash + 1));
  if (!bits || *bits > (address.is_v4() ? 32u : 128u)) return false;
  return address.is_v4() ? same_bits(base->to_v4().to_bytes(), address.to_v4().to_bytes(), *bits)
                         : same_bits(base->to_v6().to_bytes(), address.to_v6().to_bytes(), *bits);
}

// Takes ":8080" off the end of an entry. An IPv6 address has colons of its own: a port stands behind its bracket only.
std::optional<unsigned> take_port(std::string_view& entry) {
  const auto colon = entry.rfind(':');
  const bool bracketed = entry.starts_with('[');
  if (colon == entry.npos) return std::nullopt;
  if (bracketed ? entry[colon - 1] != ']' : entry.find(':') != colon) return std::nullopt;
  const auto port = number_from(entry.substr(colon + 1));
  if (port) entry.remove_suffix(entry.size() - colon);
  return port;
}

bool is_below(std::string_view host, std::string_view domain) {
  if (host.size() < domain.size() || !equal_without_case(host.substr(host.size() - domain.size()), domain))
    return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

bool names(std::string_view entry, std::string_view host, std::uint16_t port) {
  if (const auto only = take_port(entry); only && *only != port) return false;
  if (entry == "*") return true;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (const auto address = address_from(host)) return in_block(*address, entry);
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  while (entry.starts_with('.'))
    entry.remove_prefix(1);
  if (entry.ends_with('.')) entry.remove_suffix(1);
  if (host.ends_with('.')) host.remove_suffix(1);
  return !entry.empty() && is_below(host, entry);
}

bool is_this_machine(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = address_from(host);
  return address && address->is_loopback();
}

// The text of the setting is never repeated: a password may stand anywhere in what is not a proper address.
Error unusable(std::string_view name, std::string_view why) {
  return Error(ErrorKind::invalid, "the proxy named by " + std::string(name) + " cannot be used: " + std::string(why),
               "Write it like http://host:port or http://user:password@host:port; `proxy: none` under the provider's "
               "`http` goes without one.");
}

Result<Proxy> proxy_from(std::string_view text, const std::string& name) {
  if (text.size() > address_bytes_max) return unusable(name, "its address is longer than 4 KiB");
  const auto scheme_end = text.find("://");
  const auto scheme = scheme_end == text.npos ? std::string_view("http") : text.substr(0, scheme_end);
  if (scheme_end != text.npos) text.remove_prefix(scheme_end + 3);
  if (equal_without_case(scheme, "https"))
    return unusable(name,
                    "its address begins with https://, and TLS to the proxy itself is not spoken (what is sent "
                    "through the proxy to an https:// address is encrypted all the same)");
  if (!equal_without_case(scheme, "http")) {
    const bool is_socks = scheme.size() >= 5 && equal_without_case(scheme.substr(0, 5), "socks");
    return unusable(name, is_socks ? "it is a SOCKS proxy, and only HTTP proxies are spoken to"
                                   : "its address does not begin with http://");
  }
  text = text.substr(0, text.find_first_of("/?#"));
  Proxy proxy;
  proxy.named_by = name;
  if (const auto at = text.rfind('@'); at != text.npos) {
    const auto user = text.substr(0, at);
    const auto colon = user.find(':');
    const auto password = colon == user.npos ? std::string_view() : user.substr(colon + 1);
    proxy.authorization = "Basic " + to_base64(percent_decode(user.substr(0, colon)) + ":" + percent_decode(password));
    text.remove_prefix(at + 1);
  }
  const auto url = parse_url("http://" + std::string(text));
  if (!url.ok()) return unusable(name, "it is not an address");
  proxy.host = url->host;
  const auto host_end = text.rfind(']') == text.npos ? 0 : text.rfind(']');
  proxy.port = text.find(':', host_end) == text.npos ? usual_port : url->port;
  return proxy;
}

}  // namespace

std::string Proxy::describe() const {
  const std::string name = host.find(':') != host.npos ? "[" + host + "]" : host;
  return "the proxy " + name + ":" + std::to_string(port) + " named by " + named_by;
}

std::string Proxy::way_out() const {
  if (named_by == "http.proxy")
    return "Check `proxy` under the provider's `http` in the config; `proxy: none` goes without one.";
  return "Check the variable " + named_by +
         "; name the host in NO_PROXY, or write `proxy: none` under the provider's `http` in the config, to go without "
         "a proxy.";
}

bool is_exempt(std::string_view no_proxy, std::string_view host, std::uint16_t port) {
  constexpr std::string_view between = ", \t";
  while (!no_proxy.empty()) {
    const auto end = std::min(no_proxy.find_first_of(between), no_proxy.size());
    const auto entry = no_proxy.substr(0, end);
    no_proxy.remove_prefix(std::min(end + 1, no_proxy.size()));
    if (!entry.empty() && names(entry, host, port)) return true;
  }
  return false;
}

ProxyChoice::Setting ProxyChoice::first_of(const ReadVariable& read, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (auto value = read(name); value && !value->empty()) return {std::move(*value), name};
  return {};
}

ProxyChoice::ProxyChoice(std::string configured, const ReadVariable& read)
    : configured_{std::move(configured), "http.proxy"},
      for_http_(first_of(read, {"http_proxy", "all_proxy", "ALL_PROXY"})),
      for_https_(first_of(read, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})),
      no_proxy_(first_of(read, {"no_proxy", "NO_PROXY"}).value) {}

Result<std::optional<Proxy>> ProxyChoice::proxy_for(const Url& url) const {
  const std::optional<Proxy> straight;
  const bool is_configured = !configured_.value.empty();
  if (equal_without_case(configured_.value, none)) return straight;
  const Setting& setting = is_configured ? configured_ : (url.is_tls() ? for_https_ : for_http_);
  if (setting.value.empty()) return straight;
  if (!is_configured && (is_this_machine(url.host) || is_exempt(no_proxy_, url.host, url.port))) return straight;
  auto proxy = proxy_from(setting.value, setting.name);
  if (!proxy.ok()) return proxy.error();
  return std::optional<Proxy>(std::move(*proxy));
}

}  // namespace batchd::http
