// Names and addresses of the net: host names, mail, IP, URI and their international kin.

#include <algorithm>

#include "rules/schema/format.hpp"

namespace batchd::schema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_beyond_ascii(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

enum class Letters { ascii, any };  // what RFC 3986 allows; what RFC 3987 and RFC 6531 allow

bool is_plain_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_label(std::string_view label) {
  // RFC 5891: two hyphens there announce an encoded label.
  if (label.size() >= 4 && label.substr(2, 2) == "--" && !label.starts_with("xn--") && !label.starts_with("XN--"))
    return false;
  return is_plain_label(label);
}

bool is_list_of_labels(std::string_view text, bool (*is_one)(std::string_view)) {
  constexpr std::size_t bytes_max = 253;
  if (text.empty() || text.size() > bytes_max) return false;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (!is_one(text.substr(0, dot))) return false;
    if (dot == text.size()) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_atom_character(char c, Letters letters) {
  return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~") ||
         (letters == Letters::any && is_beyond_ascii(c));
}

bool is_local_part(std::string_view text, Letters letters) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"' || static_cast<unsigned char>(text[i]) < ' ') return false;
      if (text[i] == '\\' && ++i == text.size()) return false;
      if (is_beyond_ascii(text[i]) && letters == Letters::ascii) return false;
    }
    return true;
  }
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos)
    return false;
  return std::ranges::all_of(text, [letters](char c) { return c == '.' || is_atom_character(c, letters); });
}

bool is_address_literal(std::string_view text) {
  if (text.starts_with("IPv6:")) return is_ipv6(text.substr(5));
  return is_ipv4(text);
}

bool is_mail_domain(std::string_view text, Letters letters) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return is_address_literal(text.substr(1, text.size() - 2));
  if (letters == Letters::ascii) return is_hostname(text);
  return !text.empty() && !is_one_of(text.front(), ".-") && !is_one_of(text.back(), ".-") &&
         std::ranges::all_of(
             text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || is_beyond_ascii(c); });
}

bool is_mail(std::string_view text, Letters letters) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at), letters) &&
         is_mail_domain(text.substr(at + 1), letters);
}

// Unreserved, sub-delims, `extra` and %XX.
bool has_only(std::string_view text, std::string_view extra, Letters letters) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=") && !is_one_of(c, extra) &&
               !(letters == Letters::any && is_beyond_ascii(c))) {
      return false;
    }
  }
  return true;
}

bool is_address_in_brackets(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    const std::size_t dot = text.find('.');
    return dot != std::string_view::npos && dot > 1 && dot + 1 < text.size() &&
           std::ranges::all_of(text.substr(1, dot - 1), is_hex) && has_only(text.substr(dot + 1), ":", Letters::ascii);
  }
  return is_ipv6(text);
}

bool is_authority(std::string_view text, Letters letters) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (!has_only(text.substr(0, at), ":", letters)) return false;
    text.remove_prefix(at + 1);
  }
  std::size_t host_end = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t closing = text.find(']');
    if (closing == std::string_view::npos || !is_address_in_brackets(text.substr(1, closing - 1))) return false;
    text.remove_prefix(closing + 1);
    if (!text.empty() && text.front() != ':') return false;
    host_end = text.empty() ? std::string_view::npos : 0;
  }
  if (host_end == std::string_view::npos) return has_only(text, "", letters);
  return has_only(text.substr(0, host_end), "", letters) && std::ranges::all_of(text.substr(host_end + 1), is_digit);
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || is_one_of(c, "+-."); });
}

bool is_reference(std::string_view text, bool scheme_needed, Letters letters) {
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    if (!has_only(text.substr(hash + 1), ":@/?", letters)) return false;
    text = text.substr(0, hash);
  }
  if (const std::size_t query = text.find('?'); query != std::string_view::npos) {
    if (!has_only(text.substr(query + 1), ":@/?", letters)) return false;
    text = text.substr(0, query);
  }
  // A colon in the first segment ends a scheme; a relative path may not have one there.
  const std::size_t colon = text.find_first_of(":/");
  const bool has_scheme = colon != std::string_view::npos && text[colon] == ':';
  if (has_scheme && !is_scheme(text.substr(0, colon))) return false;
  if (scheme_needed && !has_scheme) return false;
  if (has_scheme) text.remove_prefix(colon + 1);
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::string_view authority = text.substr(0, text.find('/'));
    if (!is_authority(authority, letters)) return false;
    text.remove_prefix(authority.size());
  }
  return has_only(text, ":@/", letters);
}

// The inside of {…}: RFC 6570, 2.2 to 2.4.
bool is_expression(std::string_view text) {
  if (!text.empty() && is_one_of(text.front(), "+#./;?&=,!@|")) text.remove_prefix(1);
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view variable = text.substr(0, comma);
    if (variable.ends_with('*')) {
      variable.remove_suffix(1);
    } else if (const std::size_t colon = variable.find(':'); colon != std::string_view::npos) {
      const std::string_view length = variable.substr(colon + 1);
      if (length.empty() || length.size() > 4 || length.front() == '0' || !std::ranges::all_of(length, is_digit))
        return false;
      variable = variable.substr(0, colon);
    }
    if (variable.empty() || variable.front() == '.' || variable.back() == '.' ||
        variable.find("..") != std::string_view::npos) {
      return false;
    }
    for (std::size_t i = 0; i < variable.size(); ++i) {
      const char c = variable[i];
      if (c == '%') {
        if (i + 2 >= variable.size() || !is_hex(variable[i + 1]) || !is_hex(variable[i + 2])) return false;
        i += 2;
      } else if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.') {
        return false;
      }
    }
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_hostname(std::string_view text) { return is_list_of_labels(text, is_label); }
bool is_hostname_of_rfc_1123(std::string_view text) { return is_list_of_labels(text, is_plain_label); }

bool is_email(std::string_view text) { return is_mail(text, Letters::ascii); }
bool is_idn_email(std::string_view text) { return is_mail(text, Letters::any); }

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    int value = 0;
    for (; digits < text.size() && digits < 4 && is_digit(text[digits]); ++digits)
      value = value * 10 + (text[digits] - '0');
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return false;
    text.remove_prefix(digits);
    if (part == 3) break;
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return text.empty();
}

bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool compressed = text.starts_with("::");
  if (compressed) text.remove_prefix(2);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (end == text.size() && group.find('.') != std::string_view::npos) {
      if (!is_ipv4(group)) return false;
      groups += 2;
      break;
    }
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex)) return false;
    ++groups;
    text.remove_prefix(end);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with(':')) {
      if (compressed) return false;
      compressed = true;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;  // a single colon at the end
    }
  }
  return compressed ? groups <= 7 : groups == 8;
}

bool is_uri(std::string_view text) { return is_reference(text, true, Letters::ascii); }
bool is_uri_reference(std::string_view text) { return is_reference(text, false, Letters::ascii); }
bool is_iri(std::string_view text) { return is_reference(text, true, Letters::any); }
bool is_iri_reference(std::string_view text) { return is_reference(text, false, Letters::any); }

bool is_uri_template(std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    if (c == '{') {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos || !is_expression(text.substr(1, end - 1))) return false;
      text.remove_prefix(end + 1);
    } else if (c == '%') {
      if (text.size() < 3 || !is_hex(text[1]) || !is_hex(text[2])) return false;
      text.remove_prefix(3);
    } else if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || is_one_of(c, "\"<>\\^`|}")) {
      return false;
    } else {
      text.remove_prefix(1);
    }
  }
  return true;
}

}  // namespace batchd::schema
