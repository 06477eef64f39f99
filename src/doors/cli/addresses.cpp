#include "doors/cli/addresses.hpp"

#include <charconv>

#include <fmt/format.h>

namespace batchd::cli {

Result<daemon::Address> address_from_text(const std::string& text) {
  constexpr std::string_view unix_prefix = "unix:";
  daemon::Address address;
  if (text.starts_with(unix_prefix)) {
    address.socket = text.substr(unix_prefix.size());
    return address;
  }
  const auto colon = text.rfind(':');
  const auto digits = colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (digits.empty() || fault != std::errc() || end != digits.data() + digits.size())
    return Error(ErrorKind::invalid, fmt::format("--listen {}: not an address", text), "write HOST:PORT or unix:PATH");
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

}  // namespace batchd::cli
