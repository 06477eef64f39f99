#include "line/notify/webhook.hpp"

#include <doctest/doctest.h>

using namespace batchd;
using namespace batchd::notify;

TEST_CASE("a signature is the one of Standard Webhooks' own example") {
  const auto key = key_from_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key.ok());
  CHECK(signature_of(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a key is base64 behind whsec_, else the text itself without its line end") {
  CHECK(key_from_secret("whsec_Zm9v").value() == "foo");
  CHECK(key_from_secret("whsec_Zm9v\n").value() == "foo");
  CHECK(key_from_secret("plain words\n").value() == "plain words");
  for (const char* wrong : {"", "\n", "whsec_", "whsec_!!"})
    CHECK(key_from_secret(wrong).error().kind == ErrorKind::invalid);
  CHECK(key_from_secret("whsec_no base64!").error().message.find("no base64") != std::string::npos);
  CHECK(key_from_secret("whsec_no base64!").error().message.find("no base64!") == std::string::npos);  // never repeated
}

TEST_CASE("a request carries its id and its time, and a signature where there is a key") {
  model::Delivery delivery;
  delivery.id = "msg_1";
  delivery.payload = "{}";
  const auto now = *parse_utc("2026-11-29T00:00:00Z");
  const auto open = webhook_request(delivery, "https://hooks.example/a", std::nullopt, now);
  CHECK(open.method == http::Method::post);
  CHECK(open.url == "https://hooks.example/a");
  CHECK(open.headers.find("webhook-id") == "msg_1");
  CHECK(open.headers.find("webhook-timestamp") == "1795910400");
  CHECK(open.headers.find("Content-Type") == "application/json");
  CHECK_FALSE(open.headers.has("webhook-signature"));
  CHECK(std::get<std::string>(open.body) == "{}");
  const auto sealed = webhook_request(delivery, "https://hooks.example/a", "key", now);
  CHECK(sealed.headers.find("webhook-signature") == signature_of("key", "msg_1", 1795910400, "{}"));
}
