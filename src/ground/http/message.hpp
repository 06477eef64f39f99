#pragma once
// Requests and responses as plain values. A body is described, not held: files are streamed from and to disk.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::http {

enum class Method { get, head, post, put, patch, delete_, options };
std::string_view name_of(Method method);  // "GET"
std::optional<Method> method_from(std::string_view name);

// Header fields in the order in which they came; names compare without case; a name may repeat.
class Headers {
 public:
  struct Field {
    std::string name{};
    std::string value{};
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  // A name or value with a line break or a NUL in it is a programming error and crashes: check what users give with
  // is_header_value() where it is read.
  void add(std::string name, std::string value);  // beside others of that name
  void set(std::string name, std::string value);  // instead of others of that name
  void remove(std::string_view name);

  std::optional<std::string_view> find(std::string_view name) const;  // the first; valid until the next change
  std::vector<std::string_view> find_all(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  bool has_token(std::string_view name, std::string_view token) const;  // "Connection: Keep-Alive, close" has "close"

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

bool is_header_value(std::string_view text);                             // could stand in a header line
bool equal_without_case(std::string_view left, std::string_view right);  // ASCII

// A piece of a file. Its length is fixed when the message is sent; a file that shrinks meanwhile is ErrorKind::io.
struct FileRange {
  Path path{};
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length{};  // nothing: to the file's end
};

// multipart/form-data. Content-Type and Content-Length are set by whoever sends it; fields go out in this order.
struct MultipartField {
  std::string name{};
  std::variant<std::string, FileRange> content{};
  std::string filename{};      // empty: none is told
  std::string content_type{};  // empty: none is told
};
struct Multipart {
  std::vector<MultipartField> fields{};
};

using Body = std::variant<std::monostate, std::string, FileRange, Multipart>;

struct Request {
  Method method = Method::get;
  std::string url{};  // absolute: "https://host[:port]/path?query"; a unix-socket transport ignores its host
  Headers headers{};  // Host, Content-Length, User-Agent, Accept-Encoding: identity and Connection are added
  Body body{};
};

struct Response {
  int status = 0;
  Headers headers{};
  std::string body{};              // what came, unless it went to a file
  std::optional<Path> saved_to{};  // SendOptions::download_to, when the status was 2xx
  std::uint64_t body_bytes = 0;    // length of the body, wherever it went; unpacked, if it came as gzip

  bool is_success() const { return status >= 200 && status < 300; }
};

// "Not Found" for 404; "" for what is not in the list.
std::string_view reason_phrase(int status);

}  // namespace batchd::http
