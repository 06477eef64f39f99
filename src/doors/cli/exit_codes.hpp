#pragma once
// The published table (contract.md, README).

#include "ground/base/result.hpp"

namespace batchd::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_internal = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_failed = 3;
inline constexpr int exit_denied = 4;
inline constexpr int exit_stopped = 5;
inline constexpr int exit_owned = 6;
inline constexpr int exit_unreachable = 7;
inline constexpr int exit_signal_base = 128;  // plus the signal's number

int exit_code_of(ErrorKind kind);

}  // namespace batchd::cli
