#include "ground/http/url.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::http;

namespace {
Error refusal(std::string_view text) {
  CAPTURE(text);
  const auto url = parse_url(text);
  REQUIRE_FALSE(url.ok());
  CHECK(url.error().kind == ErrorKind::invalid);
  return url.error();
}
}  // namespace

TEST_CASE("a URL is taken apart") {
  const auto url = parse_url("HTTPS://API.Example.com/v1/files?limit=2&after=a%20b");
  REQUIRE(url.ok());
  CHECK(url->scheme == "https");
  CHECK(url->host == "api.example.com");
  CHECK(url->port == 443);
  CHECK(url->target == "/v1/files?limit=2&after=a%20b");
  CHECK(url->authority() == "api.example.com");
  CHECK(url->origin() == "https://api.example.com:443");
}

TEST_CASE("a port that is the usual one is not told, another one is") {
  CHECK(parse_url("http://localhost:80/")->authority() == "localhost");
  CHECK(parse_url("http://localhost:8080")->authority() == "localhost:8080");
  CHECK(parse_url("http://localhost:8080")->target == "/");
  CHECK(parse_url("https://h:/x")->port == 443);
}

TEST_CASE("an IPv6 address loses its brackets as a host and has them in the authority") {
  const auto url = parse_url("http://[::1]:8080/x");
  REQUIRE(url.ok());
  CHECK(url->host == "::1");
  CHECK(url->authority() == "[::1]:8080");
}

TEST_CASE("what is not an http URL is refused with a hint") {
  CHECK(refusal("api.example.com/v1").hint.find("https://") != std::string::npos);
  refusal("");
  refusal("/v1");
  refusal("ftp://example.com/");
  refusal("https://");
  refusal("https://exa mple.com/");
  refusal("https://example.com:0/");
  refusal("https://example.com:99999/");
  refusal("https://example.com:v1");
  refusal("https://example.com/#part");
  refusal("https://example.com/" + std::string(20'000, 'a'));
}

TEST_CASE("a password or a key in a refused URL is not shown") {
  const Error error = refusal("https://me:secret@example.com/v1?key=secret");
  CHECK(error.text().find("secret") == std::string::npos);
  CHECK(error.message.find("example.com") != std::string::npos);
}

TEST_CASE("a base URL comes back without its last slash") {
  CHECK(*normalize_base_url("https://api.example.com/compatible-mode/v1/") ==
        "https://api.example.com/compatible-mode/v1");
  CHECK(*normalize_base_url("http://LOCALHOST:8080") == "http://localhost:8080");
  CHECK_FALSE(normalize_base_url("https://api.example.com/v1?x=1").ok());
}

TEST_CASE("values survive percent-encoding") {
  const std::string every = "a b/c?d&e=f%g+h~ü\n\x01";
  CHECK(percent_encode("a b/ü") == "a%20b%2F%C3%BC");
  CHECK(percent_decode(percent_encode(every)) == every);
  CHECK(percent_decode("%zz%4", false) == "%zz%4");  // broken escapes stay
  CHECK(percent_decode("a+b%2B", true) == "a b+");
}

TEST_CASE("a query is taken apart and put together") {
  const auto pairs = parse_query("a=1&b=x%20y&&c&a=2+3");
  const std::vector<std::pair<std::string, std::string>> expected{{"a", "1"}, {"b", "x y"}, {"c", ""}, {"a", "2 3"}};
  CHECK(pairs == expected);
  CHECK(format_query({{"purpose", "batch"}, {"after", "file/1"}}) == "?purpose=batch&after=file%2F1");
  CHECK(format_query({}) == "");
}

TEST_CASE("a Location is resolved against the URL that was asked") {
  const std::string base = "https://api.example.com/v1/files/a/content?x=1";
  CHECK(resolve_url(base, "/v1/other?y=2").value() == "https://api.example.com/v1/other?y=2");
  CHECK(resolve_url(base, "b").value() == "https://api.example.com/v1/files/a/b");
  CHECK(resolve_url(base, "//store.example.net/f").value() == "https://store.example.net/f");
  CHECK(resolve_url(base, "http://store.example.net:81/f?sig=a%2Fb#part").value() ==
        "http://store.example.net:81/f?sig=a%2Fb");
  for (const char* wrong : {"ftp://x/", "https://user:geheim@x/", "ht tp", "https:///", "javascript:alert(1)"}) {
    const auto resolved = resolve_url(base, wrong);
    REQUIRE_FALSE(resolved.ok());
    CHECK(resolved.error().text().find("geheim") == std::string::npos);
  }
}
