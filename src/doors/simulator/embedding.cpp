#include "doors/simulator/embedding.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "doors/simulator/draw.hpp"
#include "doors/simulator/tokens.hpp"
#include "ground/base/hash.hpp"
#include "ground/json/writer.hpp"

namespace batchd::simulator {
namespace {

constexpr std::uint64_t text_tokens_max = 8'192;
constexpr double rounding = 1e7;  // seven digits: what a float holds

struct Model {
  std::string_view name;
  std::int64_t dimensions;  // unless told otherwise
  std::int64_t dimensions_max;
  std::uint64_t inputs_max;
};
constexpr std::array<Model, 8> models{{
    {"text-embedding-3-small", 1536, 1536, 2048},
    {"text-embedding-3-large", 3072, 3072, 2048},
    {"text-embedding-ada-002", 1536, 1536, 2048},
    {"text-embedding-v1", 1536, 1536, 25},
    {"text-embedding-v2", 1536, 1536, 25},
    {"text-embedding-v3", 1024, 1024, 10},
    {"text-embedding-v4", 1024, 2048, 10},
    {"qwen3.7-text-embedding", 1024, 2048, 20},
}};
constexpr Model other_openai_model{"", 1536, 4096, 2048};
constexpr Model other_dashscope_model{"", 1024, 4096, 10};

const Model& model_of(Dialect dialect, json::View body) {
  const auto name = body.find("model").as_string().value_or("");
  for (const Model& model : models)
    if (name.starts_with(model.name)) return model;
  return dialect == Dialect::openai ? other_openai_model : other_dashscope_model;
}

// A list with something in it, and all of it is such.
bool is_list_of(json::View list, bool (*is_such)(json::View)) {
  if (!list.is(json::Kind::array) || list.size() == 0) return false;
  for (const json::View one : list.elements())
    if (!is_such(one)) return false;
  return true;
}

bool is_token(json::View value) { return value.as_int64().value_or(-1) >= 0; }

// One text, or the tokens of one.
bool is_input(json::View value) {
  const auto text = value.as_string();
  return text ? !text->empty() : is_list_of(value, is_token);
}

std::uint64_t tokens_in(json::View input) {
  return input.is(json::Kind::array) ? input.size() : tokens_of(input.as_string().value_or(""));
}

template <typename Do>
void for_each_input(json::View input, Do what) {
  if (is_input(input)) return what(input);
  for (const json::View one : input.elements())
    what(one);
}

ApiError invalid_input() {
  return {.message =
              "'$.input' is invalid: a text, a list of texts, a list of tokens or a list of such lists, none of "
              "them empty.",
          .code = {},
          .param = {}};
}

ApiError invalid_value(std::string_view name, std::string message) {
  return {.message = std::move(message), .code = "invalid_value", .param = std::string(name)};
}

ApiError too_many_inputs(Dialect dialect, std::uint64_t most, std::uint64_t count) {
  if (dialect == Dialect::dashscope)
    return {.message = fmt::format("batch size is invalid, it should not be larger than {}.: input.contents", most),
            .code = "InvalidParameter",
            .param = {}};
  return {
      .message = fmt::format("Invalid 'input': array too long. Expected an array with maximum length {}, but got an "
                             "array with length {} instead.",
                             most, count),
      .code = "array_above_max_length",
      .param = "input"};
}

std::optional<ApiError> complaint_about_input(Dialect dialect, json::View body) {
  const auto input = body.find("input");
  if (!input) return missing_parameter("input");
  if (!is_input(input) && !is_list_of(input, is_input)) return invalid_input();
  const Model& model = model_of(dialect, body);
  if (const auto count = embedding_inputs_in(body); count > model.inputs_max)
    return too_many_inputs(dialect, model.inputs_max, count);
  std::uint64_t longest = 0;
  for_each_input(input, [&](json::View one) { longest = std::max(longest, tokens_in(one)); });
  if (longest <= text_tokens_max) return std::nullopt;
  return ApiError{.message = fmt::format("This model's maximum context length is {} tokens, however you requested {} "
                                         "tokens. Please reduce your prompt.",
                                         text_tokens_max, longest),
                  .code = {},
                  .param = {}};
}

std::int64_t dimensions_of(Dialect dialect, json::View body) {
  return body.find("dimensions").as_int64().value_or(model_of(dialect, body).dimensions);
}

// Of length 1. Fewer dimensions are the beginning of more.
void vector_of(std::uint64_t key, std::size_t dimensions, std::vector<double>& vector) {
  Draw draw(key);
  vector.resize(dimensions);
  double squares = 0;
  for (double& number : vector) {
    number = 2 * draw.unit() - 1;
    squares += number * number;
  }
  const double length = std::sqrt(std::max(squares, 1e-12));
  for (double& number : vector)
    number = std::round(number / length * rounding) / rounding;
}

// Little-endian 32-bit floats in base64.
void append_base64(std::string& out, const std::vector<double>& vector) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::uint32_t gathered = 0;
  int bits = 0;
  const auto take = [&](std::uint32_t byte) {
    gathered = gathered << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6)
      out += alphabet[(gathered >> (bits - 6)) & 63];
  };
  for (const double number : vector) {
    const auto word = std::bit_cast<std::uint32_t>(static_cast<float>(number));
    for (int shift = 0; shift < 32; shift += 8)
      take((word >> shift) & 255);
  }
  if (bits > 0) out += alphabet[(gathered << (6 - bits)) & 63];
  while (out.size() % 4 != 0)
    out += '=';
}

}  // namespace

