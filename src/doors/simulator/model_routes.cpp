#include <array>

#include <fmt/format.h>

#include "doors/simulator/desk.hpp"
#include "doors/simulator/draw.hpp"
#include "doors/simulator/ids.hpp"
#include "ground/base/hash.hpp"
#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// Any name is answered under; these are listed.
constexpr std::array<std::string_view, 2> openai_models{"gpt-4o-mini", "text-embedding-3-small"};
constexpr std::array<std::string_view, 3> dashscope_models{"qwen-plus", "qwen-flash", "text-embedding-v4"};
constexpr std::int64_t models_created_at = 1'735'689'600;

std::string model_object(Dialect dialect, std::string_view id) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("id").string(id).key("object").string("model");
  writer.key("created").integer(models_created_at).key("owned_by").string(name_of(dialect)).end_object();
  return text;
}

}  // namespace

http::ServerResponse Desk::ask(const Call& call, std::string_view endpoint) {
  const auto text = call.request.body_text(json_body_bytes_max);
  json::Document document;
  const auto body = text ? document.parse(*text, {.duplicate_keys_are_errors = false}) : text.error();
  if (!body || !body->is(json::Kind::object))
    return error_answer({.message = "We could not parse the JSON body of your request.", .code = {}, .param = {}});
  if (body->find("stream").as_bool().value_or(false))
    return error_answer({.message = "The simulator answers in one piece: leave out 'stream'.",
                         .code = "unsupported_value",
                         .param = "stream"});
  std::string id;
  Ids(seed_, call.dialect).request(call.key, 0, id);
  Question question;
  question.dialect = call.dialect;
  question.endpoint = endpoint;
  question.body = *body;
  question.body_hash = xxh3_128(body->source_text()).low;
  question.now = call.now;
  question.id = id;
  Reply reply;
  if (auto asked = world_.ask(question, reply); !asked) return error_answer(broken_world(asked.error().message));
  if (!reply.ok()) return error_answer(reply.error);
  return json_answer(std::move(reply.body));
}

http::ServerResponse Desk::models(const Call& call, std::string_view id) {
  std::vector<Listed> data;
  const auto add = [&](std::string_view name) {
    data.push_back({std::string(name), model_object(call.dialect, name)});
  };
  if (call.dialect == Dialect::openai) {
    for (const std::string_view name : openai_models)
      add(name);
  } else {
    for (const std::string_view name : dashscope_models)
      add(name);
  }
  if (id.empty()) return json_answer(list_body(data, false));
  for (const Listed& one : data)
    if (one.id == id) return json_answer(one.json);
  return error_answer({.status = 404,
                       .message = fmt::format("The model '{}' does not exist", id),
                       .code = "model_not_found",
                       .param = "model"});
}

}  // namespace batchd::simulator
