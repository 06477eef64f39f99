#include "line/prepare/request_line.hpp"

#include "ground/json/writer.hpp"
#include "rules/model/item.hpp"

namespace batchd::prepare {
namespace {

constexpr std::string_view before_custom_id = R"({"custom_id":")";
constexpr std::uint32_t first_attempt = 1;
constexpr std::uint64_t around_sequence_bytes = 26 + 1 + 2;  // "<run>-", "-1"

std::uint64_t digits_of(std::uint64_t number) {
  std::uint64_t digits = 1;
  for (; number >= 10; number /= 10)
    ++digits;
  return digits;
}

}  // namespace

RequestLine::RequestLine(std::string_view endpoint)
    : behind_custom_id_(R"(","method":"POST","url":)" + json::quoted(endpoint) + R"(,"body":)") {}

void RequestLine::append(std::string& out, std::string_view run, std::uint64_t sequence, std::string_view body) const {
  append_custom_id(out, run, sequence, first_attempt);
  out += behind_custom_id_;
  out += body;
  out += '}';
}

std::uint64_t RequestLine::size_bytes(std::uint64_t sequence, std::uint64_t body_bytes) const {
  return before_custom_id.size() + around_sequence_bytes + digits_of(sequence) + behind_custom_id_.size() + body_bytes +
         1;
}

void append_custom_id(std::string& out, std::string_view run, std::uint64_t sequence, std::uint32_t attempt) {
  out += before_custom_id;
  model::append_text(out, run, sequence, attempt);
}

std::optional<std::string_view> behind_first_custom_id(std::string_view line, std::string_view run,
                                                       std::uint64_t sequence) {
  std::string start;
  append_custom_id(start, run, sequence, first_attempt);
  if (!line.starts_with(start) || line.size() == start.size() || line[start.size()] != '"') return std::nullopt;
  return line.substr(start.size());
}

}  // namespace batchd::prepare
