#include "rules/job/values.hpp"

#include <fmt/format.h>

#include "ground/base/units.hpp"

namespace batchd::job {

std::optional<std::string> text_at(const Source& source, std::string_view pointer) {
  const auto text = source.at(pointer).as_string();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string> label_of(json::View value) {
  if (value.is(json::Kind::number) || value.is(json::Kind::boolean)) return std::string(value.source_text());
  const auto text = value.as_string();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string> label_at(const Source& source, std::string_view pointer) {
  return label_of(source.at(pointer));
}

std::optional<bool> flag_at(const Source& source, std::string_view pointer) { return source.at(pointer).as_bool(); }

std::optional<std::uint64_t> count_at(Source& source, std::string_view pointer) {
  const json::View value = source.at(pointer);
  if (!value.is(json::Kind::number)) return std::nullopt;
  const auto number = value.as_int64();
  if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  source.complain(pointer, fmt::format("{} is too large", source.shown(pointer)));
  return std::nullopt;
}

namespace {

template <typename T>
std::optional<T> parsed_at(Source& source, std::string_view pointer, Result<T> (*parse)(std::string_view)) {
  const auto text = source.at(pointer).as_string();
  if (!text) return std::nullopt;
  Result<T> value = parse(*text);
  if (value.ok()) return *value;
  source.complain(pointer, fmt::format("{} does not fit: {}", source.shown(pointer), value.error().hint));
  return std::nullopt;
}

}  // namespace

std::optional<Duration> duration_at(Source& source, std::string_view pointer) {
  return parsed_at<Duration>(source, pointer, parse_duration);
}

std::optional<std::uint64_t> size_at(Source& source, std::string_view pointer) {
  return parsed_at<std::uint64_t>(source, pointer, parse_size);
}

std::optional<model::Money> money_at(Source& source, std::string_view pointer) {
  const auto text = source.at(pointer).as_number_text();
  if (!text) return std::nullopt;
  if (const auto money = model::money_from_text(*text)) return money;
  source.complain(pointer, fmt::format("{} is no amount of money: digits, and at most nine places behind the point",
                                       source.shown(pointer)));
  return std::nullopt;
}

std::vector<std::string> texts_at(const Source& source, std::string_view pointer) {
  std::vector<std::string> texts;
  for (const json::View element : source.at(pointer).elements())
    if (const auto text = element.as_string()) texts.emplace_back(*text);
  return texts;
}

Path resolved(const Path& folder, std::string_view written) { return (folder / Path(written)).lexically_normal(); }

}  // namespace batchd::job
