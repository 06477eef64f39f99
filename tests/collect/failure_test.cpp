#include "line/collect/failure.hpp"

#include <doctest/doctest.h>

namespace batchd::collect {
namespace {

using model::Reason;

Failure failure_in(std::string_view text) {
  json::Document document;
  auto root = document.parse(text);
  REQUIRE(root.ok());
  auto line = ResultLine::from(*root);
  REQUIRE(line.has_value());
  CHECK_FALSE(line->holds_answer());
  return failure_of(*line);
}

TEST_CASE("each provider's way of writing an error is understood") {
  struct Case {
    const char* shape;
    const char* line;
    Reason reason;
    const char* message;
  };
  for (
      const Case& c : {
          Case{
              "Model Studio, error.code",
              R"({"custom_id":"a","response":{"status_code":400,"request_id":"r","body":null},)"
              R"("error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}})",
              Reason::refused, "data_inspection_failed: Input data may contain inappropriate content. (HTTP 400)"},
          Case{"Model Studio's own converter, error.error_code",
               R"({"custom_id":"a","response":{"status_code":400},)"
               R"("error":{"error_code":"InvalidParameter","error_message":"Role must be in [user, assistant]"}})",
               Reason::bad_request, "InvalidParameter: Role must be in [user, assistant] (HTTP 400)"},
          Case{"OpenAI, batch_expired without a response",
               R"({"id":"batch_req_31","custom_id":"a","response":null,)"
               R"("error":{"code":"batch_expired","message":"This request could not be executed."}})",
               Reason::expired, "batch_expired: This request could not be executed."},
          Case{
              "OpenAI, a 4xx in the response with a top-level null",
              R"({"custom_id":"a","response":{"status_code":400,"request_id":"req_5","body":{"error":)"
              R"({"message":"Bad value","type":"invalid_request_error","param":"temperature","code":null}}},"error":null})",
              Reason::bad_request, "invalid_request_error: Bad value (HTTP 400)"},
          Case{"status 200 and an error in the body",
               R"({"custom_id":"a","response":{"status_code":200,"body":{"error":{"code":"server_error",)"
               R"("message":"The server had an error"}}},"error":null})",
               Reason::provider_error, "server_error: The server had an error"},
          Case{"status 0 and no word at all",
               R"({"custom_id":"a","response":{"status_code":0,"body":{}},"error":null})", Reason::provider_error,
               "the result line holds neither an answer nor an error"},
          Case{"neither response nor error", R"({"custom_id":"a","response":null,"error":null})",
               Reason::provider_error, "the result line holds neither an answer nor an error"},
          Case{"Together, a bare string in the body",
               R"({"custom_id":"a","response":{"status_code":429,"body":{"error":"slow down"}}})",
               Reason::provider_error, "slow down (HTTP 429)"},
          Case{"a bare string at the top", R"({"custom_id":"a","error":"engine is gone"})", Reason::provider_error,
               "engine is gone"},
          Case{"SiliconFlow, code and message straight in the body",
               R"({"custom_id":"a","response":{"status_code":503,"body":{"code":50505,"message":"Model overloaded"}}})",
               Reason::provider_error, "50505: Model overloaded (HTTP 503)"},
          Case{"vLLM run-batch, status 400 and no body",
               R"({"custom_id":"a","response":{"status_code":400,"body":null},"error":null})", Reason::bad_request,
               "HTTP 400, and no message"},
      }) {
    CAPTURE(c.shape);
    const Failure failure = failure_in(c.line);
    CHECK(model::name_of(failure.reason) == model::name_of(c.reason));
    CHECK(failure.message == c.message);
  }
}

