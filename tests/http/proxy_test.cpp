#include "ground/http/proxy.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::http;

namespace {

using Environment = std::map<std::string, std::string>;

ProxyChoice choice(const Environment& environment, std::string configured = {}) {
  return ProxyChoice(std::move(configured), [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

Result<std::optional<Proxy>> ask(const ProxyChoice& choice, const std::string& url) {
  return choice.proxy_for(parse_url(url).value());
}

// "host:port by NAME", "straight", or "error".
std::string answer(const ProxyChoice& choice, const std::string& url) {
  const auto proxy = ask(choice, url);
  if (!proxy.ok()) return "error";
  if (!*proxy) return "straight";
  return (*proxy)->host + ":" + std::to_string((*proxy)->port) + " by " + (*proxy)->named_by;
}

const std::string https = "https://api.example.com/v1";
const std::string http_url = "http://api.example.com/v1";

}  // namespace

TEST_CASE("the variables are looked at in curl's order") {
  CHECK(answer({}, https) == "straight");
  CHECK(answer(choice({}), https) == "straight");
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}}), https) == "big:1 by HTTPS_PROXY");
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}, {"https_proxy", "http://small:2"}}), https) ==
        "small:2 by https_proxy");
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}, {"https_proxy", ""}}), https) == "big:1 by HTTPS_PROXY");
  CHECK(answer(choice({{"ALL_PROXY", "http://all:3"}}), https) == "all:3 by ALL_PROXY");
  CHECK(answer(choice({{"ALL_PROXY", "http://all:3"}}), http_url) == "all:3 by ALL_PROXY");
  CHECK(answer(choice({{"ALL_PROXY", "http://all:3"}, {"https_proxy", "http://small:2"}}), https) ==
        "small:2 by https_proxy");
  CHECK(answer(choice({{"http_proxy", "http://small:2"}}), http_url) == "small:2 by http_proxy");
  CHECK(answer(choice({{"http_proxy", "http://small:2"}}), https) == "straight");
  CHECK(answer(choice({{"HTTP_PROXY", "http://big:1"}}), http_url) == "straight");
}

TEST_CASE("what the config says wins over the environment, and \"none\" switches it off") {
  const Environment environment = {{"HTTPS_PROXY", "http://big:1"}, {"NO_PROXY", "api.example.com"}};
  CHECK(answer(choice(environment, "http://own:8080"), https) == "own:8080 by http.proxy");
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}}, "none"), https) == "straight");
  CHECK(answer(choice({}, "http://own:8080"), "http://127.0.0.1:9/") == "own:8080 by http.proxy");
}

TEST_CASE("this machine is not asked for through a proxy of the environment") {
  const auto proxy = choice({{"ALL_PROXY", "http://all:3"}});
  for (const char* url : {"http://localhost:8080/", "https://127.0.0.1/", "http://127.8.9.1/", "http://[::1]:8080/",
                          "https://a.localhost/"})
    CHECK(answer(proxy, url) == "straight");
  CHECK(answer(proxy, "https://10.0.0.1/") == "all:3 by ALL_PROXY");
  CHECK(answer(proxy, "https://localhost.example.com/") == "all:3 by ALL_PROXY");
}

