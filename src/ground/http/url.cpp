#include "ground/http/url.hpp"

#include <charconv>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

namespace batchd::http {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t url_bytes_max = 16 * 1024;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What a person sees of a URL that is refused: never what may stand before "@" (a password), never a query (a key).
std::string shown(std::string_view text) {
  const auto scheme_end = text.find("://");
  const std::size_t from = scheme_end == text.npos ? 0 : scheme_end + 3;
  const auto authority_end = text.find_first_of("/?#", from);
  const auto at = text.substr(0, authority_end).rfind('@');
  std::string out(
      at == text.npos || at < from ? text : std::string(text.substr(0, from)) + "…" + std::string(text.substr(at)));
  out.resize(std::min(out.size(), out.find('?')));
  return out;
}

Error wrong(std::string_view text, std::string_view why, std::string hint) {
  return Error(ErrorKind::invalid, "the URL \"" + shown(text) + "\" " + std::string(why), std::move(hint));
}

// Boost's port_number() lets 99999 overflow into another port. 0: not one.
std::uint16_t port_from(std::string_view text, std::uint16_t usual) {
  if (text.empty()) return usual;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : 0;
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') != host.npos ? "[" + host + "]" : host;
  return port_is_default ? name : name + ":" + std::to_string(port);
}

std::string Url::origin() const {
  const std::string name = host.find(':') != host.npos ? "[" + host + "]" : host;
  return scheme + "://" + name + ":" + std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > url_bytes_max) return wrong(text.substr(0, 80), "is longer than 16 KiB", "Shorten it.");
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
  if (!parsed.has_value())
    return wrong(text, "is not an absolute URL", "Write it like https://api.example.com/v1; encode blanks as %20.");
  const boost::urls::url_view& view = *parsed;

  Url url;
  url.scheme = lower_case({view.scheme().data(), view.scheme().size()});
  if (url.scheme != "https" && url.scheme != "http")
    return wrong(text, "is neither https:// nor http://", "Write it like https://api.example.com/v1.");
  if (view.has_userinfo())
    return wrong(text, "holds a user name or password", "Keys belong in api_key_env or api_key_file, not in a URL.");
  if (view.has_fragment()) return wrong(text, "has a \"#\" part, which no server ever sees", "Remove it.");

  const auto host = view.host_address();  // decoded, without the brackets of an IPv6 address
  url.host = lower_case({host.data(), host.size()});
  if (url.host.empty()) return wrong(text, "has no host", "Write it like https://api.example.com/v1.");
  for (const char c : url.host)
    if (!is_unreserved(c) && c != ':')
      return wrong(text, "has a host that is not a name or an address", "Check its spelling.");

  const std::uint16_t usual = url.is_tls() ? 443 : 80;
  url.port = port_from({view.port().data(), view.port().size()}, usual);
  if (url.port == 0) return wrong(text, "has no usable port", "A port is a number from 1 to 65535.");
  url.port_is_default = url.port == usual;

  const auto path = view.encoded_path();
  url.target.assign(path.data(), path.size());
  // Boost.URL 1.81 reads "http://host:word" as an empty port and a path without its slash.
  if (!url.target.empty() && url.target.front() != '/')
    return wrong(text, "has no usable port", "A port is a number from 1 to 65535.");
  if (url.target.empty()) url.target = "/";
  if (view.has_query()) {
    const auto query = view.encoded_query();
    url.target += "?";
    url.target.append(query.data(), query.size());
  }
  return url;
}

Result<std::string> normalize_base_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url.ok()) return url.error();
  if (url->target.find('?') != std::string::npos)
    return wrong(text, "has a query, and a base URL has paths appended to it", "Remove everything from \"?\" on.");
  std::string path = url->target;
  while (!path.empty() && path.back() == '/')
    path.pop_back();
  return url->scheme + "://" + url->authority() + path;
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  if (reference.size() > url_bytes_max) return wrong(reference.substr(0, 80), "is longer than 16 KiB", "Shorten it.");
  const auto from = boost::urls::parse_uri({base.data(), base.size()});
  const auto to = boost::urls::parse_uri_reference({reference.data(), reference.size()});
  if (!from.has_value() || !to.has_value()) return wrong(reference, "leads nowhere", "");
  boost::urls::url target;
  if (!boost::urls::resolve(*from, *to, target).has_value()) return wrong(reference, "leads nowhere", "");
  std::string text(target.buffer().data(), target.buffer().size());
  if (const auto checked = parse_url(text); !checked.ok()) return checked.error();
  return text;
}

std::string percent_encode(std::string_view value) {
  std::string encoded;
  encoded.reserve(value.size());
  for (const char c : value) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += hex_digits[byte >> 4];
    encoded += hex_digits[byte & 15];
  }
  return encoded;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value = equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
    pairs.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return pairs;
}

std::string format_query(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string query;
  for (const auto& [name, value] : pairs)
    query += (query.empty() ? "?" : "&") + percent_encode(name) + "=" + percent_encode(value);
  return query;
}

}  // namespace batchd::http
