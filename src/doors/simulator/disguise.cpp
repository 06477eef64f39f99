#include "doors/simulator/disguise.hpp"

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// {"error":{"message","code"}} in one of the forms seen elsewhere.
void reshape_error(http::ServerResponse& response, std::string& text, std::uint64_t key) {
  json::Document document;
  const auto root = document.parse(text);
  if (!root) return;
  const std::string message(root->at_pointer("/error/message").as_string().value_or("it went wrong"));
  const std::string code(root->at_pointer("/error/code").as_string().value_or("InvalidParameter"));
  text.clear();
  switch (Draw(key).below(4)) {
    case 0:  // Together
      json::Writer(text).begin_object().key("error").string(message).end_object();
      return;
    case 1:  // SiliconFlow, DashScope's own API
      json::Writer(text)
          .begin_object()
          .key("code")
          .string(code)
          .key("message")
          .string(message)
          .key("request_id")
          .string(fmt::format("{:016x}", key))
          .end_object();
      return;
    case 2:  // SiliconFlow
      json::Writer(text).string(message);
      return;
    default:  // a gateway in between
      text = fmt::format("<html>\n<head><title>{0}</title></head>\n<body><h1>{0}</h1></body>\n</html>\n",
                         http::reason_phrase(response.status));
      response.headers.set("Content-Type", "text/html");
  }
}

// {"object":"list","data":[…],…} → […]
void bare(std::string& text) {
  json::Document document;
  const auto root = document.parse(text, {.duplicate_keys_are_errors = false});
  if (!root || !root->find("data")) return;
  text = std::string(root->find("data").source_text());
}

}  // namespace

void disguise(const Faults& faults, std::uint64_t seed, const Call& call, std::string_view route,
              http::ServerResponse& response) {
  auto* text = std::get_if<std::string>(&response.body);
  if (!text) return;
  const auto hit = [&](const Share& share) { return share.hits(seed, call.key); };
  const bool post = call.request.method == http::Method::post;
  if (response.status >= 400) {
    if (hit(faults.odd_errors)) reshape_error(response, *text, mixed(seed, call.key));
  } else if (post && route == "/files" && hit(faults.wrapped_upload)) {
    *text = R"({"code":20000,"message":"Ok","status":true,"data":)" + *text + "}";
  } else if (post && route == "/batches" && hit(faults.wrapped_create)) {
    *text = R"({"job":)" + *text + "}";
  } else if (!post && (route == "/files" || route == "/batches") && hit(faults.bare_lists)) {
    bare(*text);
  }
}

}  // namespace batchd::simulator
