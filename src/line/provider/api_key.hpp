#pragma once
// Internal to the room: where the key lies, and the key. It leaves this room in one header field and nowhere else.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ground/base/files.hpp"
#include "ground/base/result.hpp"
#include "line/provider/provider.hpp"
#include "rules/model/provider_spec.hpp"

namespace batchd::provider {

inline constexpr std::uint64_t api_key_bytes_max = 16 * 1024;

// Says where a key comes from, for a person: "the variable DASHSCOPE_API_KEY", "the file /run/secrets/key", of a
// simulated one as below, "" when the spec names no place (a server of one's own that wants no key): none is sent then.
inline constexpr std::string_view rehearsal_key_source = "the rehearsal";
std::string key_source(const model::ProviderSpec& spec);

class ApiKey {
 public:
  ApiKey(const model::ProviderSpec& spec, ReadVariable read);

  // The key as it is now; "" when the spec names no place for one. A file is read again when it is no longer the one
  // that was read. denied: it is missing, empty or not a key; the sentence names the place, never the content.
  Result<std::string> read();

 private:
  Result<std::string> read_file_again();

  ReadVariable read_;
  std::string variable_;
  Path file_;
  bool simulated_ = false;
  std::string key_in_file_;
  std::optional<FileIdentity> identity_;  // of the file as it was read
};

}  // namespace batchd::provider
