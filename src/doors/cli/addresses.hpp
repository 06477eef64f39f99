#pragma once
// Where a server is to listen, as --listen says it.

#include <string>

#include "doors/daemon/daemon.hpp"

namespace batchd::cli {

// HOST:PORT, [V6]:PORT or unix:PATH. invalid: it is none.
Result<daemon::Address> address_from_text(const std::string& text);

}  // namespace batchd::cli
