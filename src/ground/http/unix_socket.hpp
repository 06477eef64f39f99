#pragma once
// Internal to the room: Unix socket addresses are short, and say so before Asio throws.

#include <sys/un.h>

#include "ground/base/files.hpp"

namespace batchd::http {

inline bool fits_socket_address(const Path& path) { return path.native().size() < sizeof(sockaddr_un::sun_path); }

inline Error unfit_socket_path(const Path& path) {
  return Error(ErrorKind::invalid,
               "the socket path " + path.string() + " is longer than " +
                   std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes, which Linux does not allow",
               "Choose a shorter folder.");
}

}  // namespace batchd::http
