#pragma once
// One line of a batch file: {"custom_id":"<run>-<sequence>-1","method":"POST","url":"…","body":…}
// The Renderer asks how long it would be, the Cutter writes it, a RetryShard gives it another custom_id: all here, so
// that a limit means one thing and a line is read as it was written.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batchd::prepare {

class RequestLine {
 public:
  explicit RequestLine(std::string_view endpoint);

  // The line without its end. `run` is a ULID: each has the same length, which size_bytes() counts on.
  void append(std::string& out, std::string_view run, std::uint64_t sequence, std::string_view body) const;
  // Of what append() appends.
  std::uint64_t size_bytes(std::uint64_t sequence, std::uint64_t body_bytes) const;

 private:
  std::string behind_custom_id_;  // `","method":"POST","url":"/v1/…","body":`
};

// The beginning of a line: {"custom_id":"<run>-<sequence>-<attempt>
void append_custom_id(std::string& out, std::string_view run, std::uint64_t sequence, std::uint32_t attempt);
// What follows it in a line of the item's first attempt; nothing when the line is not that.
std::optional<std::string_view> behind_first_custom_id(std::string_view line, std::string_view run,
                                                       std::uint64_t sequence);

}  // namespace batchd::prepare
