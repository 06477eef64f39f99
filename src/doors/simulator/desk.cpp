#include "doors/simulator/desk.hpp"

#include <charconv>

#include <fmt/format.h>

#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

// "/files/x/content" → "files", "x", "content".
std::vector<std::string_view> steps_of(std::string_view route) {
  std::vector<std::string_view> steps;
  while (!route.empty() && steps.size() < 4) {
    route.remove_prefix(1);
    const auto end = std::min(route.find('/'), route.size());
    steps.push_back(route.substr(0, end));
    route.remove_prefix(end);
  }
  return steps;
}

ApiError bad_limit(std::string_view what, std::string_view bound, std::uint64_t value, std::string_view given) {
  return {.message = fmt::format("Invalid 'limit': integer {}. Expected a value {} {}, but got {} instead.", what,
                                 bound, value, given),
          .code = fmt::format("integer_{}", what.starts_with("above") ? "above_max_value" : "below_min_value"),
          .param = "limit"};
}

}  // namespace

http::ServerResponse Desk::answer(const Call& call, std::string_view route) {
  using http::Method;
  const Method method = call.request.method;
  const auto steps = steps_of(route);
  const auto is = [&](std::size_t count, std::string_view first) { return steps.size() == count && steps[0] == first; };

  if (is(1, "files") && method == Method::post) return upload(call);
  if (is(1, "files") && method == Method::get) return list_files(call);
  if (is(2, "files") && (method == Method::get || method == Method::delete_)) return file(call, steps[1]);
  if (is(3, "files") && steps[2] == "content" && method == Method::get) return content(call, steps[1]);
  if (is(1, "batches") && method == Method::post) return create(call);
  if (is(1, "batches") && method == Method::get) return list_batches(call);
  if (is(2, "batches") && method == Method::get) return batch(call, steps[1]);
  if (is(3, "batches") && steps[2] == "cancel" && method == Method::post) return cancel(call, steps[1]);
  if (route == "/chat/completions" && method == Method::post) return ask(call, "/v1/chat/completions");
  if (route == "/embeddings" && method == Method::post) return ask(call, "/v1/embeddings");
  if (is(1, "models") && method == Method::get) return models(call, {});
  if (is(2, "models") && method == Method::get) return models(call, steps[1]);
  return error_answer(no_such_route(http::name_of(method), call.request.path));
}

std::variant<Page, ApiError> page_of(const http::ServerRequest& request, PageLimits limits) {
  Page page;
  page.limit = limits.usual;
  page.after = request.find_query("after").value_or("");
  const auto given = request.find_query("limit");
  if (!given) return page;
  std::int64_t limit = 0;
  const auto [end, fault] = std::from_chars(given->data(), given->data() + given->size(), limit);
  if (fault != std::errc() || end != given->data() + given->size())
    return ApiError{
        .message = fmt::format("Invalid type for 'limit': expected an integer, but got '{}' instead.", *given),
        .code = "invalid_type",
        .param = "limit"};
  if (limit < 1) return bad_limit("below minimum value", ">=", 1, *given);
  page.limit = static_cast<std::uint64_t>(limit);
  if (page.limit > limits.most) return bad_limit("above maximum value", "<=", limits.most, *given);
  return page;
}

std::string list_body(const std::vector<Listed>& data, bool has_more) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("object").string("list").key("data").begin_array();
  for (const Listed& one : data)
    writer.raw(one.json);
  writer.end_array();
  for (const bool first : {true, false}) {
    writer.key(first ? "first_id" : "last_id");
    if (data.empty()) {
      writer.null();
    } else {
      writer.string(first ? data.front().id : data.back().id);
    }
  }
  writer.key("has_more").boolean(has_more).end_object();
  return body;
}

}  // namespace batchd::simulator
