#pragma once
// What the world knows of a file and of a batch: plain values, kept on disk as one JSON file each.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "doors/simulator/dialect.hpp"
#include "ground/base/clock.hpp"
#include "ground/base/result.hpp"

namespace batchd::simulator {

inline constexpr std::uint64_t record_bytes_max = 64 * 1024 * 1024;  // of one JSON file

struct StoredFile {
  std::uint64_t sequence = 0;  // the world's how-manieth thing; newest first means highest first
  std::string id;
  Dialect dialect = Dialect::openai;
  std::string filename;
  std::string purpose;
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;  // that are not empty
  std::string xxh3;         // of the content, 32 hexadecimal digits
  Time created{};
  bool deleted = false;  // its content is gone; the record stays, so that no number is given twice
};

// What is to become of a batch, decided when it is made.
enum class Fate {
  normal,
  stuck,         // never leaves validating
  stuck_at_end,  // never leaves finalizing
  refused,       // fails in validation for no reason
  token_limit,   // fails in validation: too much is enqueued
  expires,       // before all is done
};

// What validation found.
struct Check {
  std::string errors = "[]";  // JSON array of {code, message, param, line}
  bool passed = false;
  std::string model;  // of the requests
};

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

// What came of it.
struct Outcome {
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::string output_file_id;  // "": no request succeeded
  std::string error_file_id;   // "": none failed
  Usage usage;
};

// The instants are settled when the batch is made: its state is a function of them and of the time alone.
struct Batch {
  std::uint64_t sequence = 0;
  std::string id;
  Dialect dialect = Dialect::openai;
  std::string input_file_id;
  std::string input_xxh3;
  std::uint64_t requests = 0;
  std::string endpoint;
  std::string completion_window;
  std::string metadata = "null";  // JSON, as it was given
  Fate fate = Fate::normal;
  Time created{};
  Time in_progress{};
  Time finalizing{};
  Time completed{};
  Time expires{};
  std::optional<Time> cancelling{};  // somebody asked for it
  std::optional<Time> cancelled{};
  std::optional<Check> check{};
  std::optional<Outcome> outcome{};
};

std::string to_json(const StoredFile& file);
std::string to_json(const Batch& batch);
// ErrorKind::protocol: not a record of ours.
Result<StoredFile> file_from_json(std::string_view text);
Result<Batch> batch_from_json(std::string_view text);

}  // namespace batchd::simulator
