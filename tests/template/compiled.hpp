#pragma once
// A template and what it makes of a row, for tests.

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "ground/json/document.hpp"
#include "ground/json/writer.hpp"
#include "rules/template/template.hpp"

namespace batchd::tmpl {

inline Result<Template> compile(std::string_view request) {
  json::Document document;
  auto root = document.parse(request);
  REQUIRE_MESSAGE(root.ok(), request);
  return Template::compile(*root);  // and the request's text is gone before the first row comes
}

inline std::string fault_of(std::string_view request) {
  auto compiled = compile(request);
  if (compiled) return "";
  CHECK(compiled.error().kind == ErrorKind::invalid);
  return compiled.error().message;
}

// The body, or "refused: …"; what was in `out` before must still be there, alone after a refusal.
inline std::string rendered(std::string_view request, std::string_view row) {
  auto compiled = compile(request);
  REQUIRE_MESSAGE(compiled.ok(), request, ": ", compiled.error().message);
  json::Document document;
  auto root = document.parse(row);
  REQUIRE_MESSAGE(root.ok(), row);
  std::string out = "before ";
  auto done = compiled->render(*root, out);
  REQUIRE(out.starts_with("before "));
  if (done) {
    json::Document body;
    CHECK_MESSAGE(body.parse(std::string_view(out).substr(7)).ok(), out);
    return out.substr(7);
  }
  CHECK(out == "before ");
  CHECK(done.error().kind == ErrorKind::invalid);
  return "refused: " + done.error().message;
}

// The same for a request that is one string: text in, text out.
inline std::string rendered_text(std::string_view text, std::string_view row) {
  std::string body = rendered(json::quoted(text), row);
  if (body.starts_with("refused: ")) return body;
  json::Document document;
  return std::string(*document.parse(body)->as_string());
}

}  // namespace batchd::tmpl