TEST_CASE("NO_PROXY names hosts, domains, addresses, blocks and ports") {
  struct Row {
    std::string list;
    std::string host;
    std::uint16_t port;
    bool exempt;
  };
  const Row rows[] = {
      {"*", "anything", 443, true},
      {"", "anything", 443, false},
      {" , ,", "anything", 443, false},
      {"example.com", "example.com", 443, true},
      {"example.com", "api.example.com", 443, true},
      {".example.com", "api.example.com", 443, true},
      {".example.com", "example.com", 443, true},
      {"*.example.com", "api.example.com", 443, true},
      {"EXAMPLE.com.", "api.example.com", 443, true},
      {"example.com", "api.example.com.", 443, true},
      {"example.com", "badexample.com", 443, false},
      {"example.com", "example.com.evil", 443, false},
      {"a.test b.test,c.test", "b.test", 443, true},
      {"a.test, b.test", "c.test", 443, false},
      {"example.com:8443", "example.com", 8443, true},
      {"example.com:8443", "example.com", 443, false},
      {"*:8443", "anything", 8443, true},
      {"10.0.0.1", "10.0.0.1", 443, true},
      {"10.0.0.1", "10.0.0.11", 443, false},
      {"0.0.1", "10.0.0.1", 443, false},
      {"10.0.0.0/8", "10.200.3.4", 443, true},
      {"10.0.0.0/8", "11.0.0.1", 443, false},
      {"10.1.240.0/20", "10.1.255.255", 443, true},
      {"10.1.240.0/20", "10.1.239.255", 443, false},
      {"0.0.0.0/0", "8.8.8.8", 443, true},
      {"10.0.0.0/33", "10.0.0.0", 443, false},
      {"10.0.0.0/x", "10.0.0.0", 443, false},
      {"10.0.0.1:80", "10.0.0.1", 80, true},
      {"10.0.0.1:80", "10.0.0.1", 81, false},
      {"2001:db8::/32", "2001:db8:7::1", 443, true},
      {"2001:db8::/32", "2001:db9::1", 443, false},
      {"2001:db8::1", "2001:db8:0:0::1", 443, true},
      {"[2001:db8::1]", "2001:db8::1", 443, true},
      {"[2001:db8::1]:8443", "2001:db8::1", 8443, true},
      {"[2001:db8::1]:8443", "2001:db8::1", 443, false},
      {"10.0.0.0/8", "2001:db8::1", 443, false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", 443, true},
      {"10.0.0.0/8", "ten.example.com", 443, false},
      {".", "example.com", 443, false},
      {"[", "example.com", 443, false},
      {":", "example.com", 443, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.list);
    CAPTURE(row.host);
    CHECK(is_exempt(row.list, row.host, row.port) == row.exempt);
  }
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}, {"NO_PROXY", "example.com"}}), https) == "straight");
  CHECK(answer(choice({{"HTTPS_PROXY", "http://big:1"}, {"NO_PROXY", "example.com"}, {"no_proxy", "other.test"}}),
               https) == "big:1 by HTTPS_PROXY");
}

TEST_CASE("a proxy is written in the ways curl takes") {
  CHECK(answer(choice({}, "proxy.corp:3128"), https) == "proxy.corp:3128 by http.proxy");
  CHECK(answer(choice({}, "HTTP://Proxy.Corp:3128/"), https) == "proxy.corp:3128 by http.proxy");
  CHECK(answer(choice({}, "http://proxy.corp"), https) == "proxy.corp:1080 by http.proxy");
  CHECK(answer(choice({}, "http://[::1]:3128"), https) == "::1:3128 by http.proxy");
  CHECK(answer(choice({}, "http://[::1]"), https) == "::1:1080 by http.proxy");
  CHECK(answer(choice({}, "http://proxy.corp:80"), https) == "proxy.corp:80 by http.proxy");
  const auto bare = ask(choice({}, "http://[::1]:3128"), https);
  CHECK((*bare)->authorization.empty());
  CHECK((*bare)->describe() == "the proxy [::1]:3128 named by http.proxy");
}

TEST_CASE("user name and password become Basic and stand in no sentence") {
  const auto with_both = ask(choice({}, "http://anna:p%40ss:w@proxy.corp:3128"), https);
  REQUIRE(with_both.ok());
  CHECK((*with_both)->authorization == "Basic YW5uYTpwQHNzOnc=");  // anna:p@ss:w
  CHECK((*with_both)->describe() == "the proxy proxy.corp:3128 named by http.proxy");
  CHECK((*ask(choice({}, "anna@proxy.corp:3128"), https))->authorization == "Basic YW5uYTo=");
  for (const std::string& wrong : std::initializer_list<std::string>{
           "http://anna:geheim@proxy.corp:99999", "http://anna:geheim@pro xy:1", "socks5://anna:geheim@p:1",
           "https://anna:geheim@p:1", "ftp://anna:geheim@p", "http://anna:geheim@", "anna:geheim"}) {
    CAPTURE(wrong);
    const auto proxy = ask(choice({}, wrong), https);
    REQUIRE_FALSE(proxy.ok());
    CHECK(proxy.error().kind == ErrorKind::invalid);
    CHECK(proxy.error().text().find("geheim") == std::string::npos);
    CHECK(proxy.error().text().find("http.proxy") != std::string::npos);
  }
}

TEST_CASE("a kind of proxy that is not spoken to is refused in words, and only where it would be used") {
  const auto socks = choice({{"ALL_PROXY", "socks5h://127.0.0.1:1080"}, {"NO_PROXY", "inside.test"}});
  const auto refused = ask(socks, https);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message ==
        "the proxy named by ALL_PROXY cannot be used: it is a SOCKS proxy, and only HTTP proxies are spoken to");
  CHECK(refused.error().hint.find("proxy: none") != std::string::npos);
  CHECK(answer(socks, "https://inside.test/") == "straight");
  CHECK(ask(choice({}, "https://proxy.corp:3129"), https).error().message.find("TLS to the proxy itself") !=
        std::string::npos);
}
