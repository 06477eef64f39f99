#pragma once
// What the config says of the daemon's doors (`serve`).

#include <string>
#include <vector>

#include "ground/base/files.hpp"

namespace batchd::model {

struct ServeSpec {
  std::vector<std::string> listen;  // "127.0.0.1:8740", "unix:/run/batchd/api.sock"; empty: the first of these
  std::vector<std::string> hosts;   // names by which it is reached, besides this machine's own and what it listens at
  Path certificate_file;            // PEM, with those between it and its authority; "": TCP without TLS
  Path key_file;
  bool behind_proxy = false;  // a proxy in front of it speaks TLS and passes on what comes from others
};

}  // namespace batchd::model
