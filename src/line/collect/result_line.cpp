#include "line/collect/result_line.hpp"

namespace batchd::collect {

std::optional<ResultLine> ResultLine::from(json::View line) {
  if (!line.is(json::Kind::object)) return std::nullopt;
  ResultLine result;
  bool has_custom_id = false;
  for (const auto [key, value] : line.members()) {
    if (key == "custom_id") {
      const auto text = value.as_string();
      has_custom_id = text && !text->empty();
      if (has_custom_id) result.custom_id = *text;
    } else if (key == "response") {
      result.response = value;
    } else if (key == "error") {
      result.error = value;
    }
  }
  if (!has_custom_id) return std::nullopt;
  result.body = result.response.find("body");
  return result;
}

std::optional<std::int64_t> ResultLine::status() const { return response.find("status_code").as_int64(); }

std::optional<std::string_view> ResultLine::request_id() const { return response.find("request_id").as_string(); }

bool ResultLine::holds_answer() const {
  if ((error && !error.is_null()) || status() != 200) return false;
  const json::View inner = body.find("error");
  return !inner || inner.is_null();
}

}  // namespace batchd::collect
