#include "rules/schema/format.hpp"

#include <algorithm>
#include <array>

#include "rules/schema/pattern.hpp"

namespace batchd::schema {
namespace {

constexpr std::array<Format, 19> formats{{
    {"date-time", "a date with time and zone such as 2024-05-31T23:59:00Z", is_date_time},
    {"date", "a date such as 2024-05-31", is_date},
    {"time", "a time with zone such as 23:59:00Z", is_time},
    {"duration", "a duration such as P3DT12H", is_duration},
    {"email", "an email address", is_email},
    {"idn-email", "an email address", is_idn_email},
    {"hostname", "a host name", is_hostname},
    {"idn-hostname", "an internationalised host name", nullptr},
    {"ipv4", "an IPv4 address such as 192.0.2.1", is_ipv4},
    {"ipv6", "an IPv6 address such as 2001:db8::1", is_ipv6},
    {"uri", "a URI such as https://example.org/path", is_uri},
    {"uri-reference", "a URI or a relative reference", is_uri_reference},
    {"iri", "an IRI such as https://example.org/straße", is_iri},
    {"iri-reference", "an IRI or a relative reference", is_iri_reference},
    {"uri-template", "a URI template such as /items/{id}", is_uri_template},
    {"uuid", "a UUID such as 2eb8aa08-aa98-11ea-b4aa-73b441d16380", is_uuid},
    {"json-pointer", "a JSON Pointer such as /items/0", is_json_pointer},
    {"relative-json-pointer", "a relative JSON Pointer such as 1/id", is_relative_json_pointer},
    {"regex", "a regular expression of ECMA-262", is_regex},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

const Format* find_format(std::string_view name, Draft draft) {
  static constexpr Format old_hostname{"hostname", "a host name", is_hostname_of_rfc_1123};
  if (name == old_hostname.name && draft < Draft::draft_7) return &old_hostname;
  const auto* found = std::ranges::find(formats, name, &Format::name);
  return found == formats.end() ? nullptr : found;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool is_relative_json_pointer(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits]))
    ++digits;
  if (digits == 0 || (digits > 1 && text.front() == '0')) return false;
  text.remove_prefix(digits);
  return text == "#" || is_json_pointer(text);
}

bool is_regex(std::string_view text) { return Pattern::compile(text).ok(); }

}  // namespace batchd::schema
