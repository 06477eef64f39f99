#include "doors/daemon/run_wish.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "ground/json/document.hpp"

namespace batchd::daemon {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> at_least_one(std::string_view text) {
  const auto number = whole_number(text);
  return number && *number > 0 ? number : std::nullopt;
}

// 20, "20" or "20:7".
std::optional<model::Sample> sample_from(const json::View& value) {
  const auto text = value.as_string() ? *value.as_string() : value.as_number_text().value_or("");
  const auto colon = text.find(':');
  const auto rows = at_least_one(text.substr(0, colon));
  const auto seed = colon == text.npos ? std::optional<std::uint64_t>(1) : whole_number(text.substr(colon + 1));
  if (!rows || !seed) return std::nullopt;
  return model::Sample{*rows, *seed};
}

Error wrong(std::string_view member, std::string_view what) {
  return {ErrorKind::invalid, fmt::format("\"{}\" is {}", member, what)};
}

Status take(RunWish& wish, std::string_view member, const json::View& value) {
  if (member == "key") {
    const auto key = value.as_string();
    if (!key || !is_key(*key)) return wrong(member, fmt::format("a text of 1 to {} characters", key_characters_max));
    wish.key = std::string(*key);
  } else if (member == "new") {
    const auto is_new = value.as_bool();
    if (!is_new) return wrong(member, "true or false");
    wish.is_new = *is_new;
  } else if (member == "limit") {
    wish.limit = at_least_one(value.as_number_text().value_or(""));
    if (!wish.limit) return wrong(member, "a whole number from 1");
  } else if (member == "sample") {
    wish.sample = sample_from(value);
    if (!wish.sample) return wrong(member, "a whole number from 1, or \"N:SEED\"");
  } else {
    return Error(ErrorKind::invalid, fmt::format("\"{}\" is not known here", member),
                 "the body may hold key, new, limit and sample");
  }
  return {};
}

}  // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= key_characters_max && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
  });
}

Result<RunWish> run_wish_from(std::string_view body) {
  RunWish wish;
  if (body.find_first_not_of(" \t\r\n") == body.npos) return wish;
  json::Document document;
  const auto root = document.parse(body);
  if (!root) return Error(ErrorKind::invalid, "the body is no JSON: " + root.error().message);
  if (!root->is(json::Kind::object)) return Error(ErrorKind::invalid, "the body is no JSON object");
  for (const auto [member, value] : root->members())
    if (auto taken = take(wish, member, value); !taken) return taken.error();
  return wish;
}

}  // namespace batchd::daemon
