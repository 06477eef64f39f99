#include "line/provider/dialect.hpp"

#include <fmt/format.h>

#include "ground/http/url.hpp"
#include "ground/json/writer.hpp"
#include "line/provider/one_line.hpp"

namespace batchd::provider {
namespace {

constexpr std::string_view purpose = "batch";

bool is_url(std::string_view file_id) { return file_id.starts_with("https://") || file_id.starts_with("http://"); }

}  // namespace

std::string_view first_characters(std::string_view text, std::size_t characters_max) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins_character && characters_max-- == 0) return text.substr(0, at);
  }
  return text;
}

http::Request Dialect::request(http::Method method, std::string_view path) const {
  http::Request request;
  request.method = method;
  request.url = base_url_ + std::string(path);
  request.headers.set("Accept", "application/json");
  return request;
}

http::Request Dialect::upload(const Path& file, const std::string& filename) const {
  auto made = request(http::Method::post, "/files");
  http::Multipart form;
  form.fields.push_back({"purpose", std::string(purpose), {}, {}});
  form.fields.push_back({"file", http::FileRange{file, 0, std::nullopt}, filename, "application/octet-stream"});
  made.body = std::move(form);
  return made;
}

http::Request Dialect::create(const CreateRequest& request_) const {
  auto made = request(http::Method::post, "/batches");
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.key("input_file_id").string(request_.input_file_id);
  writer.key("endpoint").string(request_.endpoint);
  if (!request_.completion_window.empty()) writer.key("completion_window").string(request_.completion_window);
  if (const auto pairs = metadata(request_); !pairs.empty()) {
    writer.key("metadata").begin_object();
    for (const auto& [key, value] : pairs)
      writer.key(key).string(value);
    writer.end_object();
  }
  writer.end_object();
  made.headers.set("Content-Type", "application/json");
  made.body = std::move(body);
  return made;
}

http::Request Dialect::list(const ListQuery& query) const {
  std::vector<std::pair<std::string, std::string>> pairs = {{"limit", std::to_string(page_size)}};
  if (!query.after.empty()) pairs.emplace_back("after", query.after);
  std::string files;
  for (const auto& file : query.input_file_ids)
    files += (files.empty() ? "" : ",") + file;
  if (lists_by_input_file() && !files.empty()) pairs.emplace_back("input_file_ids", files);
  return request(http::Method::get, "/batches" + http::format_query(pairs));
}

http::Request Dialect::poll(std::string_view batch_id) const {
  return request(http::Method::get, "/batches/" + http::percent_encode(batch_id));
}

http::Request Dialect::cancel(std::string_view batch_id) const {
  auto made = request(http::Method::post, "/batches/" + http::percent_encode(batch_id) + "/cancel");
  made.body = std::string();  // a body of no bytes: some servers refuse a POST without a Content-Length
  return made;
}

http::Request Dialect::remove(std::string_view file_id) const {
  return request(http::Method::delete_, "/files/" + http::percent_encode(file_id));
}

http::Request Dialect::list_files(std::string_view after) const {
  std::vector<std::pair<std::string, std::string>> pairs = {{"limit", std::to_string(files_page_size)}};
  if (!after.empty()) pairs.emplace_back("after", after);
  return request(http::Method::get, "/files" + http::format_query(pairs));
}

Result<http::Request> Dialect::content(std::string_view file_id) const {
  if (!is_url(file_id)) {
    auto made = request(http::Method::get, "/files/" + http::percent_encode(file_id) + "/content");
    made.headers.set("Accept", "*/*");
    return made;
  }
  const auto there = http::parse_url(file_id);
  const auto here = http::parse_url(base_url_);
  if (!there || !here || there->origin() != here->origin()) {
    const std::string where = there ? there->origin() : one_line(file_id.substr(0, file_id.find('?')), 100);
    return Error(
        ErrorKind::rejected,
        fmt::format("the result file lies at {}, which is not the provider's own address {}; the key is not "
                    "sent there",
                    where, base_url_),
        "Download it with the provider's console; if that host can be trusted with the key, make it base_url.");
  }
  http::Request made;
  made.url = std::string(file_id);
  made.headers.set("Accept", "*/*");
  return made;
}

}  // namespace batchd::provider
