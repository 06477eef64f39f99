#pragma once
// Internal to the room: the body of an answer on its way into its sink, unpacked when it came packed. We ask for
// identity; some proxies and servers pack all the same.

#include <cstdint>
#include <optional>
#include <string_view>

#include "ground/base/compression.hpp"
#include "ground/http/body_sink.hpp"
#include "ground/http/message.hpp"

namespace batchd::http {

enum class ContentCoding { identity, gzip, unknown };
ContentCoding content_coding_of(const Headers& headers);

class BodyDecoder {
 public:
  // `sink` must outlive the decoder. bytes_max, its own limit, is held against what comes over the wire as well: an
  // endless row of empty gzip members would unpack to nothing for ever.
  BodyDecoder(ContentCoding coding, BodySink& sink, std::uint64_t bytes_max);

  // ErrorKind::protocol: damaged, or longer than the limit. ErrorKind::io: the sink's file.
  Status take(std::string_view piece);
  // Behind the last piece. ErrorKind::network: what came packed ends too early.
  Status finish();

 private:
  BodySink& sink_;
  std::uint64_t packed_bytes_left_;
  std::optional<Inflater> inflater_;
};

}  // namespace batchd::http
