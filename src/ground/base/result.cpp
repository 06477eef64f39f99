#include "ground/base/result.hpp"

namespace batchd {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::io:
      return "io";
    case ErrorKind::network:
      return "network";
    case ErrorKind::throttled:
      return "throttled";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::rejected:
      return "rejected";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::unknown:
      return "unknown";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::internal:
      return "internal";
  }
  fail_check("an ErrorKind outside its list", std::source_location::current());
}

Error Error::within(std::string_view context) const {
  Error wider = *this;
  wider.message = std::string(context) + ": " + message;
  return wider;
}

std::string Error::text() const { return hint.empty() ? message : message + "\n" + hint; }

}  // namespace batchd
