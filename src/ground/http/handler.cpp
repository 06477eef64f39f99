#include "ground/http/handler.hpp"

#include "ground/http/server_request.hpp"

namespace batchd::http {

SpooledFile::SpooledFile(SpooledFile&& other) noexcept
    : path_(std::exchange(other.path_, Path())), size_bytes_(other.size_bytes_) {}

SpooledFile& SpooledFile::operator=(SpooledFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

SpooledFile::~SpooledFile() {
  if (!path_.empty()) (void)remove_file(path_);
}

Path SpooledFile::take() { return std::exchange(path_, Path()); }

std::optional<std::string_view> ServerRequest::find_query(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::uint64_t ServerRequest::body_bytes() const {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  return std::get<SpooledFile>(body).size_bytes();
}

Result<std::string> ServerRequest::body_text(std::uint64_t bytes_max) const {
  if (body_bytes() > bytes_max)
    return Error(ErrorKind::invalid, "the body has " + std::to_string(body_bytes()) + " bytes; at most " +
                                         std::to_string(bytes_max) + " are read here");
  if (const auto* text = std::get_if<std::string>(&body)) return *text;
  return read_file(std::get<SpooledFile>(body).path(), bytes_max);
}

BodyPlan Handler::plan_body(const ServerRequest&) { return {}; }

ServerResponse Handler::refusal(int status, std::string text) { return plain_answer(status, std::move(text)); }

}  // namespace batchd::http
