#pragma once
// The formats of the standard, as questions about a string. None allocates, except `regex`, which must compile.

#include <string_view>

#include "rules/schema/schema.hpp"

namespace batchd::schema {

struct Format {
  std::string_view name;                 // "date"
  std::string_view phrase;               // "a date such as 2024-05-31": for sentences
  bool (*check)(std::string_view text);  // null: of the standard, but not in force here
};

// Null for a name the standard does not have. Formats are the same in every draft, names of later ones included; but
// hostname came to mean encoded labels, too, with draft 7.
const Format* find_format(std::string_view name, Draft draft = Draft::draft_2020_12);

// By RFC 3339, RFC 5322/6531 (no comments or folding), RFC 1123 and 5891's ASCII part, RFC 3986/3987, RFC 6570,
// RFC 4122, RFC 6901 and ECMA-262.
bool is_date(std::string_view text);
bool is_time(std::string_view text);  // with its zone
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);
bool is_email(std::string_view text);
bool is_idn_email(std::string_view text);
bool is_hostname(std::string_view text);
bool is_hostname_of_rfc_1123(std::string_view text);  // whatever an encoded label may say
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);
bool is_uri(std::string_view text);
bool is_uri_reference(std::string_view text);
bool is_iri(std::string_view text);
bool is_iri_reference(std::string_view text);
bool is_uri_template(std::string_view text);
bool is_uuid(std::string_view text);
bool is_json_pointer(std::string_view text);
bool is_relative_json_pointer(std::string_view text);
bool is_regex(std::string_view text);

}  // namespace batchd::schema
