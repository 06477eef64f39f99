#include "line/provider/api_key.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace batchd::provider {
namespace {

constexpr std::string_view simulated_key = "simulated";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A key is one word of visible ASCII: anything else is a file or a paste gone wrong, and would break the header.
Result<std::string> checked(std::string_view text, const std::string& source) {
  const std::string_view key = trimmed(text);
  if (key.empty()) return Error(ErrorKind::denied, fmt::format("{} holds no API key: it is empty", source));
  const bool is_one_word = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!is_one_word || key.size() > api_key_bytes_max)
    return Error(ErrorKind::denied,
                 fmt::format("what {} holds is not an API key: a key is one word of letters, digits and signs", source),
                 "Put the key there and nothing else: no quotes, no \"Bearer\", no second line.");
  return std::string(key);
}

}  // namespace

std::string key_source(const model::ProviderSpec& spec) {
  if (spec.simulated) return std::string(rehearsal_key_source);
  if (!spec.api_key_file.empty()) return fmt::format("the file {}", spec.api_key_file.string());
  if (!spec.api_key_env.empty()) return fmt::format("the variable {}", spec.api_key_env);
  return {};
}

ApiKey::ApiKey(const model::ProviderSpec& spec, ReadVariable read)
    : read_(std::move(read)), variable_(spec.api_key_env), file_(spec.api_key_file), simulated_(spec.simulated) {}

Result<std::string> ApiKey::read() {
  if (simulated_) return std::string(simulated_key);
  if (!file_.empty()) return read_file_again();
  if (variable_.empty()) return std::string();
  const auto value = read_ ? read_(variable_.c_str()) : std::nullopt;
  if (!value)
    return Error(ErrorKind::denied, fmt::format("there is no API key: the variable {} is not set", variable_),
                 fmt::format("export {}=…, or name a file with api_key_file in the config; --simulate needs no key.",
                             variable_));
  return checked(*value, fmt::format("the variable {}", variable_));
}

Result<std::string> ApiKey::read_file_again() {
  const std::string hint = "api_key_file in the config names it; it must be readable and hold the key.";
  const auto identity = identity_of(file_);
  if (!identity) return Error(ErrorKind::denied, "the API key cannot be read: " + identity.error().message, hint);
  if (identity_ == *identity) return key_in_file_;
  const auto text = read_file(file_, api_key_bytes_max);
  if (!text) return Error(ErrorKind::denied, "the API key cannot be read: " + text.error().message, hint);
  auto key = checked(*text, fmt::format("the file {}", file_.string()));
  if (!key) return key;
  key_in_file_ = *key;
  identity_ = *identity;
  return key;
}

Status check_key(const model::ProviderSpec& spec, const ReadVariable& read) {
  const auto key = ApiKey(spec, read).read();
  if (!key) return key.error();
  return {};
}

}  // namespace batchd::provider
