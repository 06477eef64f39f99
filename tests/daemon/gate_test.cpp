#include "doors/daemon/gate.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::daemon;

namespace {

int status_of(http::Method method, http::Headers headers, std::string peer = "127.0.0.1:50000") {
  http::ServerRequest head;
  head.method = method;
  head.headers = std::move(headers);
  head.peer = std::move(peer);
  const auto refusal = refusal_of(head);
  return refusal ? refusal->status : 200;
}

using http::Method;

}  // namespace

TEST_CASE("this machine's names are let in, another host's name is not: its page may have been rebound to us") {
  for (const char* host : {"127.0.0.1:8740", "localhost:8740", "LOCALHOST", "[::1]:8740", "127.0.0.1"}) {
    CAPTURE(host);
    CHECK(status_of(Method::get, {{"Host", host}}) == 200);
  }
  for (const char* host : {"evil.example:8740", "127.0.0.1.evil.example", "0.0.0.0:8740", "", "localhost.evil:1"}) {
    CAPTURE(host);
    CHECK(status_of(Method::get, {{"Host", host}}) == 421);
  }
  CHECK(status_of(Method::get, {}) == 421);
  CHECK(status_of(Method::get, {{"Host", "localhost"}, {"Host", "evil.example"}}) == 400);
}

TEST_CASE("who listens at all of the machine's addresses is asked by any of them, and by no stranger's name") {
  http::ServerRequest head;
  head.peer = "10.0.0.7:50000";
  const std::vector<std::string> any{std::string(any_address)};
  for (const char* host : {"192.168.1.5:8740", "10.0.0.1", "[2001:db8::1]:8740"}) {
    head.headers = {{"Host", host}};
    CAPTURE(host);
    CHECK_FALSE(refusal_of(head, any).has_value());
    CHECK(refusal_of(head)->status == 421);
  }
  head.headers = {{"Host", "evil.example"}};
  CHECK(refusal_of(head, any)->status == 421);
}

TEST_CASE("a name that the config gives it is its own, and a page there may change something") {
  http::ServerRequest head;
  head.method = Method::post;
  head.headers = {{"Host", "batchd.example.com"}, {"Origin", "https://batchd.example.com"}};
  head.peer = "10.0.0.7:50000";
  CHECK(refusal_of(head)->status == 421);
  CHECK_FALSE(refusal_of(head, {"BATCHD.example.com"}).has_value());
  CHECK(refusal_of(head, {"other.example.com"})->status == 421);
}

TEST_CASE("a page of another origin may change nothing; ours, and programs, may") {
  const http::Headers::Field host{"Host", "127.0.0.1:8740"};
  CHECK(status_of(Method::post, {host}) == 200);  // curl
  CHECK(status_of(Method::post, {host, {"Origin", "http://127.0.0.1:8740"}, {"Sec-Fetch-Site", "same-origin"}}) == 200);
  CHECK(status_of(Method::post, {host, {"Origin", "https://evil.example"}}) == 403);
  CHECK(status_of(Method::post, {host, {"Origin", "null"}}) == 403);
  CHECK(status_of(Method::post, {host, {"Origin", "http://127.0.0.1:9999"}}) == 403);  // another port is another page
  CHECK(status_of(Method::post, {host, {"Sec-Fetch-Site", "cross-site"}}) == 403);
  CHECK(status_of(Method::get, {host, {"Origin", "https://evil.example"}}) == 200);  // it may not read the answer
}

TEST_CASE("on the Unix socket its mode has decided") {
  CHECK(status_of(Method::post, {{"Host", "anything"}}, "unix") == 200);
}

TEST_CASE("a form comes from a page of ours, and the browser must say so") {
  const auto status_of_form = [](http::Headers headers, std::string peer = "127.0.0.1:50000") {
    http::ServerRequest head;
    head.method = Method::post;
    head.headers = std::move(headers);
    head.peer = std::move(peer);
    auto refusal = refusal_of(head);  // as every request
    if (!refusal) refusal = refusal_of_form(head);
    return refusal ? refusal->status : 200;
  };
  const http::Headers::Field host{"Host", "127.0.0.1:8740"};
  CHECK(status_of_form({host, {"Origin", "http://127.0.0.1:8740"}}) == 200);
  CHECK(status_of_form({host, {"Sec-Fetch-Site", "same-origin"}}) == 200);
  CHECK(status_of_form({host}) == 403);  // an old browser would say as little of a foreign page
  CHECK(status_of_form({host, {"Sec-Fetch-Site", "none"}}) == 403);
  CHECK(status_of_form({host, {"Origin", "https://evil.example"}}) == 403);
  CHECK(status_of_form({host, {"Origin", "http://127.0.0.1:8740"}, {"Sec-Fetch-Site", "cross-site"}}) == 403);
  CHECK(status_of_form({{"Host", "evil.example"}, {"Origin", "http://evil.example"}}) == 421);
  CHECK(status_of_form({}, "unix") == 200);
}
