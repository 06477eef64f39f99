#include "rules/schema/uri.hpp"

namespace batchd::schema {
namespace {

struct Parts {
  std::string_view scheme;     // without ':'
  bool has_authority = false;  // "//" was there
  std::string_view authority;
  std::string_view path;
  bool has_query = false;
  std::string_view query;
  bool has_fragment = false;
  std::string_view fragment;
};

bool is_scheme(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && (&c == text.data() || !later)) return false;
  }
  return true;
}

// Cuts `text` behind `mark` off and returns it; the mark itself belongs to neither.
bool cut_behind(std::string_view& text, char mark, std::string_view& behind) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return false;
  behind = text.substr(at + 1);
  text = text.substr(0, at);
  return true;
}

Parts split(std::string_view text) {
  Parts parts;
  parts.has_fragment = cut_behind(text, '#', parts.fragment);
  parts.has_query = cut_behind(text, '?', parts.query);
  const std::size_t colon = text.find_first_of(":/");
  if (colon != std::string_view::npos && text[colon] == ':' && is_scheme(text.substr(0, colon))) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    parts.has_authority = true;
    text.remove_prefix(2);
    parts.authority = text.substr(0, text.find('/'));
    text.remove_prefix(parts.authority.size());
  }
  parts.path = text;
  return parts;
}

// RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) {
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path == "/.." ? std::string_view("/") : path.substr(3);
      const std::size_t slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
    } else if (path == "." || path == "..") {
      path = {};
    } else {
      const std::size_t next = path.find('/', 1);
      out += path.substr(0, next);
      path = next == std::string_view::npos ? std::string_view{} : path.substr(next);
    }
  }
  return out;
}

std::string merged(const Parts& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string(path);
  const std::size_t slash = base.path.rfind('/');
  return std::string(base.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)) + std::string(path);
}

std::string joined(const Parts& parts, std::string_view path) {
  std::string out;
  if (!parts.scheme.empty()) (out += parts.scheme) += ':';
  if (parts.has_authority) (out += "//") += parts.authority;
  out += path;
  if (parts.has_query) (out += '?') += parts.query;
  if (parts.has_fragment) (out += '#') += parts.fragment;
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string resolve_uri(std::string_view base, std::string_view reference) {
  Parts to = split(reference);
  if (!to.scheme.empty()) return joined(to, without_dot_segments(to.path));
  const Parts from = split(base);
  to.scheme = from.scheme;
  if (to.has_authority) return joined(to, without_dot_segments(to.path));
  to.has_authority = from.has_authority;
  to.authority = from.authority;
  if (to.path.empty()) {
    if (!to.has_query) to.has_query = from.has_query, to.query = from.query;
    return joined(to, from.path);
  }
  return joined(to, without_dot_segments(to.path.starts_with('/') ? std::string(to.path) : merged(from, to.path)));
}

std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri) {
  std::string_view fragment;
  cut_behind(uri, '#', fragment);
  return {uri, fragment};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace batchd::schema
