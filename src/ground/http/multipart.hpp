#pragma once
// multipart/form-data as a server meets it: the parts of a body that lies in a file are found without holding it.
// The file part stays where it is, as a range of the spooled file; extract_part() copies it out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "ground/http/handler.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

struct MultipartPart {
  std::string name{};
  std::string filename{};      // empty: none was told
  std::string content_type{};  // empty: none was told
  std::uint64_t offset = 0;    // of its content in the body
  std::uint64_t length = 0;
};

inline constexpr std::size_t multipart_parts_max = 64;
inline constexpr std::size_t multipart_part_header_bytes_max = 16 * 1024;

// "multipart/form-data; boundary=…" → the boundary; ErrorKind::invalid when it is something else.
Result<std::string> multipart_boundary(std::string_view content_type);

// ErrorKind::invalid: the body is not what its boundary promises (which part, which byte). Blocking: a large file
// belongs on a Lane.
Result<std::vector<MultipartPart>> split_multipart_file(const Path& body, std::string_view boundary);
Result<std::vector<MultipartPart>> split_multipart_text(std::string_view body, std::string_view boundary);
// Whichever the request has.
Result<std::vector<MultipartPart>> split_multipart(const ServerRequest& request);

// A part's content: small ones as text, any size into a file (in the kernel's hands, not yet synced).
Result<std::string> part_text(const ServerRequest& request, const MultipartPart& part, std::uint64_t bytes_max);
Status extract_part(const ServerRequest& request, const MultipartPart& part, const Path& to);

}  // namespace batchd::http
