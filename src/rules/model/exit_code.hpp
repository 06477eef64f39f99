#pragma once
// How the program ends: the published table (README). What the engine decides and what a command answers are the same
// numbers.

namespace batchd::model {

inline constexpr int exit_ok = 0;             // succeeded
inline constexpr int exit_internal = 1;       // an internal or input/output error; may be repeated
inline constexpr int exit_usage = 2;          // usage, or an invalid job, config, schema or input: nothing was sent
inline constexpr int exit_failed = 3;         // finished below min_success
inline constexpr int exit_denied = 4;         // the provider refused us
inline constexpr int exit_stopped = 5;        // stopped or cancelled
inline constexpr int exit_owned = 6;          // another process owns this run
inline constexpr int exit_unreachable = 7;    // the provider was unreachable for too long
inline constexpr int exit_signal_base = 128;  // plus the signal's number

}  // namespace batchd::model
