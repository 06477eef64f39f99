#pragma once
// Programming errors crash, in release too: a wrong state is never written down.

#include <source_location>
#include <string_view>

namespace batchd {

[[noreturn]] void fail_check(std::string_view what, std::source_location where);

// check(condition, "what must be true"): prints file:line and aborts when it is not.
inline void check(bool condition, std::string_view what, std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    fail_check(what, where);
}

}  // namespace batchd
