#include "doors/daemon/html.hpp"

#include <doctest/doctest.h>

using namespace batchd::daemon::html;

TEST_CASE("text is escaped wherever it stands, and HTML is not escaped twice") {
  const std::string evil = "<script>alert(\"1\" & '2')</script>";
  const auto inner = element("b", {}, evil);
  CHECK(inner.text() == "<b>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</b>");
  CHECK(element("p", {}, inner, "&").text() == "<p>" + inner.text() + "&amp;</p>");
  CHECK(element("a", {{"href", "\"><script>"}}, "x").text() == "<a href=\"&quot;&gt;&lt;script&gt;\">x</a>");
}

TEST_CASE("what HTML cannot hold is shown as a replacement") {
  CHECK(Html(std::string_view("a\0b\x1b\x7f", 5)).text() ==
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(Html("a\tb\nc\rd").text() == "a\tb\nc&#13;d");
}

TEST_CASE("an attribute without a value is there or not") {
  CHECK(lone_element("input", {flag("checked"), flag("disabled", false)}).text() == "<input checked=\"\">");
  CHECK(element("a", {{"aria-current", "page", false}}).text() == "<a></a>");
}

TEST_CASE("a document has its doctype, so that browsers keep to the standard") {
  CHECK(document(element("html", {})) == "<!doctype html>\n<html></html>\n");
}
