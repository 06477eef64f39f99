#include "line/provider/refusal.hpp"

#include <doctest/doctest.h>

#include "line/provider/api_key.hpp"

using namespace batchd;
using namespace batchd::provider;
using model::Profile;

namespace {

const Time noon = from_unix_seconds(1'795'435'200);

std::unique_ptr<Dialect> dialect(Profile profile) {
  model::ProviderSpec spec;
  spec.profile = profile;
  spec.base_url = "https://api.acme.test/v1";
  return make_dialect(spec);
}

Asked asked(Asked::What what) {
  Asked made;
  made.what = what;
  made.subject = "file-7c1e";
  made.provider = "acme";
  made.base_url = "https://api.acme.test/v1";
  made.key_source = "the variable ACME_API_KEY";
  made.secret = "sk-secret";
  return made;
}

http::Response answer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string compatible(std::string code, std::string message) {
  return R"({"error":{"message":")" + message + R"(","type":"t","param":null,"code":")" + code + R"("}})";
}
std::string native(std::string code, std::string message) {
  return R"({"code":")" + code + R"(","message":")" + message + R"(","request_id":"6f2c-1"})";
}

ErrorKind kind(Asked::What what, int status, const std::string& body, Profile profile = Profile::dashscope) {
  return refusal(asked(what), answer(status, body), *dialect(profile), noon).kind;
}

constexpr auto poll = Asked::What::poll;
constexpr auto create = Asked::What::create;
constexpr auto upload = Asked::What::upload;
constexpr auto list = Asked::What::list;

}  // namespace

TEST_CASE("every documented refusal has the kind that lets the engine do the right thing") {
  struct Row {
    int status;
    std::string body;
    ErrorKind expected;
  };
  const Row rows[] = {
      {400, native("InvalidParameter", "bad window"), ErrorKind::rejected},
      {400, compatible("invalid_value", "bad window"), ErrorKind::rejected},
      {400, native("BadRequest.TooLarge", "Payload Too Large"), ErrorKind::rejected},
      {400, compatible("mismatched_model", "one model"), ErrorKind::rejected},
      {413, "", ErrorKind::rejected},
      {422, R"({"detail":[{"loc":["body"],"msg":"field required"}]})", ErrorKind::rejected},
      {400, compatible("x", "File parsing in progress, please try again later."), ErrorKind::unavailable},
      {400, native("Arrearage", "Access denied, your account is in arrears."), ErrorKind::denied},
      {400, compatible("Arrearage", "Access denied."), ErrorKind::denied},
      {400, compatible("invalid", "Upload file number exceed limit."), ErrorKind::denied},
      {400, compatible("invalid", "Upload file capacity exceed limit."), ErrorKind::denied},
      {401, native("InvalidApiKey", "Invalid API-key provided."), ErrorKind::denied},
      {401, compatible("invalid_api_key", "Incorrect API key provided."), ErrorKind::denied},
      {402, "", ErrorKind::denied},
      {403, native("AccessDenied.Unpurchased", "not opened"), ErrorKind::denied},
      {403, native("AllocationQuota.FreeTierOnly", "free tier used up"), ErrorKind::denied},
      {404, compatible("model_not_found", "no such model"), ErrorKind::not_found},
      {405, "", ErrorKind::rejected},
      {429, native("Throttling.RateQuota", "Requests rate limit exceeded"), ErrorKind::throttled},
      {429, compatible("limit_burst_rate", "too fast"), ErrorKind::throttled},
      {429, compatible("insufficient_quota", "You exceeded your current quota."), ErrorKind::throttled},
      {429, native("Throttling.AllocationQuota", "Allocated quota exceeded."), ErrorKind::throttled},
      {429, compatible("insufficient_quota", "Free allocated quota exceeded."), ErrorKind::denied},
      {429, native("Throttling.AllocationQuota", "Free allocated quota exceeded."), ErrorKind::denied},
      {429, native("PrepaidBillOverdue", "overdue"), ErrorKind::denied},
      {429, native("CommodityNotPurchased", "buy it"), ErrorKind::denied},
      {302, "", ErrorKind::denied},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    CHECK(kind(poll, row.status, row.body) == row.expected);
    // A refusal is a refusal for a create as well; what proves nothing is not.
    CHECK(kind(create, row.status, row.body) == (row.status < 400 ? ErrorKind::unknown : row.expected));
  }
}

TEST_CASE("a server that could not is unavailable; of a create it proves nothing") {
  for (const int status : {500, 502, 503, 504, 520, 599}) {
    CAPTURE(status);
    CHECK(kind(poll, status, native("InternalError", "x")) == ErrorKind::unavailable);
    CHECK(kind(create, status, native("InternalError", "x")) == ErrorKind::unknown);
    CHECK(kind(create, status, native("Arrearage", "x")) == ErrorKind::unknown);
  }
  CHECK(kind(create, 408, "") == ErrorKind::unknown);
  CHECK(kind(create, 409, "") == ErrorKind::unknown);
  CHECK(kind(poll, 408, "") == ErrorKind::unavailable);
  CHECK(kind(poll, 409, "") == ErrorKind::rejected);
}

TEST_CASE("insufficient_quota means no money at OpenAI, unless it says that it is capacity") {
  const auto broke = compatible("insufficient_quota", "You exceeded your current quota, check your plan and billing.");
  const auto busy =
      compatible("insufficient_quota", "Batch requests are being throttled due to system capacity limits.");
  CHECK(kind(poll, 429, broke, Profile::openai) == ErrorKind::denied);
  CHECK(kind(poll, 429, busy, Profile::openai) == ErrorKind::throttled);
  CHECK(kind(poll, 429, broke, Profile::openai_compatible) == ErrorKind::denied);
  CHECK(kind(poll, 429, busy, Profile::openai_compatible) == ErrorKind::throttled);
  CHECK(kind(poll, 429, compatible("rate", "slow down"), Profile::openai_compatible) == ErrorKind::throttled);
  const auto error = refusal(asked(create), answer(429, busy), *dialect(Profile::dashscope), noon);
  CHECK(error.retry_after_ms == 120'000);  // no header: capacity is a matter of minutes
}

TEST_CASE("an upload the provider has not spread yet is tried again") {
  const auto late = compatible("invalid_request", "Cannot find file file-1, or project p does not have access to it.");
  CHECK(kind(create, 400, late) == ErrorKind::unavailable);
  CHECK(kind(create, 404, late) == ErrorKind::unavailable);
  CHECK(kind(Asked::What::fetch, 404, late) == ErrorKind::not_found);
  CHECK(kind(Asked::What::fetch, 400, late) == ErrorKind::rejected);
}

TEST_CASE("an address without the route: no API for an upload, not to be asked for a listing") {
  for (const int status : {404, 405, 501}) {
    CAPTURE(status);
    CHECK(kind(upload, status, "") == ErrorKind::not_found);
    CHECK(kind(list, status, "") == ErrorKind::rejected);
  }
}

TEST_CASE("the server's wish to wait is kept where waiting helps") {
  auto response = answer(503, "");
  response.headers.set("Retry-After", "9");
  CHECK(refusal(asked(poll), response, *dialect(Profile::openai), noon).retry_after_ms == 9'000);
  response.status = 400;
  CHECK_FALSE(refusal(asked(poll), response, *dialect(Profile::openai), noon).retry_after_ms);
}

TEST_CASE("error bodies of every shape are read") {
  struct Row {
    std::string body;
    std::string code;
    std::string message;
    std::string request_id;
  };
  const Row rows[] = {
      {R"({"error":{"message":"m","type":"t","param":"p","code":"c"}})", "c", "m", ""},
      {R"({"error":{"message":"m","type":"t","param":null,"code":null},"request_id":"r"})", "t", "m", "r"},
      {R"({"code":"InvalidApiKey","message":"m","request_id":"r"})", "InvalidApiKey", "m", "r"},
      {R"({"code":20012,"message":"Model does not exist.","data":null})", "20012", "Model does not exist.", ""},
      {R"({"error":"text"})", "", "text", ""},
      {R"({"error_code":"c","error_message":"m"})", "c", "m", ""},
      {R"({"detail":"Not Found"})", "", "Not Found", ""},
      {R"({"detail":[{"msg":"no"}]})", "", R"([{"msg":"no"}])", ""},
      {R"("bare string")", "", "bare string", ""},
      {R"(["a"])", "", R"(["a"])", ""},
      {"plain words", "", "plain words", ""},
      {"{broken", "", "{broken", ""},
      {"", "", "", ""},
      {"{}", "", "", ""},
      {R"({"error":null})", "", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    const auto read = read_error_body(row.body);
    CHECK(read.code == row.code);
    CHECK(read.message == row.message);
    CHECK(read.request_id == row.request_id);
  }
}

TEST_CASE("a sentence says who, what, why, and which request to ask support about") {
  auto response = answer(400, compatible("invalid_value", "completion_window\\nmust be 24h"));
  response.headers.set("x-request-id", "req_9");
  const auto error = refusal(asked(create), response, *dialect(Profile::openai), noon);
  CHECK(error.message ==
        "acme did not create a batch of file-7c1e: HTTP 400 invalid_value: completion_window must be 24h "
        "(request id req_9)");
  CHECK(error.http_status == 400);
  CHECK(error.code == "invalid_value");
}

TEST_CASE("a refused key is named by where it came from and whom it was shown to") {
  const auto error =
      refusal(asked(poll), answer(401, native("InvalidApiKey", "no: sk-secret")), *dialect(Profile::dashscope), noon);
  CHECK(error.message ==
        "acme did not tell the state of file-7c1e: HTTP 401 InvalidApiKey: no: [key] (request id 6f2c-1)");
  CHECK(error.hint ==
        "A key was sent, from the variable ACME_API_KEY, and refused. Keys belong to one provider and often to one "
        "region: is this one meant for api.acme.test?");
}

TEST_CASE("where no key was sent, or a rehearsal's, a 401 says that") {
  const auto hint_of = [](std::string_view source) {
    auto shown = asked(poll);
    shown.key_source = source;
    shown.secret.clear();
    return refusal(shown, answer(401, native("InvalidApiKey", "no")), *dialect(Profile::openai), noon).hint;
  };
  CHECK(hint_of("").starts_with("No key was sent, and this provider wants one: name its variable with api_key_env"));
  CHECK(hint_of(rehearsal_key_source).starts_with("A key was sent, made up as all of a rehearsal, and a fault"));
}

TEST_CASE("a 403 always comes with what to do: for a key, for none, for a rehearsal's") {
  auto forbidden = asked(upload);
  const auto hint = [&](std::string source) {
    forbidden.key_source = std::move(source);
    return refusal(forbidden, answer(403, R"({"error":{"code":"AccessDenied","message":"no"}})"),
                   *dialect(Profile::openai), noon)
        .hint;
  };
  CHECK(hint("the variable ACME_API_KEY").find("may not do this") != std::string::npos);
  CHECK(hint("").starts_with("No key was sent."));
  CHECK(hint(std::string(rehearsal_key_source)).starts_with("A fault (forbidden) refused it"));
}

TEST_CASE("a key of another region is told where it was sent and what to try") {
  auto shown = asked(poll);
  const auto body = compatible("invalid_api_key", "Incorrect API key provided: sk-secret");
  const auto told = [&](const std::string& base_url, const std::string& key) {
    shown.base_url = base_url;
    shown.secret = key;
    const auto error = refusal(shown, answer(401, body), *dialect(Profile::dashscope), noon);
    CHECK(error.kind == ErrorKind::denied);
    CHECK(error.hint.find(key) == std::string::npos);
    return error.hint;
  };
  CHECK(told("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "sk-secret") ==
        "A key was sent, from the variable ACME_API_KEY, and refused. Keys are per region; this one was sent to "
        "dashscope-intl.aliyuncs.com (international). If it was made for mainland China, try the provider "
        "dashscope-cn.");
  CHECK(
      told("https://dashscope.aliyuncs.com/compatible-mode/v1", "sk-secret").find("try the provider dashscope-intl") !=
      std::string::npos);
  CHECK(told("https://ws-1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "sk-secret").find("dashscope-cn") !=
        std::string::npos);
  CHECK(told("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "sk-sp-1234").find("coding-plan key") !=
        std::string::npos);
  CHECK(told("https://proxy.corp/v1", "sk-secret").find("is this one meant for proxy.corp?") != std::string::npos);
}

TEST_CASE("a base_url that leads to a page, or lacks its /v1, is told so") {
  const std::string page = "<!DOCTYPE html>\n<html><body>Welcome</body></html>";
  auto wrong = asked(upload);
  wrong.base_url = "https://api.acme.test";
  const auto no_api = refusal(wrong, answer(404, page), *dialect(Profile::openai), noon);
  CHECK(no_api.kind == ErrorKind::not_found);
  CHECK(no_api.message ==
        "acme did not take the upload of file-7c1e: HTTP 404: a web page answered, which does not look like an "
        "OpenAI-compatible "
        "API; base_url is https://api.acme.test");
  CHECK(no_api.hint == "Should base_url end in /v1 (https://api.acme.test/v1)?");
  CHECK(kind(upload, 405, page) == ErrorKind::not_found);
  CHECK(kind(upload, 400, page) == ErrorKind::not_found);
  const auto json = refusal(wrong, answer(404, R"({"detail":"Not Found"})"), *dialect(Profile::openai), noon);
  CHECK(json.hint.find("<base_url>/files") != std::string::npos);
  CHECK(json.hint.find("https://api.acme.test/v1") != std::string::npos);

  const auto nonsense = not_understood(wrong, answer(200, page), Error(ErrorKind::protocol, "no id"));
  CHECK(nonsense.message.find("does not look like an OpenAI-compatible API; base_url is https://api.acme.test") !=
        std::string::npos);
  CHECK(nonsense.hint == "Should base_url end in /v1 (https://api.acme.test/v1)?");
}

TEST_CASE("a page of somebody else's does not tell that a file or a batch is gone") {
  const std::string page = "<html>Sign in to the hotel</html>";
  for (const auto what : {poll, list, Asked::What::fetch, Asked::What::cancel, Asked::What::remove}) {
    CHECK(kind(what, 404, page) == ErrorKind::protocol);
    CHECK(kind(what, 400, page) == ErrorKind::protocol);
    CHECK(kind(what, 403, page) == ErrorKind::denied);
    CHECK(kind(what, 429, page) == ErrorKind::throttled);
  }
  CHECK(kind(upload, 413, page) == ErrorKind::rejected);  // nginx's limit is a limit
}

TEST_CASE("plain http to an https port says what to write") {
  for (const std::string words : {"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>",
                                  "Client sent an HTTP request to an HTTPS server.\n"}) {
    auto plain = asked(upload);
    plain.base_url = "http://api.acme.test:443/v1";
    const auto error = refusal(plain, answer(400, words), *dialect(Profile::openai), noon);
    CHECK(error.kind == ErrorKind::not_found);
    CHECK(error.message ==
          "acme did not take the upload of file-7c1e: HTTP 400: an https server, and base_url "
          "(http://api.acme.test:443/v1) says "
          "http");
    CHECK(error.hint == "Write https:// in base_url.");
    CHECK(kind(poll, 400, words) == ErrorKind::protocol);
  }
}

TEST_CASE("a web page is not read out, and long words are cut") {
  auto page = answer(502, "<html><body>Bad gateway and much more</body></html>");
  CHECK(refusal(asked(poll), page, *dialect(Profile::openai), noon).message ==
        "acme did not tell the state of file-7c1e: HTTP 502: the answer is a web page, not the API's");
  const auto long_words = refusal(asked(poll), answer(400, std::string(100'000, 'x')), *dialect(Profile::openai), noon);
  CHECK(long_words.message.size() < 800);
}

TEST_CASE("no answer: certain when nothing was sent, unknown for a create otherwise") {
  Error reset(ErrorKind::network, "api.acme.test closed the connection");
  CHECK(no_answer(asked(create), reset).kind == ErrorKind::unknown);
  CHECK(no_answer(asked(poll), reset).kind == ErrorKind::network);
  for (const auto kind : {ErrorKind::protocol, ErrorKind::cancelled, ErrorKind::io})
    CHECK(no_answer(asked(create), Error(kind, "x")).kind == ErrorKind::unknown);
  reset.nothing_sent = true;
  const auto refused = no_answer(asked(create), reset);
  CHECK(refused.kind == ErrorKind::network);
  CHECK(refused.nothing_sent);
}
