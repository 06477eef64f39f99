#include "doors/cli/exit_codes.hpp"

namespace batchd::cli {

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::rejected:
      return exit_usage;
    case ErrorKind::denied:
      return exit_denied;
    case ErrorKind::conflict:
      return exit_owned;
    case ErrorKind::network:
    case ErrorKind::throttled:
    case ErrorKind::unavailable:
      return exit_unreachable;
    case ErrorKind::io:
    case ErrorKind::protocol:
    case ErrorKind::unknown:
    case ErrorKind::cancelled:
    case ErrorKind::internal:
      return exit_internal;
  }
  return exit_internal;
}

}  // namespace batchd::cli
