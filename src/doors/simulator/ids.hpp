#pragma once
// Names as the real ones look. Each is a function of the seed and of a number the world never gives twice.

#include <cstdint>
#include <string>

#include "doors/simulator/dialect.hpp"

namespace batchd::simulator {

enum class FileKind { uploaded, output, errors };

class Ids {
 public:
  Ids(std::uint64_t seed, Dialect dialect) : seed_(seed), dialect_(dialect) {}
  std::string file(FileKind kind, std::uint64_t sequence) const;
  std::string batch(std::uint64_t sequence) const;
  // Of one result line. Into `out`, overwritten: a million of them are made.
  void line(std::uint64_t batch_sequence, std::uint64_t line, std::string& out) const;     // "batch_req_…"
  void request(std::uint64_t batch_sequence, std::uint64_t line, std::string& out) const;  // 32 digits or a UUID

 private:
  std::uint64_t seed_;
  Dialect dialect_;
};

// An id as a proxy makes it of another's: a few hundred characters, "=" at the end. Still a file's name here.
std::string lengthened(std::string id);

}  // namespace batchd::simulator
