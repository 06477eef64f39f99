#include "ground/http/body_decoder.hpp"

#include "ground/base/units.hpp"

namespace batchd::http {

namespace {

// What cannot be packed grows by some bytes per 16 KiB block, and has a header.
std::uint64_t packed_bytes_max(std::uint64_t bytes_max) { return bytes_max + bytes_max / 1000 + 64 * 1024; }

}  // namespace

ContentCoding content_coding_of(const Headers& headers) {
  const auto coding = headers.find("Content-Encoding");
  if (!coding || coding->empty() || equal_without_case(*coding, "identity")) return ContentCoding::identity;
  const bool is_gzip = equal_without_case(*coding, "gzip") || equal_without_case(*coding, "x-gzip");
  return is_gzip ? ContentCoding::gzip : ContentCoding::unknown;
}

BodyDecoder::BodyDecoder(ContentCoding coding, BodySink& sink, std::uint64_t bytes_max)
    : sink_(sink), packed_bytes_left_(packed_bytes_max(bytes_max)) {
  if (coding == ContentCoding::gzip) inflater_.emplace();
}

Status BodyDecoder::take(std::string_view piece) {
  if (!inflater_) return sink_.take(piece);
  if (piece.size() > packed_bytes_left_)
    return Error(ErrorKind::protocol, "packed, its body is longer than the limit allows");
  packed_bytes_left_ -= piece.size();
  Status kept;
  const Inflater::Sink into = [&](std::string_view plain) {
    kept = sink_.take(plain);
    return kept;
  };
  const Status unpacked = inflater_->push(piece, into);
  if (!kept.ok()) return kept;
  if (!unpacked.ok()) return Error(ErrorKind::protocol, "its gzip body is damaged (" + unpacked.error().message + ")");
  return {};
}

Status BodyDecoder::finish() {
  if (!inflater_ || inflater_->finish().ok()) return {};
  return Error(ErrorKind::network,
               "its gzip body ends too early, after " + format_count(sink_.bytes()) + " unpacked bytes");
}

}  // namespace batchd::http
