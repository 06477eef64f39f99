#pragma once
// How often each body was asked. In memory one word a body; on disk a file of keys for each batch, written before the
// batch's outcome is, and one for the synchronous calls. A batch that was cut short by a kill counts for nothing: it is
// answered again from the same counts, with the same answers.

#include <cstdint>
#include <string>
#include <vector>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

class Asked {
 public:
  Asked();
  // How often before; counts this time.
  std::uint64_t count(std::uint64_t body_hash);
  std::size_t bodies() const { return used_; }

  // A file of keys, eight bytes each, as append_key() makes them.
  Status load(const Path& path);
  static void append_key(std::string& out, std::uint64_t body_hash);

 private:
  // A slot holds 56 bits of the hash and a count up to 255: two bodies of a million share one once in 150,000 worlds,
  // and then all that happens is another made-up answer.
  static constexpr std::uint64_t count_mask = 0xFF;
  void grow();
  std::uint64_t& slot_of(std::uint64_t fingerprint);
  std::vector<std::uint64_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace batchd::simulator
