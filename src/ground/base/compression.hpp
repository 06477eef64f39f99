#pragma once
// gzip (RFC 1952) and zstd (RFC 8878), unpacked piece by piece: whole contents are never held unless asked for.
// All errors are ErrorKind::invalid; "byte" in a message counts compressed bytes from 0.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ground/base/result.hpp"

namespace batchd {

// A zstd frame that needs a larger window (zstd --long=28 and above) is refused: this much memory a stream, no more.
inline constexpr int zstd_window_log_max = 27;
inline constexpr std::uint64_t zstd_window_bytes_max = std::uint64_t{1} << zstd_window_log_max;  // 128 MiB

enum class Packing { none, gzip, zstd };
// By the first bytes; four are enough. Anything not recognised is none.
Packing packing_of(std::string_view first_bytes);

// Compressed bytes in, plain bytes out. Members (frames) may follow one another; anything else behind one is damage.
class Unpacker {
 public:
  struct Step {
    std::size_t taken = 0;  // of the input
    std::size_t made = 0;   // in the output
  };
  virtual ~Unpacker() = default;
  // Takes what it can and makes what there is room for (room > 0). With an empty input it only gives out what it still
  // holds. Neither taken nor made: it needs more input.
  virtual Result<Step> step(std::string_view input, char* output, std::size_t room) = 0;
  // To be asked behind the last byte: did it end where a member ends? Nothing at all is an end, too.
  virtual Status finish() const = 0;
};
std::unique_ptr<Unpacker> make_unpacker(Packing packing);  // not of Packing::none

// gzip, pushed: what a body of "Content-Encoding: gzip" needs.
class Inflater {
 public:
  // Given one piece after the other, each at most piece_bytes, until it fails.
  using Sink = std::function<Status(std::string_view piece)>;
  static constexpr std::size_t piece_bytes = 64 * 1024;

  Inflater();
  // All of `bytes` is used. The sink's own failure is passed on.
  Status push(std::string_view bytes, const Sink& sink);
  // Behind the last byte: invalid when it was cut short.
  Status finish() const;

 private:
  std::unique_ptr<Unpacker> unpacker_;
  std::string piece_;
};

// In one go. More than bytes_max plain bytes is an error, found without holding more than that.
Result<std::string> gunzip(std::string_view compressed, std::uint64_t bytes_max);
std::string gzip(std::string_view plain);

}  // namespace batchd