std::uint64_t embedding_inputs_in(json::View body) {
  const auto input = body.find("input");
  return is_input(input) || !input.is(json::Kind::array) ? 1 : input.size();
}

std::optional<ApiError> complaint_about_embedding(Dialect dialect, json::View body) {
  if (auto complaint = complaint_about_input(dialect, body)) return complaint;
  if (const auto format = body.find("encoding_format")) {
    const auto name = format.as_string().value_or("");
    if (name != "float" && name != "base64")
      return invalid_value("encoding_format", fmt::format("Invalid value: '{}'. Supported values are: 'float' and "
                                                          "'base64'.",
                                                          format.is(json::Kind::string) ? name : format.source_text()));
  }
  const auto dimensions = body.find("dimensions");
  if (!dimensions) return std::nullopt;
  const auto most = model_of(dialect, body).dimensions_max;
  const auto wished = dimensions.as_int64().value_or(0);
  if (wished >= 1 && wished <= most) return std::nullopt;
  return invalid_value("dimensions", fmt::format("Invalid value for 'dimensions' = {}. Must be between 1 and {}.",
                                                 dimensions.source_text(), most));
}

void embed(const Question& question, std::uint64_t seed, Reply& reply) {
  const auto model = question.body.find("model").as_string().value_or("");
  const auto dimensions = static_cast<std::size_t>(dimensions_of(question.dialect, question.body));
  const bool in_base64 = question.body.find("encoding_format").as_string() == "base64";
  const std::uint64_t space = mixed(mixed(seed, number_of("embedding")), number_of(model));
  std::vector<double> vector;
  std::string encoded;
  std::uint64_t index = 0;
  reply.usage = {};

  json::Writer writer(reply.body);
  writer.begin_object().key("object").string("list").key("data").begin_array();
  for_each_input(question.body.find("input"), [&](json::View input) {
    reply.usage.prompt_tokens += tokens_in(input);
    const auto text = input.as_string().value_or(input.source_text());
    vector_of(mixed(space, xxh3_128(text).low), dimensions, vector);
    writer.begin_object().key("object").string("embedding").key("index").unsigned_integer(index++);
    writer.key("embedding");
    if (in_base64) {
      encoded.clear();
      append_base64(encoded, vector);
      writer.string(encoded);
    } else {
      writer.begin_array();
      for (const double number : vector)
        writer.number(number);
      writer.end_array();
    }
    writer.end_object();
  });
  writer.end_array().key("model").string(model);
  if (question.dialect == Dialect::dashscope) writer.key("id").string(question.id);
  writer.key("usage").begin_object().key("prompt_tokens").unsigned_integer(reply.usage.prompt_tokens);
  writer.key("total_tokens").unsigned_integer(reply.usage.prompt_tokens).end_object().end_object();
}

}  // namespace batchd::simulator
