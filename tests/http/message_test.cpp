#include "ground/http/message.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::http;

TEST_CASE("header names compare without case and may repeat") {
  Headers headers{{"Content-Type", "text/plain"}, {"Set-Cookie", "a"}, {"set-cookie", "b"}};
  CHECK(headers.find("content-TYPE") == "text/plain");
  CHECK_FALSE(headers.find("content").has_value());
  CHECK(headers.find_all("SET-COOKIE") == std::vector<std::string_view>{"a", "b"});
  headers.set("SET-cookie", "c");
  CHECK(headers.find_all("set-cookie") == std::vector<std::string_view>{"c"});
  headers.remove("content-type");
  CHECK(headers.size() == 1);
}

TEST_CASE("a token is found within a list and only as a whole") {
  const Headers headers{{"Connection", "Keep-Alive , Upgrade"}, {"Connection", "x"}};
  CHECK(headers.has_token("connection", "keep-alive"));
  CHECK(headers.has_token("connection", "upgrade"));
  CHECK(headers.has_token("connection", "X"));
  CHECK_FALSE(headers.has_token("connection", "keep"));
  CHECK_FALSE(headers.has_token("accept", "x"));
}

TEST_CASE("a value with a line break is not a header value") {
  CHECK(is_header_value("sk-abc \t é"));
  CHECK_FALSE(is_header_value("a\r\nb: c"));
  CHECK_FALSE(is_header_value("a\n"));
  CHECK_FALSE(is_header_value(std::string_view("a\0b", 3)));
}

TEST_CASE("methods have their names, and names their methods") {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_, Method::options})
    CHECK(method_from(name_of(method)) == method);
  CHECK_FALSE(method_from("get").has_value());  // methods are written in capitals
  CHECK_FALSE(method_from("BREW").has_value());
}
