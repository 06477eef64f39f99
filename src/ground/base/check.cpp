#include "ground/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace batchd {

void fail_check(std::string_view what, std::source_location where) {
  // Plain stdio: whatever is broken, this line must still come out.
  std::fprintf(stderr, "batchd: internal mistake: %.*s (%s:%u, %s)\n", static_cast<int>(what.size()), what.data(),
               where.file_name(), static_cast<unsigned>(where.line()), where.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace batchd