TEST_CASE("error codes come to the reasons of the contract") {
  struct Case {
    const char* code;
    int status;
    Reason reason;
  };
  for (const Case& c : {
           Case{"DataInspectionFailed", 400, Reason::refused},
           Case{"data_inspection_failed", 0, Reason::refused},
           Case{"IPInfringementSuspect", 400, Reason::refused},
           Case{"CustomRoleBlocked", 400, Reason::refused},
           Case{"FaqRuleBlocked", 400, Reason::refused},
           Case{"content_filter", 400, Reason::refused},
           Case{"ResponsibleAIPolicyViolation", 400, Reason::refused},
           // a medium that could not be fetched is no verdict on the content
           Case{"InvalidParameter.DataInspection", 400, Reason::bad_request},
           Case{"batch_expired", 0, Reason::expired},
           Case{"batch_cancelled", 0, Reason::cancelled},
           Case{"InvalidParameter", 400, Reason::bad_request},
           Case{"invalid_value", 0, Reason::bad_request},
           Case{"BadRequest.EmptyInput", 400, Reason::bad_request},
           Case{"ModelNotFound", 404, Reason::bad_request},
           Case{"model_not_supported", 0, Reason::bad_request},
           Case{"mismatched_model", 0, Reason::bad_request},
           Case{"context_length_exceeded", 400, Reason::too_large},
           Case{"", 413, Reason::too_large},
           Case{"", 400, Reason::bad_request},
           Case{"never_seen_before", 422, Reason::bad_request},
           Case{"Throttling.RateQuota", 429, Reason::provider_error},
           Case{"limit_requests", 0, Reason::provider_error},
           Case{"insufficient_quota", 429, Reason::provider_error},
           Case{"token_limit_exceeded", 0, Reason::provider_error},
           Case{"InternalError.Algo", 500, Reason::provider_error},
           Case{"ModelServingError", 503, Reason::provider_error},
           Case{"RequestTimeOut", 500, Reason::provider_error},
           // not the request's fault, though the status is of that family
           Case{"Arrearage", 400, Reason::provider_error},
           Case{"invalid_api_key", 401, Reason::provider_error},
           Case{"AccessDenied.Unpurchased", 403, Reason::provider_error},
           Case{"invalid_request_error", 429, Reason::provider_error},
           Case{"invalid_request_error", 500, Reason::provider_error},
           Case{"", 502, Reason::provider_error},
           Case{"never_seen_before", 0, Reason::provider_error},
           Case{"", 0, Reason::provider_error},
       }) {
    CAPTURE(c.code);
    CAPTURE(c.status);
    CHECK(model::name_of(reason_of(c.code, "", c.status, Reason::provider_error)) == model::name_of(c.reason));
  }
}

TEST_CASE("a 400 that says try again later is the provider's trouble") {
  const Failure failure =
      failure_in(R"({"custom_id":"a","response":{"status_code":400,"body":{"error":{"code":"invalid_parameter",)"
                 R"("message":"File parsing in progress, please try again later."}}}})");
  CHECK(failure.reason == Reason::provider_error);
}

TEST_CASE("a provider's sermon is cut at a character, not within one") {
  std::string sermon;
  while (sermon.size() < 10'000)
    sermon += "ä";
  const Failure failure = failure_in(R"({"custom_id":"a","error":"x)" + sermon + "\"}");
  CHECK(failure.message.size() <= 2'000);
  CHECK(failure.message.ends_with("ä"));
}

TEST_CASE("a batch that failed validation says what and where") {
  const Failure failure = failure_of(std::vector<model::BatchError>{
      {"duplicate_custom_id", "The custom_id 'a' appears twice.", 17}, {"invalid_url", "x", std::nullopt}});
  CHECK(failure.reason == Reason::bad_request);
  CHECK(failure.message ==
        "the provider refused the batch: duplicate_custom_id: The custom_id 'a' appears twice. (line 17 of the file), "
        "and 1 more");
}

TEST_CASE("a batch that failed for want of room in the queue is no bad request") {
  CHECK(
      failure_of(std::vector<model::BatchError>{{"token_limit_exceeded", "Enqueued token limit reached", {}}}).reason ==
      Reason::provider_error);
  CHECK(failure_of(std::vector<model::BatchError>{}).reason == Reason::provider_error);
}

TEST_CASE("a batch that tells why as one text fails for the same reason as one that gives a list") {
  for (const auto& [code, message] : {std::pair{"internal_error", "Made up"},
                                      {"token_limit_exceeded", "Enqueued"},
                                      {"mismatched_model", "The model differs"},
                                      {"batch_cancelled", "x"}}) {
    CAPTURE(code);
    const auto listed = failure_of(std::vector<model::BatchError>{{code, message, {}}});
    const auto as_text = failure_of(std::vector<model::BatchError>{{"", std::string(code) + ": " + message, {}}});
    CHECK(model::name_of(as_text.reason) == model::name_of(listed.reason));
    CHECK(as_text.message == listed.message);
  }
  // Words before a colon are no code.
  CHECK(failure_of(std::vector<model::BatchError>{{"", "internal trouble: no", {}}}).reason == Reason::bad_request);
}

TEST_CASE("a refused create is a bad request, unless its sentence speaks of quota") {
  CHECK(failure_of_refusal("HTTP 400: Invalid file format for Batch API").reason == Reason::bad_request);
  CHECK(failure_of_refusal("Upload file number exceed quota").reason == Reason::provider_error);
  CHECK(failure_of_refusal("Enqueued token limit reached for the model").reason == Reason::provider_error);
  CHECK(failure_of_refusal("").message == "the provider refused the upload or the create");
}

}  // namespace
}  // namespace batchd::collect
