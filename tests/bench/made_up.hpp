#pragma once
// Made-up tickets and answers: a function of seed and row number, so that every program of the bench sees the same.

#include <cstdint>
#include <string>
#include <string_view>

namespace batchd::bench {

// One ticket of about 780 bytes that fits schemas/ticket.schema.json, without its line end. Its id has 12 bytes.
void append_ticket(std::string& out, std::uint64_t seed, std::uint64_t sequence);

// What became of a request, in the mix of a normal night: 985 of 1000 are accepted as they are.
enum class Fate { good, fenced, mismatch, truncated, failed };
Fate fate_of(std::uint64_t seed, std::uint64_t sequence);

// What a good answer says: one summary of about 700 bytes that fits
// schemas/ticket-summary.schema.json.
void append_summary(std::string& out, std::uint64_t seed, std::uint64_t sequence);

// One result line of about 1 KB around a summary that fits schemas/ticket-summary.schema.json (unless its fate says
// otherwise). `failed` belongs into the error file.
void append_result(std::string& out, std::uint64_t seed, std::string_view run, std::uint64_t sequence);

}  // namespace batchd::bench
