#include "line/prepare/shape.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace batchd::prepare {
namespace {

constexpr std::string_view gzip_magic = "\x1F\x8B";

std::string_view without_packing(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"})
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  return name;
}

bool seems_csv(std::string_view name, std::string_view first) {
  const auto bare = without_packing(name);
  if (bare.ends_with(".csv") || bare.ends_with(".tsv")) return true;
  const bool seems_json = first.find_first_of("{}[]") != std::string_view::npos;
  return !seems_json && first.find_first_of(",;\t") != std::string_view::npos;
}

}  // namespace

bool is_no_text(std::string_view bytes) {
  const auto is_control = [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f'; };
  return bytes.starts_with(gzip_magic) || std::any_of(bytes.begin(), bytes.end(), is_control);
}

std::string how_to_recode(std::string_view name) {
  return fmt::format("if it is Latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 {} > utf8-copy", name);
}

std::string hint_of_shape(std::string_view name, model::InputFormat format, std::string_view first) {
  if (first.starts_with(gzip_magic))
    return "this is gzip within gzip, and one layer is unpacked: gunzip it once and give what comes of it";
  const auto begin = first.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  const auto text = first.substr(begin);
  if (format == model::InputFormat::csv) return {};
  if (text.front() == '[')
    return fmt::format("is this one JSON array? A row is a line: jq -c '.[]' {} > lines.jsonl", name);
  if (text.find('\r') + 1 < text.size() && text.find('\r') != std::string_view::npos)
    return fmt::format("its lines end with CR alone, as on old Macs: tr '\\r' '\\n' < {} > lines.jsonl", name);
  if (text.front() != '{' && is_no_text(text)) return "this is not text: is it the right file?";
  if (format == model::InputFormat::rows && text.front() != '{' && seems_csv(name, text))
    return "is this CSV? Say so: --set input.format=csv, or `format: csv` below `input` in the job";
  return {};
}

}  // namespace batchd::prepare
