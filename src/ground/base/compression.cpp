#include "ground/base/compression.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "ground/base/check.hpp"

namespace batchd {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // zlib's way to say "gzip, not zlib"
constexpr int zlib_memory_level = 8;
constexpr std::size_t step_bytes_max = std::numeric_limits<uInt>::max() / 2;  // zlib counts a call in 32 bits
constexpr std::string_view gzip_magic = "\x1F\x8B";
constexpr std::string_view zstd_magic = "\x28\xB5\x2F\xFD";
constexpr std::string_view zstd_skippable_magic = "\x2A\x4D\x18";  // behind a byte of 0x50 to 0x5F

Error cut_short(std::string_view packing, std::uint64_t byte) {
  return {ErrorKind::invalid,
          fmt::format("the {} data is cut short: it ends at byte {} without its end", packing, byte),
          "the file was not written or copied completely"};
}

Error damaged(std::string_view packing, std::uint64_t byte, std::string_view why) {
  return {ErrorKind::invalid, fmt::format("the {} data is damaged at about byte {} ({})", packing, byte, why)};
}

Error followed_by_garbage(std::string_view packing, std::uint64_t byte) {
  return {ErrorKind::invalid,
          fmt::format("the {} data ends at byte {}, and what follows is no {}", packing, byte, packing),
          "the file is damaged, or something was appended to it uncompressed"};
}

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() { check(::inflateInit2(&stream_, gzip_window_bits) == Z_OK, "zlib can be set up"); }
  ~GzipUnpacker() override { ::inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Result<Step> step(std::string_view input, char* output, std::size_t room) override {
    Step done;
    if (!in_member_) {
      if (input.empty()) return done;
      // A member's first byte is looked at alone: whatever else stands there is named as garbage, not as damage.
      if (offset_ > 0 && input.front() != gzip_magic.front()) return followed_by_garbage("gzip", offset_);
      in_member_ = true;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(std::min(input.size(), step_bytes_max));
    stream_.next_out = reinterpret_cast<Bytef*>(output);
    stream_.avail_out = static_cast<uInt>(std::min(room, step_bytes_max));
    const auto given = stream_.avail_in;
    const auto offered = stream_.avail_out;
    const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    done.taken = given - stream_.avail_in;
    done.made = offered - stream_.avail_out;
    offset_ += done.taken;
    if (outcome == Z_STREAM_END) {
      in_member_ = false;
      check(::inflateReset(&stream_) == Z_OK, "zlib can start again");
      return done;
    }
    if (outcome == Z_OK || outcome == Z_BUF_ERROR) return done;
    if (outcome == Z_NEED_DICT) return damaged("gzip", offset_, "it asks for a dictionary");
    return damaged("gzip", offset_, stream_.msg ? stream_.msg : "zlib gives no reason");
  }

  Status finish() const override { return in_member_ ? Status(cut_short("gzip", offset_)) : Status(); }

 private:
  z_stream stream_{};
  bool in_member_ = false;
  std::uint64_t offset_ = 0;  // of the next compressed byte
};

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : context_(::ZSTD_createDCtx()) {
    check(context_ != nullptr, "zstd can be set up");
    const auto outcome = ::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, zstd_window_log_max);
    check(::ZSTD_isError(outcome) == 0, "zstd takes the window's limit");
  }
  ~ZstdUnpacker() override { ::ZSTD_freeDCtx(context_); }
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  Result<Step> step(std::string_view input, char* output, std::size_t room) override {
    // zstd would take "no input" at a frame's beginning for one that has begun.
    if (!in_frame_ && input.empty()) return Step{};
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output, room, 0};
    const auto outcome = ::ZSTD_decompressStream(context_, &out, &in);
    offset_ += in.pos;
    if (::ZSTD_isError(outcome) != 0) return fault_of(::ZSTD_getErrorCode(outcome), outcome);
    if (in.pos > 0 || out.pos > 0) in_frame_ = outcome != 0;
    if (!in_frame_) frames_end_ = offset_;
    return Step{in.pos, out.pos};
  }

  Status finish() const override { return in_frame_ ? Status(cut_short("zstd", offset_)) : Status(); }

 private:
  Error fault_of(ZSTD_ErrorCode code, std::size_t outcome) const {
    if (code == ZSTD_error_frameParameter_windowTooLarge) {
      return {ErrorKind::invalid,
              fmt::format("the zstd data needs a window of more than {} MiB to be unpacked",
                          zstd_window_bytes_max / (1024 * 1024)),
              fmt::format("compress it again without --long, or with --long={} at most", zstd_window_log_max)};
    }
    if (code == ZSTD_error_prefix_unknown && frames_end_ > 0) return followed_by_garbage("zstd", frames_end_);
    return damaged("zstd", offset_, ::ZSTD_getErrorName(outcome));
  }

  ZSTD_DCtx* context_;
  bool in_frame_ = false;
  std::uint64_t offset_ = 0;
  std::uint64_t frames_end_ = 0;  // behind the last whole frame
};

}  // namespace

