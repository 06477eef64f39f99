#include "line/prepare/request_envelope.hpp"

#include <fmt/format.h>

#include "ground/base/utf8.hpp"
#include "ground/json/writer.hpp"

namespace batchd::prepare {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::string shown(json::View value) {
  const auto text = value.source_text();
  const auto beginning = beginning_of(text, shown_bytes_max);
  return std::string(beginning) + (beginning.size() < text.size() ? "…" : "");
}

bool is_known(std::string_view key) { return key == "custom_id" || key == "method" || key == "url" || key == "body"; }

std::string sentence_of_url(json::View url, std::string_view endpoint) {
  if (!url) return fmt::format("the row has no \"url\" (it would be \"{}\")", endpoint);
  return fmt::format("its url is {}, but the job's endpoint is \"{}\"; a run has one endpoint", shown(url), endpoint);
}

}  // namespace

std::optional<std::string> fault_of_request(json::View line, std::string_view endpoint) {
  for (const auto& [key, value] : line.members())
    if (!is_known(key))
      return fmt::format("{} is no part of a Batch API request (custom_id, method, url, body), and would be lost",
                         json::quoted(beginning_of(key, shown_bytes_max)));
  if (const auto method = line.find("method"); method && method.as_string() != "POST")
    return fmt::format("its method is {}, but must be \"POST\"", shown(method));
  if (const auto url = line.find("url"); url.as_string() != endpoint) return sentence_of_url(url, endpoint);
  const auto body = line.find("body");
  if (!body) return "the row has no \"body\"";
  if (!body.is(json::Kind::object))
    return fmt::format("its body is of kind {}, but must be an object", json::name_of(body.kind()));
  if (const auto stream = body.find("stream"); stream && !stream.is_null() && stream.as_bool() != false)
    return fmt::format("stream is {}, but a batch gives each answer whole: leave it out", shown(stream));
  return std::nullopt;
}

}  // namespace batchd::prepare