Packing packing_of(std::string_view first_bytes) {
  if (first_bytes.starts_with(gzip_magic)) return Packing::gzip;
  if (first_bytes.starts_with(zstd_magic)) return Packing::zstd;
  const bool is_skippable = first_bytes.size() >= 4 && (static_cast<unsigned char>(first_bytes[0]) & 0xF0) == 0x50 &&
                            first_bytes.substr(1, 3) == zstd_skippable_magic;
  return is_skippable ? Packing::zstd : Packing::none;
}

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  check(packing != Packing::none, "what is not packed needs no unpacking");
  if (packing == Packing::gzip) return std::make_unique<GzipUnpacker>();
  return std::make_unique<ZstdUnpacker>();
}

Inflater::Inflater() : unpacker_(make_unpacker(Packing::gzip)), piece_(piece_bytes, '\0') {}

Status Inflater::push(std::string_view bytes, const Sink& sink) {
  for (;;) {
    auto step = unpacker_->step(bytes, piece_.data(), piece_.size());
    if (!step) return step.error();
    bytes.remove_prefix(step->taken);
    if (step->made > 0) {
      if (auto given = sink(std::string_view(piece_).substr(0, step->made)); !given) return given;
    } else if (step->taken == 0 || bytes.empty()) {
      // Nothing is left of the input, and nothing is held back: a full piece would have come with the last step.
      check(bytes.empty(), "an unpacker with input and room does something");
      return {};
    }
  }
}

Status Inflater::finish() const { return unpacker_->finish(); }

Result<std::string> gunzip(std::string_view compressed, std::uint64_t bytes_max) {
  Inflater inflater;
  std::string plain;
  auto pushed = inflater.push(compressed, [&](std::string_view piece) -> Status {
    if (piece.size() > bytes_max - plain.size())
      return Error(ErrorKind::invalid, fmt::format("the gzip data unpacks to more than {} bytes", bytes_max));
    plain += piece;
    return {};
  });
  if (!pushed) return pushed.error();
  if (auto finished = inflater.finish(); !finished) return finished.error();
  return plain;
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  check(::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, zlib_memory_level,
                       Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib can be set up");
  std::string packed;
  std::string piece(Inflater::piece_bytes, '\0');
  int outcome = Z_OK;
  while (outcome != Z_STREAM_END) {
    const auto part = plain.substr(0, step_bytes_max);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));  // zlib only reads it
    stream.avail_in = static_cast<uInt>(part.size());
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    outcome = ::deflate(&stream, part.size() == plain.size() ? Z_FINISH : Z_NO_FLUSH);
    check(outcome != Z_STREAM_ERROR, "zlib packs what it is given");
    plain.remove_prefix(part.size() - stream.avail_in);
    packed.append(piece, 0, piece.size() - stream.avail_out);
  }
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace batchd
